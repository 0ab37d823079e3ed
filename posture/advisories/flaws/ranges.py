"""An ecosystem's advisories in memory: by package name, with keys that compare byte by byte.

One ecosystem of a distribution is read once and shared by all hosts. Strings and keys that repeat are one object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from posture.advisories.feeds.records import Scheme, State
from posture.advisories.flaws.module_builds import mended_by
from posture.advisories.flaws.shelf import FeedFile

# Bug fixes and enhancements (ALBA, RHEA, RLBA): no flaw unless they name a CVE.
_NO_FLAW = "(v.cves = '' AND substr(v.id, 1, 4) IN ('ALBA', 'ALEA', 'RHBA', 'RHEA', 'RLBA', 'RLEA'))"
_QUERY = f"""
SELECT a.name, a.is_binary, a.fixed, a.introduced, a.last, a.state, a.module, a.channel, a.architectures, a.advisory,
       a.fixed_text, a.introduced_text, a.last_text, v.published
FROM affected a JOIN advisory v ON v.number = a.advisory
WHERE a.ecosystem = ? AND a.state <> '{State.NOT_AFFECTED}' AND NOT {_NO_FLAW} ORDER BY a.name
"""  # noqa: S608 - constants only


class Range(NamedTuple):
    """A line of an advisory. Keys are None where nothing is said; `broken`: a version is given that does not parse."""

    fixed: bytes | None
    introduced: bytes | None
    last: bytes | None
    unfixed: bool
    module: str
    channel: str
    architectures: str  # separated by blanks; empty: all
    advisory: int
    fixed_text: str
    broken: bool

    def holds(self, version: bytes) -> bool:
        """Whether a version is affected."""
        if self.introduced is not None and version < self.introduced:
            return False
        if self.fixed is not None:
            return version < self.fixed
        return self.last is None or version <= self.last


class Known(NamedTuple):
    """All lines about one name. No line affects a version from `harmless` on; None when that is not so."""

    harmless: bytes | None
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Advisories:
    """One ecosystem of one feed, by source package and by binary package."""

    feed: FeedFile
    ecosystem: str
    scheme: Scheme
    sources: Mapping[str, Known]
    binaries: Mapping[str, Known]


def read_range(row: tuple[Any, ...], once: dict[Any, Any]) -> Range:
    """A row of the query without its first two columns; `once` holds what repeats."""
    fixed, introduced, last, state, module, channel, architectures, advisory, *texts = row
    broken = any(text and key is None for key, text in zip((fixed, introduced, last), texts, strict=True))

    def shared(value: Any) -> Any:
        return once.setdefault(value, value)

    return Range(
        fixed=shared(fixed),
        introduced=shared(introduced),
        last=shared(last),
        unfixed=state == State.UNFIXED,
        module=shared(module),
        channel=shared(channel),
        architectures=shared(architectures),
        advisory=advisory,
        fixed_text=shared(texts[0]),
        broken=broken,
    )


def load(feed: FeedFile, ecosystem: str) -> Advisories:
    """Read one ecosystem of a feed."""
    sources: dict[str, list[Range]] = {}
    binaries: dict[str, list[Range]] = {}
    once: dict[Any, Any] = {}
    published: dict[int, str] = {}
    for name, is_binary, *row, day in feed.each(_QUERY, (ecosystem,)):
        line = read_range(tuple(row), once)
        (binaries if is_binary else sources).setdefault(name, []).append(line)
        if line.module:
            published[line.advisory] = day or ""
    scheme = feed.head.ecosystems[ecosystem]
    return Advisories(feed, ecosystem, scheme, _known(sources, published), _known(binaries, published))


def _known(found: dict[str, list[Range]], published: Mapping[int, str]) -> dict[str, Known]:
    known = {}
    for name, ranges in found.items():
        lines = _by_build(ranges, published) if any(line.module for line in ranges) else ranges
        known[name] = Known(_harmless(lines), tuple(lines))
    return known


def _by_build(ranges: list[Range], published: Mapping[int, str]) -> list[Range]:
    return [
        line._replace(fixed=mends.fixed, fixed_text=mends.fixed_text) for line, mends in mended_by(ranges, published)
    ]


def _harmless(ranges: list[Range]) -> bytes | None:
    if any(line.fixed is None or line.broken for line in ranges):
        return None
    return max(line.fixed for line in ranges if line.fixed is not None)
