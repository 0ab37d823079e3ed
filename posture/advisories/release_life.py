"""How long a release gets updates, and who pays: Debian's own table of releases (distro-info-data)."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path

from posture.advisories.indexes.apt.archive import ORIGINS, why_unknown
from posture.facts.host import OsRelease
from posture.facts.packages import Release, ReleaseSupport, Support
from posture.facts.unavailable import Unavailable

SHIPPED = datetime(2026, 4, 25, tzinfo=UTC)  # changelog of distro-info-data 0.58+deb12u7
MOST_AGE = timedelta(days=365)  # the table plans years ahead; a release comes every half year
MACHINE_DATA = Path("/usr/share/distro-info")

# The columns of the table whose latest date ends a phase. Ubuntu's "eol" was the desktop's until 2013.
_PHASES = (
    (Support.REGULAR, ("eol", "eol-server")),
    (Support.LTS, ("eol-lts",)),
    (Support.PAID, ("eol-elts", "eol-esm", "eol-legacy")),
)
_FREE = (Support.REGULAR, Support.LTS)

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReleaseTable:
    """A distribution's releases. `dated` is when the table was last changed by its maintainers."""

    rows: tuple[Row, ...]
    dated: datetime

    @property
    def codenames(self) -> frozenset[str]:
        """The lower-case codenames of its releases."""
        return frozenset(series for row in self.rows if (series := row.get("series")))

    @property
    def released(self) -> frozenset[str]:
        """The codenames of the releases that have a date of release, be it planned."""
        return frozenset(row["series"] for row in self.rows if row.get("series") and row.get("release"))


def _day(row: Row, column: str) -> date | None:
    try:
        return date.fromisoformat(row.get(column) or "")
    except ValueError:
        return None


def _rows(lines: Sequence[str]) -> tuple[Row, ...]:
    return tuple(csv.DictReader(lines))


def _knowledge(rows: Sequence[Row]) -> tuple[int, date, int]:
    """Orders two states of a table by what they know: releases, the newest release begun, dates filled in."""
    begun = [day for row in rows if (day := _day(row, "created"))]
    return len(rows), max(begun, default=date.min), sum(bool(value) for row in rows for value in row.values())


def release_table(distribution: str, machine: Path = MACHINE_DATA) -> ReleaseTable:
    """The shipped table, or this machine's where that one knows more.

    The machine's is dated by its file: package builds set file times to the date of the changelog.
    """
    try:
        state = (machine / f"{distribution}.csv").stat().st_mtime_ns
    except OSError:
        state = 0
    return _table(distribution, machine, state)


@lru_cache(maxsize=16)
def _table(distribution: str, machine: Path, _state: int) -> ReleaseTable:
    name = f"{distribution}.csv"
    shipped = resources.files("posture.advisories").joinpath("data", name).read_text(encoding="utf-8")
    table = ReleaseTable(_rows(shipped.splitlines()), SHIPPED)
    try:
        rows = _rows((machine / name).read_text(encoding="utf-8").splitlines())
        dated = datetime.fromtimestamp((machine / name).stat().st_mtime, UTC)
    except (OSError, ValueError, csv.Error):
        return table
    return ReleaseTable(rows, dated) if _knowledge(rows) > _knowledge(table.rows) else table


def _find(table: ReleaseTable, release: OsRelease) -> Row | None:
    """By codename; by version number where the host gives no codename."""
    for row in table.rows:
        version = (row.get("version") or "").split(" ")[0]
        if release.codename == row.get("series") or (
            not release.codename and version and version == release.version_id
        ):
            return row
    return None


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


def _ends(row: Row) -> dict[Support, date]:
    ends: dict[Support, date] = {}
    for phase, columns in _PHASES:
        if days := [day for column in columns if (day := _day(row, column))]:
            ends[phase] = max(days)
    return ends


def _phase(row: Row, today: date) -> Support:
    """The phase on a day; a release whose end nobody has set yet is in its first."""
    ends = _ends(row)
    return next((phase for phase, end in ends.items() if today <= end), Support.ENDED if ends else Support.REGULAR)


def _is_released(row: Row, today: date) -> bool:
    released = _day(row, "release")
    return released is not None and released <= today


def _is_long_term(row: Row) -> bool:
    """Whether it is one of Ubuntu's long-term releases, which upgrade from one to the next."""
    return (row.get("version") or "").endswith("LTS")


def _release(distribution: str, row: Row) -> Release:
    return Release(f"{ORIGINS[distribution]} {row['version']} ({row['series']})", row["series"])


def _upgrades(table: ReleaseTable, distribution: str, row: Row, today: date) -> tuple[Release, ...]:
    """The way from a release to the first after it that gets free updates; empty when the table knows none."""
    way: list[Release] = []
    for later in table.rows[table.rows.index(row) + 1 :]:
        if not _is_released(later, today) or (_is_long_term(row) and not _is_long_term(later)):
            continue
        way.append(_release(distribution, later))
        if _phase(later, today) in _FREE:
            return tuple(way)
    return ()


def support_of(release: OsRelease, now: datetime, machine: Path = MACHINE_DATA) -> ReleaseSupport | Unavailable:
    """The phase of a release's life on the day of `now`; its last day still belongs to a phase (distro-info(1)).

    Dates in the result are midnight UTC of the day itself. The way out of a release without free updates goes through
    every release after it, for a long-term release of Ubuntu through the long-term ones.
    """
    if why := why_unknown(release):
        return Unavailable(f"how long this release is supported is not known: {why}")
    table = release_table(release.id, machine)
    row = _find(table, release)
    label = f"{ORIGINS[release.id]} {release.codename or release.version_id or 'without version'}"
    if row is None:
        return Unavailable(f"{label} is not in the release table of {table.dated:%Y-%m-%d}: update distro-info-data")
    today = now.astimezone(UTC).date()
    if not _is_released(row, today):
        return Unavailable(f"{label} is not released yet: its security support has not begun")
    ends = _ends(row)
    phase = _phase(row, today)
    own = _release(release.id, row)
    return ReleaseSupport(
        product=own.product,
        phase=phase,
        until=_midnight(ends.get(phase)),
        free_until=_midnight(max((ends[phase] for phase in _FREE if phase in ends), default=None)),
        data_date=table.dated,
        observed=now,
        codename=own.codename,
        upgrades=() if phase in _FREE else _upgrades(table, release.id, row, today),
        stale="" if now - table.dated <= MOST_AGE else f"the table of releases is of {table.dated:%Y-%m-%d}",
    )
