"""Advisories as flaws, ranked: known to be exploited, then severity and score, then EPSS, then the newest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from posture.advisories.feeds.file import day
from posture.advisories.flaws.ranges import Range
from posture.advisories.flaws.shelf import FeedFile, Shelf
from posture.facts.flaws import Flaw
from posture.model.severity import Severity

MALICIOUS = "MAL-"  # ids of OSV's collection of malicious packages
_KEPT = 20_000  # flaws that are kept for the next host
_COLUMNS = "number, id, severity, score, published, summary, url, cves"
_AT_ONCE = 500  # CVEs in one query
_UNKNOWN = 2.5  # where an advisory without severity stands among the others: below HIGH, above MEDIUM


def worst_first(flaw: Flaw) -> tuple[object, ...]:
    """The sort key of a flaw. An unknown severity counts as neither low nor high; ties go by name."""
    newest = flaw.published.toordinal() if flaw.published else 0
    return (
        flaw.exploited is None,
        -(flaw.severity if flaw.severity is not None else _UNKNOWN),
        -(flaw.score or 0.0),
        -(flaw.probability or 0.0),
        -newest,
        flaw.id,
    )


class Ranking:
    """Makes flaws of advisories; lives as long as the feeds' files stay the same."""

    def __init__(self, shelf: Shelf) -> None:
        self._probable = shelf.having("probability")
        self._exploited: dict[str, tuple[date, date | None]] = {}
        for feed in shelf.having("exploited"):
            for cve, added, due in feed.rows("SELECT cve, added, due FROM exploited"):
                self._exploited[cve] = date.fromisoformat(added[:10]), day(due)
        self._probability: dict[str, float | None] = {}
        self._flaws: dict[tuple[int, int, str, str], Flaw] = {}

    def flaws(self, feed: FeedFile, ranges: Iterable[Range]) -> list[Flaw]:
        """The flaw of each line; a line's `channel` makes it one that only a paid programme mends."""
        wanted = [(id(feed), line.advisory, line.fixed_text, line.channel) for line in ranges]
        missing = {key[1] for key in wanted if key not in self._flaws}
        bare = self._read(feed, missing) if missing else {}
        found = []
        for key in wanted:
            flaw = self._flaws.get(key)
            if flaw is None and (base := bare.get(key[1])):
                flaw = replace(base, fixed=key[2], paid=key[3])
                if len(self._flaws) < _KEPT:
                    self._flaws[key] = flaw
            if flaw is not None:
                found.append(flaw)
        return found

    def ranked(self, flaw: Flaw) -> Flaw:
        """A flaw from elsewhere (a signed index's own notices) with what the catalogues say of its CVEs."""
        exploited, due = self._exploitation(flaw.cves)
        return replace(
            flaw,
            exploited=flaw.exploited or exploited,
            due=flaw.due or due,
            probability=flaw.probability if flaw.probability is not None else self._highest(flaw.cves),
        )

    def _read(self, feed: FeedFile, numbers: Iterable[int]) -> dict[int, Flaw]:
        rows = []
        for some in _portions(sorted(numbers)):
            marks = ",".join("?" * len(some))
            rows += feed.rows(f"SELECT {_COLUMNS} FROM advisory WHERE number IN ({marks})", some)  # noqa: S608
        self._look_up(cve for row in rows for cve in row[7].split())
        return {row[0]: self._flaw(row) for row in rows}

    def _flaw(self, row: tuple[Any, ...]) -> Flaw:
        _, name, severity, score, published, summary, url, cves = row
        named = tuple(cves.split())
        exploited, due = self._exploitation(named)
        told = Severity(severity) if severity is not None else None
        return Flaw(
            id=name,
            cves=named,
            severity=Severity.CRITICAL if name.startswith(MALICIOUS) else told,
            score=score,
            exploited=exploited,
            due=due,
            probability=self._highest(named),
            published=day(published),
            summary=summary,
            url=url,
        )

    def _exploitation(self, cves: Iterable[str]) -> tuple[date | None, date | None]:
        """When the catalogue took the first of the CVEs in, and the earliest day it gives for mending one."""
        entries = [entry for cve in cves if (entry := self._exploited.get(cve))]
        due = [until for _, until in entries if until]
        return min((added for added, _ in entries), default=None), min(due, default=None)

    def _highest(self, cves: tuple[str, ...]) -> float | None:
        self._look_up(cves)
        return max((p for cve in cves if (p := self._probability.get(cve)) is not None), default=None)

    def _look_up(self, cves: Iterable[str]) -> None:
        if not self._probable:
            return
        missing = sorted({cve for cve in cves if cve not in self._probability})
        for some in _portions(missing):
            self._probability.update(dict.fromkeys(some))
            query = f"SELECT cve, epss FROM probability WHERE cve IN ({','.join('?' * len(some))})"  # noqa: S608
            for feed in self._probable:
                self._probability.update(feed.rows(query, some))


def _portions(values: list[Any]) -> Iterator[list[Any]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
