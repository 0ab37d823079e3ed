"""The script that a customer runs alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from posture.cli.main import cli


@pytest.fixture(autouse=True)
def open_to_everybody():
    """Files are readable for all unless their maker says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize("there", [False, True])
def test_the_script_with_the_customers_key_is_for_its_owner_alone(tmp_path: Path, there) -> None:
    """Also where an open file of that name was there before: it holds the key for fingerprints of secrets."""
    out = tmp_path / "posture-collect.sh"
    if there:
        out.write_text("much longer before" * 10_000)
        out.chmod(0o644)
    done = CliRunner().invoke(cli, ["collect", "--offline", "--out", str(out)], standalone_mode=False)
    assert done.return_value == 0, done.output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.read_text().startswith("#!/bin/sh\n")
    assert "much longer before" not in out.read_text()
