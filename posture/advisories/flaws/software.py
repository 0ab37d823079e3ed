"""Software that no distribution packaged, by name and version against advisories: asked from the file, name by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from posture.advisories.feeds.records import State
from posture.advisories.flaws.distribution import key_or_none
from posture.advisories.flaws.merging import merged
from posture.advisories.flaws.ranges import Range, read_range
from posture.advisories.flaws.ranking import Ranking, worst_first
from posture.advisories.flaws.shelf import FeedFile
from posture.facts.flaws import Flaw, FlawedSoftware

_QUERY = f"""
SELECT fixed, introduced, last, state, module, channel, architectures, advisory, fixed_text, introduced_text, last_text
FROM affected WHERE ecosystem = ? AND name = ? AND state <> '{State.NOT_AFFECTED}'
"""  # noqa: S608 - a constant only

MOST_KEPT = 300  # flaws of one piece of software: more than any real version has
_MOST_REMEMBERED = 100_000  # flaws, and outcomes without one: some 30 MB


@dataclass(frozen=True, slots=True)
class Named:
    """A piece of software as advisories name it."""

    ecosystem: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The flaws of one version. `comparable`: its version parses, and so does all that advisories say of the name."""

    flaws: tuple[Flaw, ...]
    fixed: str
    comparable: bool


@dataclass(slots=True)
class Found:
    """What came out for some software."""

    flawed: list[FlawedSoftware] = field(default_factory=list)
    judged: int = 0
    not_comparable: list[str] = field(default_factory=list)
    no_data: list[str] = field(default_factory=list)

    def put(  # noqa: PLR0913 - what one line of the answer holds
        self, software: Named, judged: Judgement, label: str, place: str, owner: str = "", *, advisories: bool = True
    ) -> None:
        """Note the outcome for one piece of software: flawed, clean, or not to be compared.

        Without `advisories` it may be flawed, by the end of its branch, but is never clean.
        """
        if judged.flaws:
            self.flawed.append(
                FlawedSoftware(label, software.ecosystem, software.version, place, judged.fixed, judged.flaws, owner)
            )
        if not advisories:
            self.no_data.append(f"{label} {software.version} (no advisories at hand)")
        elif judged.flaws or judged.comparable:
            self.judged += 1
        else:
            self.not_comparable.append(f"{label} {software.version}".strip())


class SoftwareJudge:
    """Holds software against the feeds of its ecosystem; lives as long as the feeds' files stay the same."""

    def __init__(self, feeds: Sequence[FeedFile], ranking: Ranking) -> None:
        self._feeds = feeds
        self._ranking = ranking
        self._judged: dict[Named, Judgement] = {}
        self._kept = 0

    def feeds_of(self, ecosystem: str) -> tuple[FeedFile, ...]:
        """The feeds that speak of an ecosystem."""
        return tuple(feed for feed in self._feeds if ecosystem in feed.head.ecosystems)

    def knows(self, ecosystem: str, name: str) -> bool:
        """Whether any advisory at hand is about a name."""
        query = "SELECT 1 FROM affected WHERE ecosystem = ? AND name = ? LIMIT 1"
        return any(feed.rows(query, (ecosystem, name)) for feed in self.feeds_of(ecosystem))

    def judge(self, software: Named) -> Judgement:
        """The worst flaws of one version, and the lowest version that mends all of those that can be mended.

        Most of a fleet has the same versions: what was found is kept. Hosts may make up versions without end: what is
        kept is thrown away when it is too much.
        """
        known = self._judged.get(software)
        if known is None:
            known = self._judge(software)
            self._kept += 1 + len(known.flaws)
            if self._kept > _MOST_REMEMBERED:
                self._judged, self._kept = {}, 1 + len(known.flaws)
            self._judged[software] = known
        return known

    def _judge(self, software: Named) -> Judgement:
        flaws: list[Flaw] = []
        ranges: list[Range] = []
        about: list[Range] = []
        comparable = True
        installed = b""
        for feed in self.feeds_of(software.ecosystem):
            scheme = feed.head.ecosystems[software.ecosystem]
            key = key_or_none(scheme, software.version)
            if key is None:
                return Judgement((), "", comparable=False)
            installed = key
            once: dict[Any, Any] = {}
            rows = feed.rows(_QUERY, (software.ecosystem, software.name))
            lines = [read_range(tuple(row), once) for row in rows]
            held = [line for line in lines if not line.broken and line.holds(installed)]
            comparable = comparable and not any(line.broken for line in lines)
            mendable = {line.advisory for line in held if line.fixed is not None}
            ranges += lines
            about += [line for line in lines if line.advisory in mendable]
            flaws += self._ranking.flaws(feed, held)
        return Judgement(merged(flaws)[:MOST_KEPT], _lowest_good(ranges, about, installed), comparable)


def _lowest_good(ranges: Sequence[Range], about: Sequence[Range], installed: bytes) -> str:
    """The lowest fixed version above the installed one in none of the ranges of `about`: flaws that can be mended.

    Where some lie in no range at all, those are preferred: an update to a version with other flaws helps little. The
    lowest is on the same major line wherever that line was mended.
    """
    if not about:
        return ""
    fixes = {(line.fixed, line.fixed_text) for line in ranges if line.fixed is not None and line.fixed > installed}
    good = list(_outside((line for line in about if not line.broken), sorted(fixes)))
    clean = _outside((line for line in ranges if line.fixed is not None), good)
    return next(clean, good[0] if good else (b"", ""))[1]


def _outside(ranges: Iterable[Range], versions: Iterable[tuple[bytes, str]]) -> Iterator[tuple[bytes, str]]:
    """The versions (key, text), in ascending order as they come, that no range holds: one pass over both."""
    later = sorted(ranges, key=lambda line: line.introduced or b"", reverse=True)
    reach: tuple[bytes, int] | None = (b"", 0)  # where the ranges begun so far end, 1: with that version; None: nowhere
    for key, text in versions:
        while later and (later[-1].introduced or b"") <= key:
            end = _end(later.pop())
            reach = max(reach, end) if reach and end else None
        if reach and (key, 0) >= reach:
            yield key, text


def _end(line: Range) -> tuple[bytes, int] | None:
    if line.fixed is not None:
        return line.fixed, 0
    return (line.last, 1) if line.last is not None else None


def by_urgency(software: FlawedSoftware) -> tuple[object, ...]:
    """Sorts software by its worst flaw; ties by name and place."""
    return worst_first(software.flaws[0]), software.name, software.place
