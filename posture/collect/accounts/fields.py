"""Fields of an answer that may be anything: of the documented type, printable and bounded, or not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from posture.model.text import visible

Item = Mapping[str, Any]
MOST = 5_000  # things in one list of one item
_MOST = 1e15  # a number that counts something, or a time
_TEXT = 254  # characters of a name; no address of e-mail is longer (RFC 5321, 4.5.3.1.3)


def text(one: Any, *path: str) -> str:
    """The text at ``path``, printable; empty where there is none."""
    return visible(raw(one, *path), _TEXT)


def raw(one: Any, *path: str) -> str:
    """The text at ``path`` as it is, to ask with; empty where there is none."""
    value = at(one, *path)
    return value if isinstance(value, str) else ""


def flag(one: Any, *path: str) -> bool | None:
    """What ``path`` says; None where it is neither true nor false."""
    value = at(one, *path)
    return value if isinstance(value, bool) else None


def digit(one: Any, *path: str) -> bool | None:
    """What ``path`` says where 1 is true and 0 is false, also as text; None otherwise."""
    value = at(one, *path)
    return {"1": True, "0": False, "True": True, "False": False}.get(str(value)[:6])


def number(one: Any, *path: str) -> float | None:
    """The number at ``path``; None where there is none that can be counted with (JSON of Python knows NaN)."""
    value = at(one, *path)
    plain = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MOST
    return value if plain else None


def items(one: Any, *path: str) -> Iterator[Item]:
    """The things of the list at ``path`` that have fields."""
    value = at(one, *path)
    if isinstance(value, list):
        yield from (each for each in value[:MOST] if isinstance(each, Mapping))


def whole(value: Any, key: str) -> list[Item] | None:
    """A list of things that all have a text under a key; None where it is anything else."""
    good = isinstance(value, list) and all(raw(each, key) for each in value)
    return value if good else None


def texts(one: Any, *path: str) -> tuple[str, ...]:
    """The texts of the list at ``path``."""
    value = at(one, *path)
    return tuple(each[:_TEXT] for each in value[:MOST] if isinstance(each, str)) if isinstance(value, list) else ()


def at(one: Any, *path: str) -> Any:
    """What is at ``path``; None where there is nothing."""
    for key in path:
        one = one.get(key) if isinstance(one, Mapping) else None
    return one


def epoch(seconds: float | None) -> datetime | None:
    """A time given in seconds since 1970; None where there is none, or none that can be."""
    if not seconds or seconds < 0:
        return None
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(seconds, UTC)
    return None


def moment(text: object) -> datetime | None:
    """A time in ISO 8601 with its offset, in UTC; a date is its first moment. None where it is none."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    with suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return None
