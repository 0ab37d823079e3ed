from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Run:
    """One audit of some customers. `id` sorts by start. `ended` is None while units are open.

    `whole` is False when a filter left checks or resources out: such a run is no report to compare the next one with.
    """

    id: str
    started: datetime
    posture_version: str
    policy: str
    ended: datetime | None = None
    sources: tuple[Source, ...] = ()
    whole: bool = True
