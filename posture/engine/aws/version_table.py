"""Until when AWS keeps the versions of what it runs for customers up to date: a table of its own, with a date."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

from posture.facts.aws.lives import Phase

MOST_AGE = timedelta(days=365)  # AWS announces ends about a year before


@dataclass(frozen=True, slots=True)
class Life:
    """What the table says of a version. `title` is the product's name, empty where the table does not know it.

    `standard` is the last day at no extra cost, `ends` the last of what follows it (see the table).
    """

    title: str
    phase: Phase
    standard: date | None = None
    ends: date | None = None


def life(product: str, version: str, at: datetime) -> Life:
    """What a product's version is on a day: the longest version of the table that it begins with counts.

    A version that the table does not know is UNKNOWN, unless it is older than all that it knows: then it has ended.
    """
    entry = _table().get(product)
    if not isinstance(entry, dict):
        return Life("", Phase.UNKNOWN)
    title, versions = str(entry["title"]), entry["versions"]
    known = _found(version, versions)
    if known is None:
        before = entry["ordered"] and _older(version, versions)
        return Life(title, Phase.ENDED if before else Phase.UNKNOWN)
    standard, ends = known.get("standard"), known.get("ends")
    extended = entry.get("extended", True)
    return Life(title, _phase(known, at.date(), extended=extended), standard, ends)


def dated() -> date:
    """The day that the table was made."""
    day: date = _table()["dated"]
    return day


def stale(at: datetime) -> bool:
    """Whether so much may have been announced since that what the table calls supported is no longer certain."""
    return at.date() - dated() > MOST_AGE


def _phase(known: Mapping[str, Any], today: date, *, extended: bool) -> Phase:
    standard, ends = known.get("standard"), known.get("ends")
    if known.get("ended") or (isinstance(ends, date) and ends < today):
        return Phase.ENDED
    if isinstance(standard, date) and standard < today:
        return Phase.EXTENDED if extended else Phase.ENDED
    return Phase.SUPPORTED


def _found(version: str, versions: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The entry of ``8.0`` for ``8.0.35``: the version itself, else its beginnings up to a dot, the longest first."""
    parts = version.split(".")
    for length in range(len(parts), 0, -1):
        entry: Mapping[str, Any] | None = versions.get(".".join(parts[:length]))
        if entry is not None:
            return entry
    return None


def _older(version: str, versions: Mapping[str, Any]) -> bool:
    number = _number(version)
    known = [one for one in map(_number, versions) if one]
    return bool(number) and bool(known) and number < min(known)


def _number(version: str) -> tuple[int, ...]:
    """``5.6.10`` as numbers, up to the first part that is none."""
    numbers: list[int] = []
    for part in version.split("."):
        if not (part.isascii() and part.isdigit() and len(part) < 6):
            break
        numbers.append(int(part))
    return tuple(numbers)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files("posture.engine.aws").joinpath("versions.toml").read_text("utf-8"))
