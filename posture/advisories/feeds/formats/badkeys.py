"""The list of known keys of badkeys (its docs/BLOCKLISTFORMAT.md): blocklist.dat, and names in badkeysdata.json.

The list is sorted records of 16 bytes: the first 15 bytes of SHA-256 over a key's value, and the number of its list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from posture.advisories.feeds.formats.reading import Malformed, a_list, an_object, json_value, shown
from posture.advisories.feeds.records import KnownKey, Record, Refusal
from posture.advisories.weak_keys.known_keys import HASH, RECORD
from posture.model.text import visible

_JSON = b"{"


def read(files: Iterable[tuple[str, bytes]], ecosystems: frozenset[str]) -> Iterator[Record | Refusal]:  # noqa: ARG001
    """Every key with the name of its list, ``list 7`` where there is none. `ecosystems` has no meaning."""
    names: dict[int, str] = {}
    lists: list[tuple[str, bytes]] = []
    for file, data in files:
        if data.lstrip()[:1] != _JSON:
            lists.append((file, data))
            continue
        try:
            names |= _names(data)
        except Malformed as error:
            yield Refusal(visible(file, 120), str(error))
    for file, data in lists:
        if len(data) % RECORD or not data:
            yield Refusal(visible(file, 120), f"its length is no multiple of {RECORD} bytes")
            continue
        for at in range(0, len(data), RECORD):
            number = data[at + HASH]
            yield KnownKey(data[at : at + HASH], names.get(number, f"list {number}"))


def _names(data: bytes) -> dict[int, str]:
    described = an_object(json_value(data), "the description")
    found: dict[int, str] = {}
    for value in a_list(described.get("blocklists"), "blocklists"):
        one = an_object(value, "a list")
        number, name = one.get("id"), one.get("name")
        if not isinstance(number, int) or not isinstance(name, str) or not name:
            raise Malformed(f"the list {shown(str(number))} has no number and name")
        found[number] = visible(name, 60)
    return found
