"""Bring an index up to date: look at what is signed, fetch what has changed, keep the last good one on any doubt."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from posture.advisories.errors import NoSources, NotWritten, RefreshError, Refused, Unreachable
from posture.advisories.indexes.apt.fetch import FetchedSuite, fetched
from posture.advisories.indexes.apt.release_file import ReleaseFile
from posture.advisories.indexes.apt.sources import ArchiveEntry
from posture.advisories.indexes.build import build_index
from posture.advisories.indexes.failure_note import clear_failure, read_failure, write_failure
from posture.advisories.indexes.file import Damaged, Pocket, open_index
from posture.advisories.indexes.name import IndexName, IndexPlace

LOCK_PATIENCE = timedelta(minutes=15)  # another process fetches meanwhile
TIME_LIMIT = timedelta(hours=1)  # to bring one index up to date


@dataclass(frozen=True, slots=True)
class Refreshed:
    """An index that is up to date. `changed` are the pockets fetched now; `rows` is 0 when the mirror was not asked."""

    name: IndexName
    fetched: datetime
    changed: tuple[str, ...] = ()
    rows: int = 0


@dataclass(frozen=True, slots=True)
class _Last:
    """The index as it was found."""

    fetched: datetime
    pockets: tuple[Pocket, ...]


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


def _last(place: IndexPlace) -> _Last | None:
    """A damaged file counts as none: it is built again."""
    try:
        with open_index(place) as index:
            return _Last(index.fetched, index.pockets) if index else None
    except Damaged:
        return None


def _check_head(head: ReleaseFile, pocket: str, name: IndexName, last: Mapping[str, Pocket], now: datetime) -> None:
    if name.architecture not in head.architectures:
        raise NoSources(f"{pocket} is not offered for {name.architecture} by this archive: configure another one")
    if head.valid_until and head.valid_until < now:
        raise Refused(f"the index of {pocket} expired on {head.valid_until:%Y-%m-%d %H:%M} UTC")
    known = last.get(pocket)
    if known and head.date < known.date:
        raise Refused(
            f"the index of {pocket} is dated {head.date:%Y-%m-%d %H:%M} UTC, older than the one of "
            f"{known.date:%Y-%m-%d %H:%M} UTC seen before: the mirror lags or somebody plays back an old one"
        )


def _missing(name: IndexName, missing: Sequence[str], failures: Sequence[RefreshError]) -> RefreshError:
    """The error for pockets that did not come, with what was said of them."""
    about = [failure for failure in failures if any(str(failure).startswith(f"{pocket}:") for pocket in missing)]
    if not about:
        names = " and ".join(missing)
        return NoSources(f"no signed index of {names}: the configured archives of {name} do not include it")
    text = f"no signed index of {' | '.join(map(str, about))}"
    if any(isinstance(failure, Refused) for failure in about):
        return Refused(text)
    return Unreachable(f"{text}. If this mirror does not carry it, name one that does in the sources file")


def _heads(entries: Sequence[ArchiveEntry], name: IndexName, until: float) -> dict[str, FetchedSuite]:
    """The newest signed head of each pocket. Archives of other origins are left out.

    Raises:
        RefreshError: a pocket that is needed or configured did not come.
    """
    heads: dict[str, FetchedSuite] = {}
    failures: list[RefreshError] = []
    for entry in entries:
        try:
            with fetched(entry, name.architecture, until, packages=False) as suite:
                pocket = suite.release.pocket(name)
                if pocket and (pocket not in heads or heads[pocket].release.date < suite.release.date):
                    heads[pocket] = suite
        except RefreshError as error:
            failures.append(error)
    security, _, main = name.pockets
    wanted = {main, security, *(entry.suite for entry in entries if "/" not in entry.suite)}
    if missing := sorted(wanted - set(heads)):
        raise _missing(name, missing, failures)
    return heads


def _whole(stack: ExitStack, entry: ArchiveEntry, architecture: str, until: float) -> FetchedSuite:
    """Fetch a suite with all official components, or with those configured where the mirror has no others."""
    if entry.optional:
        wide = replace(entry, components=(*entry.components, *entry.optional), optional=())
        try:
            return stack.enter_context(fetched(wide, architecture, until, packages=True))
        except Unreachable:
            pass
    return stack.enter_context(fetched(entry, architecture, until, packages=True))


def _update(  # noqa: PLR0913
    place: IndexPlace, entries: Sequence[ArchiveEntry], last: _Last | None, now: datetime, until: float, *, force: bool
) -> Refreshed:
    name = place.name
    known = {pocket.name: pocket for pocket in last.pockets} if last else {}
    heads = _heads(entries, name, until)
    for pocket, suite in heads.items():
        _check_head(suite.release, pocket, name, known, now)
    stale = [
        pocket for pocket, suite in heads.items() if pocket not in known or known[pocket].date != suite.release.date
    ]
    with ExitStack() as stack:
        changed = {pocket: _whole(stack, heads[pocket].entry, name.architecture, until) for pocket in stale}
        for pocket, suite in changed.items():  # it may have been replaced since the first look
            if suite.release.pocket(name) != pocket:
                raise Refused(f"the mirror changed what it serves as {pocket} while it was fetched")
            _check_head(suite.release, pocket, name, known, now)
        kept = tuple(pocket for pocket in known.values() if pocket.name in heads)
        rows = build_index(place, changed, kept, now, force=force)
    return Refreshed(name, now, tuple(changed), rows)


def refresh_index(  # noqa: PLR0913
    place: IndexPlace,
    entries: Sequence[ArchiveEntry],
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
            done = _update(place, entries, last, now, until, force=force)
            clear_failure(place)
            return done
    except RefreshError as error:
        write_failure(place, error, now)
        raise
