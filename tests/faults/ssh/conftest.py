"""Real SSH servers for the tests of this folder; skipped with the reason where there can be none."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import ssh_server  # noqa: E402 - found only now


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Callable[..., ssh_server.Sshd]]:
    """Starts servers: ``sshd("ForceCommand yes")``."""
    if why := ssh_server.missing():
        pytest.skip(why)
    started = []

    def make(*settings: str) -> ssh_server.Sshd:
        folder = tmp_path / f"sshd{len(started)}"
        folder.mkdir(exist_ok=True)
        started.append(ssh_server.start(folder, *settings))
        return started[-1]

    yield make
    for server in started:
        server.stop()


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Whatever the other side does, no thread of a connection outlives the call."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(2)
        assert not thread.is_alive(), thread
