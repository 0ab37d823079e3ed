"""DKIM keys that others have are told from those that only look like any other."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from posture.advisories.weak_keys.judge import judged
from posture.collect.email.dkim.record import read_record
from posture.engine.email.dkim_keys import judged_keys
from posture.facts.email.dkim import DkimKey, DkimKeys
from posture.facts.unavailable import Unavailable

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Book:
    """The part of the advisor that is asked, with the lists that come with the program."""

    def keys(self, keys: Any, now: datetime) -> Any:
        return judged(keys, (), now)


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2)
    return bytes([tag]) + size + body


def published(n: int) -> DkimKey:
    """A key record as a server has it, read as any other."""
    number = [value.to_bytes(value.bit_length() // 8 + 1) for value in (n, 65537)]
    raw = der(0x30, *(der(0x02, value) for value in number))
    record = read_record(f"v=DKIM1; p={base64.b64encode(raw).decode()}")
    assert record.error == ""
    return DkimKey(
        "mail", "mail._domainkey.bakery.example", True, kind=record.kind, bits=record.bits, public=record.public
    )


def test_primes_that_are_close_give_a_key_away():
    """CVE-2022-26320: Fermat's method finds them in one step."""
    near = 2**521 - 1  # a Mersenne prime; its neighbour need not be one to be found
    close = published(near * (near + 2))
    sound = published((2**607 - 1) * (2**1279 - 1))
    found = judged_keys(DkimKeys("bakery.example", AT, (close, sound)), Book())  # type: ignore[arg-type]
    assert isinstance(found, DkimKeys)
    assert [bool(key.weak) for key in found.keys] == [True, False]


def test_keys_that_are_not_known_stay_so():
    """There is nothing to judge."""
    assert judged_keys(Unavailable("no answer"), Book()) == Unavailable("no answer")  # type: ignore[arg-type]
