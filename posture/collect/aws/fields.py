"""Fields of AWS's answers: of the documented type, printable and bounded, whatever came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from posture.model.text import visible

Item = Mapping[str, Any]
MOST = 5_000  # things in one list of one item
_TEXT = 300  # characters of a name, an id or an address
_ARN = 2_048


def text(one: Item, *path: str, most: int = _TEXT) -> str:
    """The text at ``path``; empty where there is none."""
    value = _at(one, path)
    return visible(value, most) if isinstance(value, str) else ""


def arn(one: Item, *path: str) -> str:
    """The ARN at ``path``; empty where there is none."""
    return text(one, *path, most=_ARN)


def number(one: Item, *path: str) -> int | None:
    """The whole number at ``path``; None where there is none."""
    value = _at(one, path)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(one: Item, *path: str) -> bool:
    """Whether ``path`` says true."""
    return _at(one, path) is True


def moment(one: Item, *path: str) -> datetime | None:
    """The time at ``path``, in UTC; None where there is none."""
    value = _at(one, path)
    return value.astimezone(UTC) if isinstance(value, datetime) else None


def items(one: Item, *path: str) -> Iterator[Item]:
    """The things of the list at ``path`` that have fields."""
    value = _at(one, path)
    if isinstance(value, list | tuple):
        yield from (each for each in value[:MOST] if isinstance(each, Mapping))


def texts(one: Item, *path: str) -> tuple[str, ...]:
    """The texts of the list at ``path``."""
    value = _at(one, path)
    some = value[:MOST] if isinstance(value, list | tuple) else ()
    return tuple(visible(each, _TEXT) for each in some if isinstance(each, str))


def tag(one: Item, key: str) -> str:
    """The value of a tag; empty where it has none of this name."""
    return next((text(each, "Value") for each in items(one, "Tags") if each.get("Key") == key), "")


def public_v6(interface: Item) -> tuple[str, ...]:
    """The IPv6 addresses of a network interface; those of private use (fc00::/7, RFC 4193) lead nowhere."""
    addresses = (text(one, "Ipv6Address") for one in items(interface, "Ipv6Addresses"))
    return tuple(one for one in addresses if one and not one.lower().startswith(("fc", "fd")))


def _at(one: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        one = one.get(key) if isinstance(one, Mapping) else None
    return one
