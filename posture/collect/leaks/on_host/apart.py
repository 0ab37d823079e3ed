"""A process of its own for what may take for ever, cost any memory, or needs fewer rights."""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Tell = Callable[[bytes], None]
    Work = Callable[[Tell, float], None]
    """What it does: it is given how to say a line, and when on the monotonic clock to stop."""

_MEMORY = 1 << 30


def apart(work: Work, seconds: float, most: int) -> bytes:
    """What it says until it ends, its time is over or it has said more than `most` bytes. It is not waited for."""
    sys.stdout.buffer.flush()
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        _begun(work, theirs, ours, seconds)
    os.close(theirs)
    try:
        return _heard(ours, time.monotonic() + seconds, most)
    finally:
        os.close(ours)
        os.kill(child, signal.SIGKILL)  # ours until it is waited for, so its number is no one else's
        for _ in range(20):
            if os.waitpid(child, os.WNOHANG)[0]:
                break
            time.sleep(0.005)


def _begun(work: Work, pipe: int, other: int, seconds: float) -> None:
    status = 1
    try:
        os.close(other)
        _limited(int(seconds) + 2)
        work(lambda line: _written(pipe, line), time.monotonic() + seconds - 0.5)
        status = 0
    finally:
        os._exit(status)  # whatever was raised: what follows in this program is the other process's


def _written(pipe: int, line: bytes) -> None:
    while line:
        line = line[os.write(pipe, line) :]


def _limited(seconds: int) -> None:
    """What a file's contents may cost us at most; and no file is ever written."""
    signal.alarm(seconds)
    for kind, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (OSError, ValueError):  # a lower limit holds already
            continue


def _heard(pipe: int, until: float, most: int) -> bytes:
    parts: list[bytes] = []
    length = 0
    while length <= most:
        left = until - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            break
        part = os.read(pipe, 65536)
        if not part:
            break
        parts.append(part)
        length += len(part)
    return b"".join(parts)
