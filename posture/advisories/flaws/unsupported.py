"""Installed packages without full security support in a supported release (debian-security-support)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from posture.advisories.flaws.heads import oldest, staleness
from posture.advisories.flaws.shelf import FeedFile
from posture.facts.packages import InstalledPackages, Package, UnsupportedPackage, UnsupportedPackages

_ANYTHING = ".*"  # the only regular expression that the lists use: golang.*, php-horde.*
_MOST_STARS = 2
# The list of limited support is the same for all releases, and names none.
_QUERY = "SELECT source, limited, since, note FROM unsupported WHERE ecosystem IN (?, ?) ORDER BY limited, source"


@dataclass(frozen=True, slots=True)
class _Entry:
    source: str
    limited: bool
    since: date | None
    note: str


def without_support(
    ecosystem: str, packages: InstalledPackages, feeds: Sequence[FeedFile], now: datetime
) -> UnsupportedPackages:
    """The installed packages that a release's lists name, by source package; as check-support-status(1) does.

    An end in the future is not told yet. Of a package that stands in both lists, the end counts.
    """
    entries = [
        _Entry(source, bool(limited), date.fromisoformat(since[:10]) if since else None, note)
        for feed in feeds
        for source, limited, since, note in feed.rows(_QUERY, (ecosystem, ecosystem.partition(":")[0]))
    ]
    found = _listed(packages, [e for e in entries if e.since is None or e.since <= now.date()])
    newest, _ = oldest(feeds)
    return UnsupportedPackages(found, newest or packages.observed, staleness(feeds, now), packages.observed)


def _listed(packages: InstalledPackages, entries: Sequence[_Entry]) -> tuple[UnsupportedPackage, ...]:
    sources: dict[str, list[Package]] = {}
    for package in packages.packages:
        sources.setdefault(package.source, []).append(package)
    exact = _first(entry for entry in entries if _ANYTHING not in entry.source)
    patterns = [(re.compile(_pattern(e.source)), e) for e in entries if 0 < e.source.count(_ANYTHING) <= _MOST_STARS]
    found = []
    for source, installed in sorted(sources.items()):
        entry = exact.get(source) or next((e for pattern, e in patterns if pattern.fullmatch(source)), None)
        if entry:
            names = tuple(sorted({package.name for package in installed}))
            version = installed[0].source_version
            found.append(UnsupportedPackage(source, names, version, entry.limited, entry.since, entry.note))
    return tuple(found)


def _first(entries: Iterable[_Entry]) -> Mapping[str, _Entry]:
    by_source: dict[str, _Entry] = {}
    for entry in entries:
        by_source.setdefault(entry.source, entry)
    return by_source


def _pattern(source: str) -> str:
    return _ANYTHING.join(map(re.escape, source.split(_ANYTHING)))
