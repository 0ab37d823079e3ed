"""From an anchor to a leak: the same code for every engine, so that all of them find the same."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from posture.collect.leaks.core.leak import Leak
from posture.collect.leaks.core.lookalikes import lookalike
from posture.collect.leaks.core.proofs import PROOFS, Proof

if TYPE_CHECKING:
    from collections.abc import Iterable
    from re import Match

    from posture.collect.leaks.core.rule import Rule, Rules
    from posture.collect.leaks.core.scan import Candidates


class Found(NamedTuple):
    """What a rule says of the bytes from `first` to before `last`. `holds`: it is a secret; else it only looks so.

    `certain`: its form or its variable's own name tells it (rank 0 or 1), so that a refutation counts, too.
    """

    leak: Leak
    first: int
    last: int
    rank: int
    holds: bool

    @property
    def certain(self) -> bool:
        """Whether a parser that only knows a name must give way to this, or to its refutation."""
        return self.rank < 2


def confirmed(text: bytes, rules: Rules, candidates: Candidates) -> list[Found]:
    """All that the rules find in a text, by place; of those that meet on the same bytes, the one best known."""
    matched = []
    for index, offset in sorted(set(candidates(text))):
        rule = rules.rules[index]
        match = rule.confirm.match(text, offset, offset + rule.window)
        if match is not None:
            matched.append((rule, match))
    return _lines(text, _best([_judged(rule, match) for rule, match in matched]))


def _judged(rule: Rule, match: Match[bytes]) -> Found:
    value = match.group("value")
    first, last = match.span("value")
    proof = Proof() if lookalike(match) is None else None
    if proof is not None and rule.proof:
        proof = PROOFS[rule.proof](value, match)
    holds = proof is not None
    said = proof or Proof()
    leak = Leak(
        rule.id, 0, said.value or value, said.shows, said.note or rule.note, said.ends, said.weight or rule.weight
    )
    return Found(leak, first, last, rule.rank, holds)


def _best(found: Iterable[Found]) -> list[Found]:
    """Without those that meet a better known one: a lower rank, then a secret, then a longer one."""
    kept: list[tuple[int, int, Found]] = []
    for one in sorted(found, key=lambda one: (one.rank, not one.holds, one.first - one.last, one.leak.rule, one.first)):
        at = bisect_left(kept, (one.first, one.last))
        clear = at == len(kept) or kept[at][0] >= one.last
        if clear and (at == 0 or kept[at - 1][1] <= one.first):
            kept.insert(at, (one.first, one.last, one))
    return [one for _, _, one in kept]


def _lines(text: bytes, found: list[Found]) -> list[Found]:
    """With the line of each. `found` is in order of place, so the newlines are counted once."""
    line, counted = 1, 0
    placed = []
    for one in found:
        line += text.count(b"\n", counted, one.first)
        counted = one.first
        placed.append(one._replace(leak=one.leak._replace(line=line)))
    return placed
