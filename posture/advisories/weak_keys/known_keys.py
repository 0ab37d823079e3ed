"""Lists of keys whose private half is known to the world, by hash of their public half.

The records are those of the project badkeys (docs/BLOCKLISTFORMAT.md): sorted, 16 bytes each, the first 15 bytes of
SHA-256 over the key's value, and the number of the list.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import cache
from importlib import resources

RECORD, HASH = 16, 15  # bytes

SHIPPED = {
    1: "keypair (CVE-2021-41117)",
    5: "keys in products (Rapid7 ssh-badkeys)",
    6: "Vagrant's insecure keys",
}
"""The lists that come with posture, by number; data/known_keys.md says where they are from."""


def hash_of(value: bytes) -> bytes:
    """What a list has of a key."""
    return hashlib.sha256(value).digest()[:HASH]


def shipped(wanted: bytes) -> str:
    """The name of the list that has the key with this hash, empty when none of those that come with posture has it."""
    records = _records()
    low, high = 0, len(records) // RECORD
    while low < high:
        middle = (low + high) // 2
        if records[middle * RECORD : middle * RECORD + HASH] < wanted:
            low = middle + 1
        else:
            high = middle
    found = records[low * RECORD : (low + 1) * RECORD]
    return SHIPPED[found[HASH]] if found[:HASH] == wanted else ""


@cache
def shipped_lists() -> tuple[tuple[str, int], ...]:
    """The lists that come with posture, and how many keys each has."""
    numbers = Counter(_records()[HASH::RECORD])
    return tuple((name, numbers[number]) for number, name in SHIPPED.items())


@cache
def _records() -> bytes:
    return (resources.files("posture.advisories") / "data" / "known_keys.dat").read_bytes()
