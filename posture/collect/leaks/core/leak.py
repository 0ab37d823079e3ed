"""A secret that was found, and what may be said of it.

Everything under ``core`` is packed into the script that runs on hosts: the standard library only, nothing of posture
outside this folder, and nothing that Python 3.6 lacks once the annotations are gone.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import NamedTuple

_START = 4
_LONG = 12  # below, four characters would be too much of the value
_SHORT = 8  # below, even one would be


class Leak(NamedTuple):
    """A secret in one file, with its value: never stored, sent or shown (`repr` hides it); `redact` makes a Seen of it.

    `rule` is its id, `line` counts from 1, 0 for the whole file. `proof` says what shows offline that it is one,
    `note` what it opens as far as its form tells. `ends` are the seconds since 1970 at which it ends or ended, if its
    form tells. `weight` is a severity that its form tells (``high``), empty for that of the rule.
    """

    rule: str
    line: int
    value: bytes
    proof: str = ""
    note: str = ""
    ends: int | None = None
    weight: str = ""

    def __repr__(self) -> str:
        return f"Leak({self.rule}, line {self.line}, {len(self.value)} bytes)"

    def __str__(self) -> str:
        return repr(self)


class Seen(NamedTuple):
    """A leak as it may be stored and shown. `expired`: seconds since 1970 at which it ended, None if it has not.

    `start` are the first four characters of a value of twelve or more, the first of one of eight or more, else none.
    `fingerprint` is ``hmac:`` and 32 hexadecimal digits of HMAC-SHA256 over the value with the customer's key.
    """

    rule: str
    line: int
    start: str
    fingerprint: str
    proof: str
    note: str
    expired: int | None
    severity: str


def redact(leak: Leak, severity: str, key: bytes, now: int) -> Seen:
    """What may be said of a leak. `severity` is its rule's, `now` seconds since 1970. An ended one weighs ``info``."""
    expired = leak.ends if leak.ends is not None and leak.ends <= now else None
    weight = "info" if expired is not None else (leak.weight or severity)
    print_ = fingerprint(leak.value, key)
    return Seen(leak.rule, leak.line, start(leak.value), print_, leak.proof, leak.note, expired, weight)


def fingerprint(value: bytes, key: bytes) -> str:
    """The same for equal values of one customer; without the key even a short password cannot be guessed from it."""
    return "hmac:" + hmac.new(key, value, hashlib.sha256).hexdigest()[:32]


def start(value: bytes) -> str:
    """The first characters that may be shown of a value, what cannot be printed as ``?``."""
    shown = _START if len(value) >= _LONG else 1 if len(value) >= _SHORT else 0
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in value[:shown])
