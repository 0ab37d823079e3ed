"""One updater of a feed or an index at a time."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from posture.advisories.errors import NotWritten

PATIENCE = timedelta(minutes=15)  # with the other process
_PAUSE = 0.1  # seconds


@contextmanager
def locked(path: Path, what: str, until: float) -> Iterator[None]:
    """Hold the lock of a file, which is made with its folder; it is gone when its process is.

    `what` names the thing that is updated; `until` is an instant of time.monotonic() to wait for others at most.

    Raises:
        NotWritten: the file cannot be made, or another process holds it for too long.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError as error:
        raise NotWritten(f"cannot write to the folder {path.parent}: {error.strerror}") from error
    with file:
        deadline = min(until, time.monotonic() + PATIENCE.total_seconds())
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if time.monotonic() > deadline:
                    raise NotWritten(f"another process has been updating {what} for too long") from error
                time.sleep(_PAUSE)
        yield
