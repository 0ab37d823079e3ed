"""Bring an index up to date: one at a time, and the last good one stays on any doubt."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from posture.advisories.errors import Damaged, RefreshError
from posture.advisories.failure_note import clear_failure, read_failure, write_failure
from posture.advisories.indexes.family import Family, Order, Refreshed
from posture.advisories.indexes.file import Index, open_index
from posture.advisories.indexes.name import IndexPlace
from posture.advisories.lock import locked

TIME_LIMIT = timedelta(hours=1)  # to bring one index up to date


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
        with locked(place.file("lock"), f"the index of {place.name}", until):
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
