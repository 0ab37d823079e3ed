"""The version ranges of an OSV record as intervals (https://ossf.github.io/osv-schema/#affectedranges-field)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from posture.advisories.feeds.formats.reading import Malformed, a_list, an_object, shown, word
from posture.advisories.feeds.records import Scheme, State
from posture.advisories.versions.order import NotComparable, key

_EVENTS = ("introduced", "fixed", "last_affected", "limit")
_FIRST = "0"  # before every version, in any scheme


@dataclass(frozen=True, slots=True)
class Interval:
    """Affected versions: from `introduced` (empty: the first) to before `fixed`, or to `last`, or without an end."""

    introduced: str = ""
    fixed: str = ""
    last: str = ""

    @property
    def state(self) -> State:
        """Whether later versions are free of the flaw; a range that ends before the first version affects none."""
        if self.fixed == _FIRST:
            return State.NOT_AFFECTED
        return State.FIXED if self.fixed or self.last else State.UNFIXED


def _version(value: object, what: str, scheme: Scheme) -> str:
    """A version as the package manager says it: rpm leaves out an epoch of 0."""
    version = word(value, what)
    return version.removeprefix("0:") if scheme is Scheme.RPM else version


def _events(described: dict[str, Any], scheme: Scheme) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for value in a_list(described.get("events"), "events"):
        event = an_object(value, "an event")
        if len(event) != 1 or (kind := next(iter(event))) not in _EVENTS:
            raise Malformed(f"an event is none of {', '.join(_EVENTS)}: {shown(', '.join(map(str, event)))}")
        if not (kind == "limit" and event[kind] == "*"):  # the default: no limit
            found.append((kind, _version(event[kind], kind, scheme)))
    return found


def _in_turn(events: list[tuple[str, str]]) -> bool:
    """Whether beginnings and ends alternate as they are written, as they do in all but a few records."""
    return all((kind == "introduced") == (place % 2 == 0) for place, (kind, _) in enumerate(events))


def _sorted(events: list[tuple[str, str]], scheme: Scheme) -> list[tuple[str, str]]:
    """By version, since events need no order; a range ends with its last affected version, and before what is fixed."""

    def place(event: tuple[str, str]) -> tuple[bytes, int]:
        kind, version = event
        rank = 2 if kind == "last_affected" else 1 if kind == "introduced" else 0
        return (b"" if version == _FIRST else key(scheme, version)), rank

    try:
        return sorted(events, key=place)
    except NotComparable as error:
        raise Malformed(f"events without an order, and no version to order them by: {shown(str(error))}") from None


def _joined(events: list[tuple[str, str]]) -> Iterator[Interval]:
    begin: str | None = None
    for kind, version in events:
        if kind == "introduced":
            begin = begin if begin is not None else ("" if version == _FIRST else version)
        elif begin is not None:
            yield Interval(begin, last=version) if kind == "last_affected" else Interval(begin, fixed=version)
            begin = None
    if begin is not None:
        yield Interval(begin)


def reversed_intervals(found: Iterable[Interval], scheme: Scheme) -> Iterator[Interval]:
    """Those that end before they begin, a slip of whoever wrote them: no version is ever in one."""
    for each in found:
        end = each.fixed or each.last
        try:
            if each.introduced and end and key(scheme, end) < key(scheme, each.introduced):
                yield each
        except NotComparable:
            continue  # the index names it as not comparable


def intervals(affected: dict[str, Any], scheme: Scheme) -> tuple[Interval, ...]:
    """The intervals of an entry of ``affected``; of its ``versions`` where no range can be compared.

    Ranges of git commits are left out: no installed package tells its commit.

    Raises:
        Malformed: a range or a version is not what the schema says, or nothing but commits is given.
    """
    found: list[Interval] = []
    ranges = [an_object(value, "a range") for value in a_list(affected.get("ranges"), "ranges")]
    comparable = [described for described in ranges if described.get("type") in ("ECOSYSTEM", "SEMVER")]
    for described in comparable:
        events = _events(described, scheme)
        if not any(kind == "introduced" for kind, _ in events):
            raise Malformed("a range without a beginning")
        found += _joined(events if _in_turn(events) else _sorted(events, scheme))
    if not comparable:
        versions = [_version(value, "a version", scheme) for value in a_list(affected.get("versions"), "versions")]
        found = [Interval(version, last=version) for version in versions]
    if not found:
        raise Malformed("no version is named" if not ranges else "only commits name the affected versions")
    return tuple(dict.fromkeys(found))
