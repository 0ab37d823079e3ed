"""One labelled case: a file, and the secrets that a reader of the vendors' documents would find in it.

A case is written as text in which every secret is wrapped by `leak`; the label (rule and line) follows from where it
stands. The values are assembled when the tests run, so no token stands in the repository.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

OPEN, SPLIT, CLOSE = "\x01", "\x02", "\x03"


@dataclass(frozen=True, slots=True)
class Label:
    """A secret's rules (any of them is a right name for it) and the line it starts at, from 1."""

    rules: tuple[str, ...]
    line: int
    required: bool


@dataclass(frozen=True, slots=True)
class Case:
    """`path` and `content` of a file, its labels, and where the format or the reason is documented."""

    id: str
    path: str
    content: bytes
    labels: tuple[Label, ...]
    why: str

    @property
    def is_lookalike(self) -> bool:
        return not any(label.required for label in self.labels)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What a scanner said of one case that its labels do not."""

    case: Case
    missed: tuple[str, ...]
    wrong: tuple[str, ...]
    right: int

    def __str__(self) -> str:
        words = [f"{self.case.id} ({self.case.path}; {self.case.why})"]
        words += [f"missed {told}" for told in self.missed] + [f"should not tell {told}" for told in self.wrong]
        return ": ".join((words[0], ", ".join(words[1:])))


def leak(rules: str, value: str) -> str:
    """`value` as a secret that must be told; `rules` has several names, split by ``|``, where each of them is right."""
    return f"{OPEN}{rules}{SPLIT}{value}{CLOSE}"


def may(rules: str, value: str) -> str:
    """`value` as something that may be told or not: it counts on neither side."""
    return f"{OPEN}?{rules}{SPLIT}{value}{CLOSE}"


def case(name: str, path: str, text: str, why: str, *, encoding: str = "utf-8") -> Case:
    plain, labels = "", []
    head, *rest = text.split(OPEN)
    plain += head
    for piece in rest:
        rules, _, tail = piece.partition(SPLIT)
        value, _, after = tail.partition(CLOSE)
        line = plain.count("\n") + 1
        labels.append(Label(tuple(rules.lstrip("?").split("|")), line, required=not rules.startswith("?")))
        plain += value + after
    return Case(name, path, plain.encode(encoding), tuple(labels), why)


def judge(one: Case, told: Sequence[tuple[str, int]]) -> Disagreement:
    """Compare what was told (rule, line) with the labels; a required label takes one finding, others any number."""
    left = Counter(told)
    missed, right = [], 0
    for label in (label for label in one.labels if label.required):
        found = next(((rule, label.line) for rule in label.rules if left[rule, label.line] > 0), None)
        if found is None:
            missed.append(f"{'|'.join(label.rules)} at {label.line}")
        else:
            left[found] -= 1
            right += 1
    tolerated = {(rule, label.line) for label in one.labels if not label.required for rule in label.rules}
    wrong = [f"{rule} at {line}" for (rule, line), n in left.items() if (rule, line) not in tolerated for _ in range(n)]
    return Disagreement(one, tuple(missed), tuple(wrong), right)
