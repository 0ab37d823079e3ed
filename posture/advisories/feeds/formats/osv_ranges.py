"""The version ranges of an OSV record as intervals (https://ossf.github.io/osv-schema/#affectedranges-field)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from posture.advisories.feeds.formats.reading import Malformed, a_list, an_object, shown, word
from posture.advisories.feeds.records import Scheme, State
from posture.advisories.versions.order import NotComparable, key

MOST_INTERVALS = 500  # of one package in one advisory; real ones have a few dozen
MOST_VERSIONS = 20_000  # of one package in one advisory; npm's largest have some thousands
_EVENTS = ("introduced", "fixed", "last_affected", "limit")
_BY_RANGES = (Scheme.DPKG, Scheme.RPM, Scheme.APK)
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


def _key(scheme: Scheme, version: str) -> bytes | None:
    """A version's key; None where it has no order, which the index tells of every line it stores."""
    try:
        return key(scheme, version)
    except NotComparable:
        return None


def _is_backwards(each: Interval, scheme: Scheme) -> bool:
    """Whether it ends before it begins, a slip of whoever wrote it: no version is ever in one."""
    if not each.introduced or not (each.fixed or each.last):
        return False
    begin, end = _key(scheme, each.introduced), _key(scheme, each.fixed or each.last)
    return begin is not None and end is not None and end < begin


def _outside(versions: list[str], found: Sequence[Interval], scheme: Scheme) -> Iterator[Interval]:
    """Those of the versions that no interval holds."""
    bounds = [
        (_key(scheme, each.introduced) if each.introduced else b"", _key(scheme, each.fixed or each.last), each)
        for each in found
    ]
    for version in versions:
        place = _key(scheme, version)
        held = place is None or any(
            begin is not None
            and begin <= place
            and (not (each.fixed or each.last) or (end is not None and (place < end or (place == end and each.last))))
            for begin, end, each in bounds
        )
        if not held:
            yield Interval(version, last=version)


def intervals(affected: dict[str, Any], scheme: Scheme) -> tuple[tuple[Interval, ...], tuple[Interval, ...]]:
    """The intervals of an entry of ``affected``, and those that end before they begin.

    Of ``versions`` each is an interval where no range can be compared, or none holds it. Distributions enumerate what
    their ranges say, and are taken at the ranges. Ranges of commits are left out: no package tells its commit.

    Raises:
        Malformed: a range or a version is not what the schema says, there are too many, or only commits are given.
    """
    found: list[Interval] = []
    ranges = [an_object(value, "a range") for value in a_list(affected.get("ranges"), "ranges")]
    comparable = [described for described in ranges if described.get("type") in ("ECOSYSTEM", "SEMVER")]
    for described in comparable:
        events = _events(described, scheme)
        if not any(kind == "introduced" for kind, _ in events):
            raise Malformed("a range without a beginning")
        found += _joined(events if _in_turn(events) else _sorted(events, scheme))
    if len(found) > MOST_INTERVALS:
        raise Malformed(f"more than {MOST_INTERVALS} ranges")
    if not comparable or scheme not in _BY_RANGES:
        listed = a_list(affected.get("versions"), "versions")
        if len(listed) > MOST_VERSIONS:
            raise Malformed(f"more than {MOST_VERSIONS} versions")
        versions = [_version(value, "a version", scheme) for value in listed]
        found += [Interval(each, last=each) for each in versions] if not found else _outside(versions, found, scheme)
    if not found:
        raise Malformed("no version is named" if not ranges else "only commits name the affected versions")
    backwards = {each: None for each in found if _is_backwards(each, scheme)}
    return tuple(dict.fromkeys(each for each in found if each not in backwards)), tuple(backwards)
