"""Aho-Corasick: all anchors in one pass; the wheel is small and pure of system libraries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ahocorasick_rs import BytesAhoCorasick, Implementation

from posture.collect.leaks.core.rule import Rules, anchored

if TYPE_CHECKING:
    from posture.collect.leaks.core.scan import Candidates


def aho(rules: Rules) -> Candidates:
    """The candidates of a text. The automaton is a DFA: what the library chooses by itself is three times slower."""
    wanted = anchored(rules)
    indexes = list(wanted.values())
    automaton = BytesAhoCorasick(list(wanted), implementation=Implementation.DFA)

    def candidates(data: bytes) -> Iterator[tuple[int, int]]:
        for anchor, first, _ in automaton.find_matches_as_indexes(data, overlapping=True):
            for index in indexes[anchor]:
                yield index, first

    return candidates
