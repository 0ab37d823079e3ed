"""Bring an index up to date: one at a time, and the last good one stays on any doubt."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from posture.advisories.errors import NotWritten, RefreshError
from posture.advisories.indexes.failure_note import clear_failure, read_failure, write_failure
from posture.advisories.indexes.family import Family, Order, Refreshed
from posture.advisories.indexes.file import Damaged, Index, open_index
from posture.advisories.indexes.name import IndexPlace

LOCK_PATIENCE = timedelta(minutes=15)  # another process fetches meanwhile
TIME_LIMIT = timedelta(hours=1)  # to bring one index up to date


@contextmanager
def _locked(place: IndexPlace, until: float) -> Iterator[None]:
    """One updater at a time; the lock is gone when its process is."""
    try:
        place.folder.mkdir(parents=True, exist_ok=True)
        file = place.file("lock").open("ab")
    except OSError as error:
        raise NotWritten(f"cannot write to the index folder {place.folder}: {error.strerror}") from error
    with file:
        deadline = min(until, time.monotonic() + LOCK_PATIENCE.total_seconds())
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if time.monotonic() > deadline:
                    raise NotWritten(
                        f"another process has been updating the index of {place.name} for too long"
                    ) from error
                time.sleep(0.1)
        yield


def _last(place: IndexPlace) -> Index | None:
    """A damaged file counts as none: it is built again."""
    try:
        with open_index(place) as index:
            return index
    except Damaged:
        return None


def refresh_index(  # noqa: PLR0913
    family: Family,
    place: IndexPlace,
    now: datetime,
    max_age: timedelta,
    *,
    force: bool = False,
    time_limit: timedelta = TIME_LIMIT,
) -> Refreshed:
    """Bring the index up to date unless it was confirmed within `max_age`; `force` asks anyway.

    Waiting for others and fetching end after `time_limit`.

    Raises:
        RefreshError: it was not; the last good index is as it was, and the reason is kept beside it.
    """
    until = time.monotonic() + time_limit.total_seconds()
    try:
        with _locked(place, until):
            last = _last(place)
            young = last is not None and timedelta(0) <= now - last.fetched < max_age
            if last and young and not force and read_failure(place) is None:
                return Refreshed(place.name, last.fetched)
            known = {pocket.name: pocket for pocket in last.pockets} if last else {}
            done = family.refresh(Order(place, known, now, until, force))
            clear_failure(place)
            return done
    except RefreshError as error:
        write_failure(place, error, now)
        raise
