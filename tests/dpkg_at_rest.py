"""This machine's package database, for tests that compare with it: useless while somebody installs something."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


def listed() -> str:
    """Every package with its state and version."""
    words = ["dpkg-query", "-W", "-f=${db:Status-Status} ${Package} ${Architecture} ${Version}\n"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


@contextmanager
def at_rest() -> Iterator[str]:
    """The list; skips when packages are being installed before or during what is done with it."""
    before = listed()
    states = {line.split()[0] for line in before.splitlines()}
    if states - {"installed", "config-files"}:
        pytest.skip(f"packages of this machine are half installed: {', '.join(sorted(states))}")
    try:
        yield before
    finally:
        if listed() != before:
            pytest.skip("packages were installed on this machine meanwhile")
