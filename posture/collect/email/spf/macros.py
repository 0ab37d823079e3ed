"""Macros of SPF (RFC 7208, 7): their grammar, and what they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from urllib.parse import quote

from posture.model.customer import IPAddress

LONGEST = 253  # characters of a name; longer ones lose labels at their left (RFC 7208, 7.3)

_EXPAND = r"%\{[slodiphvSLODIPHV][0-9]*[rR]?[.\-+,/_=]*\}|%%|%_|%-"
_ANY_EXPAND = re.compile(r"%\{([A-Za-z])([0-9]*)([rR]?)([.\-+,/_=]*)\}|%%|%_|%-")
_STRING = re.compile(rf"(?:{_EXPAND}|[\x21-\x24\x26-\x7e])*")
_ENDS_WITH_MACRO = re.compile(rf".*(?:{_EXPAND})", re.DOTALL)
_TOP_LABEL = re.compile(r"(?:[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]+-[A-Za-z0-9-]*[A-Za-z0-9])")


class BadMacro(ValueError):
    """A macro that cannot be expanded: a permanent error."""


@dataclass(frozen=True, slots=True)
class Message:
    """What macros tell of a message: the client's address, the sender (MAIL FROM), the name it greeted with."""

    address: IPAddress
    sender: str
    helo: str


def is_macro_string(text: str) -> bool:
    """Whether it is a macro-string: macros and printable characters, no space, no lone per cent sign."""
    return _STRING.fullmatch(text) is not None


def is_domain_spec(text: str) -> bool:
    """Whether it is a domain-spec: a macro-string that ends in a macro or in a dot and a top label."""
    if not text or not is_macro_string(text):
        return False
    if _ENDS_WITH_MACRO.fullmatch(text):
        return True
    _, dot, last = text.removesuffix(".").rpartition(".")
    return bool(dot) and _TOP_LABEL.fullmatch(last) is not None and "%" not in last


def has_macro(text: str) -> bool:
    """Whether there is a per cent sign, which begins every macro."""
    return "%" in text


def expanded(text: str, domain: str, message: Message, validated: Callable[[], str]) -> str:
    """A domain-spec with its macros replaced.

    Args:
        text: of the record.
        domain: that the record is evaluated for.
        message: whose sender is looked at.
        validated: gives the client's validated name, ``unknown`` where there is none; asked only for ``%{p}``.
    """

    def replaced(found: re.Match[str]) -> str:
        if found[0] in {"%%", "%_", "%-"}:
            return {"%%": "%", "%_": " ", "%-": "%20"}[found[0]]
        value = _value(found[1].lower(), domain, message, validated)
        shown = _transformed(value, found[2], reverse=bool(found[3]), delimiters=found[4])
        return quote(shown, safe="-._~") if found[1].isupper() else shown

    return _shortened(_ANY_EXPAND.sub(replaced, text))


def _value(letter: str, domain: str, message: Message, validated: Callable[[], str]) -> str:
    local, _, at = message.sender.rpartition("@")
    if letter == "p":
        return validated()
    return {
        "s": f"{local or 'postmaster'}@{at}",
        "l": local or "postmaster",
        "o": at,
        "d": domain,
        "i": _dotted(message.address),
        "v": "in-addr" if isinstance(message.address, IPv4Address) else "ip6",
        "h": message.helo,
    }.get(letter, "")


def _dotted(address: IPAddress) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return ".".join(address.exploded.replace(":", ""))


def _transformed(value: str, digits: str, *, reverse: bool, delimiters: str) -> str:
    parts = re.split(f"[{re.escape(delimiters or '.')}]", value)
    if reverse:
        parts.reverse()
    if digits:
        if int(digits) == 0:
            raise BadMacro("a macro takes no part of its value (RFC 7208, 7.1)")
        parts = parts[-int(digits) :]
    return ".".join(parts)


def _shortened(name: str) -> str:
    """Names that are too long lose whole labels at their left."""
    while len(name.removesuffix(".")) > LONGEST and "." in name:
        name = name.partition(".")[2]
    return name
