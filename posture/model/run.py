from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SourceState(StrEnum):
    """Whether a data source could be used for a verdict."""

    CURRENT = "current"
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Source:
    """A data source that verdicts stand on, and how old it is."""

    name: str
    state: SourceState
    newest: datetime | None = None
    fetched: datetime | None = None
    note: str = ""


_WORST_FIRST = (SourceState.MISSING, SourceState.STALE, SourceState.CURRENT)


def each_once(sources: Iterable[Source]) -> tuple[Source, ...]:
    """One of each name, sorted by name: where hosts met a source in several states, the worst one, then the oldest."""

    def order(source: Source) -> tuple[str, int, float, float, str]:
        newest, fetched = (time.timestamp() if time else 0.0 for time in (source.newest, source.fetched))
        return source.name, _WORST_FIRST.index(source.state), fetched, newest, source.note

    first: dict[str, Source] = {}
    for source in sorted(sources, key=order):
        first.setdefault(source.name, source)
    return tuple(first.values())


@dataclass(frozen=True, slots=True)
class Run:
    """One audit of some customers. `ended` is None while units are open.

    `id` begins with what the clock said at the start; which of two runs is newer, the store knows by who started later.

    `sources` is filled in a customer's view only: the data that this customer's own verdicts stand on.

    `whole` is False when a filter left checks or resources out: such a run is no report to compare the next one with.
    """

    id: str
    started: datetime
    posture_version: str
    policy: str
    ended: datetime | None = None
    sources: tuple[Source, ...] = ()
    whole: bool = True
