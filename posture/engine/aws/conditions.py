"""Whether the conditions of a statement are met, as far as that can be known.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "... with multiple context keys or values".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from ipaddress import ip_network

from posture.engine.aws.documents import Condition
from posture.engine.aws.patterns import filled, has_variable, matches

WIDE = 2**24  # public addresses of a limit that limits nobody: a /8 or more
WIDE_IPV6 = 16  # length of a prefix


class Truth(Enum):
    """Met, not met, or not known."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Special(Enum):
    """What stands in a request in place of values."""

    ABSENT = "absent"  # a request of this kind does not have the key
    CHOSEN = "chosen"  # whoever asks decides what it is
    INTERNET = "internet"  # any public address


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Whoever asks decides which of these it is."""

    values: tuple[str, ...]


Value = tuple[str, ...] | AnyOf | Special
"""The values of a key in a request; several only where the key has several at once."""

Context = Mapping[str, Value]
"""What is known of a request: a key in small letters -> its value. A key that is not there is not known."""


@dataclass(frozen=True, slots=True)
class Met:
    """The truth of several conditions together; `by` are those that decided (not met, else not known)."""

    truth: Truth
    by: tuple[Condition, ...] = ()


def met(conditions: tuple[Condition, ...], context: Context, *, wanted: bool = True) -> Met:
    """Whether all conditions are met.

    Where whoever asks can choose, they choose as it suits them: so that it is met if `wanted` (a permission), so that
    it is not otherwise (a denial).
    """
    if not conditions:
        return Met(Truth.YES)
    each = [(one, _one(one, context, wanted=wanted)) for one in conditions]
    for truth in (Truth.NO, Truth.UNKNOWN):
        if by := tuple(one for one, found in each if found is truth):
            return Met(truth, by)
    return Met(Truth.YES)


def _one(condition: Condition, context: Context, *, wanted: bool) -> Truth:
    quantifier, name, if_exists = _operator(condition.operator)
    value = context.get(condition.key)
    if value is None:
        return Truth.UNKNOWN
    if name == "null":
        return _null(condition, value, wanted=wanted)
    test = _TESTS.get(name)
    if test is None:
        return Truth.UNKNOWN
    if value is Special.ABSENT:
        return _truth(if_exists or quantifier == "forallvalues" or (name in _NEGATED and quantifier != "foranyvalue"))
    if value is Special.CHOSEN:
        return _truth(wanted and bool(condition.values))
    expected = _expected(condition, context)
    if expected is None:
        return Truth.UNKNOWN
    if value is Special.INTERNET:
        return _internet(name, expected)
    if isinstance(value, AnyOf):
        found = (_holds(name, (one,), expected, quantifier) for one in value.values)
        return _truth(any(found) if wanted else all(found))
    return _truth(_holds(name, value, expected, quantifier))


def _truth(met: object) -> Truth:
    return Truth.YES if met else Truth.NO


@cache
def _operator(written: str) -> tuple[str, str, bool]:
    """``ForAnyValue:StringLikeIfExists`` as quantifier, operator and whether the key may be missing."""
    quantifier, colon, name = written.lower().rpartition(":")
    if_exists = name.endswith("ifexists")
    return (quantifier if colon else ""), name.removesuffix("ifexists"), if_exists


def _expected(condition: Condition, context: Context) -> tuple[str, ...] | None:
    """The condition's values with their variables filled in; None where a variable is not known."""
    if not any(map(has_variable, condition.values)):
        return condition.values

    def value(key: str) -> str | None:
        known = context.get(key)
        return known[0] if isinstance(known, tuple) and len(known) == 1 else None

    found = [filled(one, value) for one in condition.values]
    return None if None in found else tuple(one for one in found if one is not None)


def _null(condition: Condition, value: Value, *, wanted: bool) -> Truth:
    """``Null: true`` is met where the key is not there."""
    if value is Special.CHOSEN:
        return _truth(wanted)
    absent = value is Special.ABSENT
    return _truth(any((one.lower() == "true") == absent for one in condition.values))


def _holds(name: str, values: tuple[str, ...], expected: tuple[str, ...], quantifier: str) -> bool:
    """Whether the request's values meet the condition: a negated operator means none of the expected."""
    test, negated = _TESTS[name], name in _NEGATED

    def holds(value: str) -> bool:
        return any(test(value, one) for one in expected) is not negated

    every = quantifier == "forallvalues" or (negated and not quantifier)
    return all(map(holds, values)) if every else any(map(holds, values))


