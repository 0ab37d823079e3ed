"""The engine of the standard library: for hosts, and where no other is installed.

`bytes.find` is fast for one anchor and slow for hundreds. Most anchors are names of variables and share a few stems
(``TOKEN``, ``KEY``): those are looked for, and the word around each is looked up among words already judged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from posture.collect.leaks.core.rule import anchored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posture.collect.leaks.core.rule import Rules
    from posture.collect.leaks.core.scan import Candidates

_STEMS = tuple(
    spelling.encode()
    for stem in ("token", "key", "secret", "pass", "pwd", "auth", "credential")
    for spelling in (stem, stem.upper(), stem.capitalize())
)
_NAME = re.compile(rb"[A-Za-z0-9_-]+")
_REACH = 96  # bytes of a word looked at on either side of a stem; no anchor is as long
_REMEMBERED = 50_000


def plain(rules: Rules) -> Candidates:
    """The candidates of a text, by the standard library alone."""
    wanted = anchored(rules)
    by_stem: dict[bytes, list[bytes]] = {}
    alone = []
    for anchor in wanted:
        stem = next((stem for stem in _STEMS if stem in anchor), None)
        if stem is not None and len(anchor) < _REACH and _NAME.fullmatch(anchor):
            by_stem.setdefault(stem, []).append(anchor)
        else:
            alone.append(anchor)
    words = {stem: _Words(stem, anchors) for stem, anchors in by_stem.items()}

    def candidates(data: bytes) -> Iterator[tuple[int, int]]:
        for anchor in alone:
            for offset in _offsets(data, anchor):
                for index in wanted[anchor]:
                    yield index, offset
        for known in words.values():
            for anchor, offset in known.anchors_in(data):
                for index in wanted[anchor]:
                    yield index, offset

    return candidates


class _Words:
    """Anchors that contain one stem."""

    def __init__(self, stem: bytes, anchors: list[bytes]) -> None:
        self._stem = stem
        self._anchors = anchors
        self._judged: dict[bytes, tuple[tuple[bytes, int], ...]] = {}

    def anchors_in(self, data: bytes) -> Iterator[tuple[bytes, int]]:
        """Each anchor and its offset; the same may come twice."""
        for offset in _offsets(data, self._stem):
            first = max(0, offset - _REACH)
            before = data[first:offset]
            lead = len(before) - len(before.rstrip(_NAME_BYTES))
            match = _NAME.match(data, offset - lead, offset + _REACH)
            word = match.group() if match else b""
            for anchor, at in self._in_word(word):
                yield anchor, offset - lead + at

    def _in_word(self, word: bytes) -> tuple[tuple[bytes, int], ...]:
        known = self._judged.get(word)
        if known is None:
            known = tuple((anchor, at) for anchor in self._anchors for at in _offsets(word, anchor))
            if len(self._judged) < _REMEMBERED:
                self._judged[word] = known
        return known


_NAME_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"


def _offsets(data: bytes, wanted: bytes) -> Iterator[int]:
    offset = data.find(wanted)
    while offset >= 0:
        yield offset
        offset = data.find(wanted, offset + 1)