def _internet(name: str, expected: tuple[str, ...]) -> Truth:
    """Whether somebody at any public address meets a condition about addresses."""
    wide = _wide(expected)
    if name == "ipaddress":
        return _truth(wide)
    if name == "notipaddress":
        return _truth(not _everything(expected))
    return Truth.UNKNOWN


def _networks(ranges: Iterable[str]) -> list[tuple[int, int, int]]:
    """Public ranges as (version, first, last), joined where they touch. What is no range counts for none."""
    found = []
    for one in ranges:
        try:
            network = ip_network(one.strip(), strict=False)
        except ValueError:
            continue
        if not network.is_private or network.prefixlen <= 4:
            found.append((network.version, int(network.network_address), int(network.broadcast_address)))
    joined: list[tuple[int, int, int]] = []
    for version, first, last in sorted(found):
        if joined and joined[-1][0] == version and first <= joined[-1][2] + 1:
            joined[-1] = (version, joined[-1][1], max(last, joined[-1][2]))
        else:
            joined.append((version, first, last))
    return joined


def _wide(ranges: Iterable[str]) -> bool:
    networks = _networks(ranges)
    ipv4 = sum(last - first + 1 for version, first, last in networks if version == 4)
    return ipv4 >= WIDE or any(
        version == 6 and last - first + 1 >= 2 ** (128 - WIDE_IPV6) for version, first, last in networks
    )


def _everything(ranges: Iterable[str]) -> bool:
    return (4, 0, 2**32 - 1) in _networks(ranges) or (6, 0, 2**128 - 1) in _networks(ranges)


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def test(value: str, expected: str) -> bool:
        try:
            return compare(float(value), float(expected))
        except ValueError:
            return False

    return test


def _moment(text: str) -> datetime:
    """A moment as policies write it: ISO 8601, or seconds since 1970.

    Raises:
        ValueError: it is none.
    """
    if re.fullmatch(r"\d{1,11}(\.\d{0,6})?", text):
        return datetime.fromtimestamp(float(text), UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _date(compare: Callable[[datetime, datetime], bool]) -> Callable[[str, str], bool]:
    def test(value: str, expected: str) -> bool:
        try:
            return compare(_moment(value), _moment(expected))
        except (ValueError, OverflowError, OSError):
            return False

    return test


def _same(value: str, expected: str) -> bool:
    return value == expected


def _same_letters(value: str, expected: str) -> bool:
    return value.lower() == expected.lower()


def _like(value: str, expected: str) -> bool:
    return matches(expected, value)


def _within(value: str, expected: str) -> bool:
    try:
        one, other = ip_network(value, strict=False), ip_network(expected, strict=False)
        return one.version == other.version and (int(other.network_address) <= int(one.network_address)
            and int(one.broadcast_address) <= int(other.broadcast_address))  # fmt: skip
    except ValueError:
        return False


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "stringequals": _same, "stringnotequals": _same,
    "stringequalsignorecase": _same_letters, "stringnotequalsignorecase": _same_letters,
    "stringlike": _like, "stringnotlike": _like,
    "arnequals": _like, "arnnotequals": _like, "arnlike": _like, "arnnotlike": _like,
    "bool": _same_letters, "binaryequals": _same,
    "numericequals": _number(lambda a, b: a == b), "numericnotequals": _number(lambda a, b: a == b),
    "numericlessthan": _number(lambda a, b: a < b), "numericlessthanequals": _number(lambda a, b: a <= b),
    "numericgreaterthan": _number(lambda a, b: a > b), "numericgreaterthanequals": _number(lambda a, b: a >= b),
    "dateequals": _date(lambda a, b: a == b), "datenotequals": _date(lambda a, b: a == b),
    "datelessthan": _date(lambda a, b: a < b), "datelessthanequals": _date(lambda a, b: a <= b),
    "dategreaterthan": _date(lambda a, b: a > b), "dategreaterthanequals": _date(lambda a, b: a >= b),
    "ipaddress": _within, "notipaddress": _within,
}  # fmt: skip
_NEGATED = frozenset(
    {"stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike", "numericnotequals",
     "datenotequals", "notipaddress"}
)  # fmt: skip


def in_words(conditions: Iterable[Condition]) -> tuple[str, ...]:
    """Conditions for people, each once, bounded."""
    return tuple(dict.fromkeys(map(str, conditions)))[:6]
