"""How many of a labelled set's secrets are found, and how much is told that is none.

The set is made from the vendors' documents, not from the rules. A label that the scanner disagrees with is a fault of
one of them: the format's document decides.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from leak_cases import all_cases as whole_set
from leak_cases.all_cases import all_cases
from leak_cases.case import Case, Disagreement, judge

import posture.collect.leaks
from posture.collect.leaks.core.plain import plain
from posture.collect.leaks.core.rule import rules_of
from posture.collect.leaks.core.scan import scan

CASES = all_cases()
LEAST = 0.97
LITERAL = re.compile(
    r"\b(gh[pousr]_[A-Za-z0-9]{30}|npm_[A-Za-z0-9]{30}|glpat-[\w-]{20}|(A3T|AKIA|ASIA)[A-Z0-9]{16}|[sr]k_(live|test)_\w{16}"
    r"|xox[abprs]-[\w-]{20}|AIza[\w-]{35}|SG\.[\w-]{20}|hooks\.slack\.com/services/T\w{8}/B\w{8}/\w{20}|dop_v1_\w{20}"
    r"|eyJ[\w-]{20,}\.eyJ[\w-]{20,}\.|pypi-AgE[\w-]{20}|-----BEGIN [A-Z ]*PRIVATE KEY-----\n)"
)


@pytest.fixture(scope="module")
def judged() -> list[Disagreement]:
    files = sorted((Path(posture.collect.leaks.__path__[0]) / "rules").glob("*.toml"))
    rules = rules_of(kind for file in files for kind in tomllib.loads(file.read_text())["kind"])
    candidates = plain(rules)
    return [
        judge(one, [(leak.rule, leak.line) for leak in scan(one.path, one.content, rules, candidates)]) for one in CASES
    ]


def test_secrets_are_found(judged: list[Disagreement]) -> None:
    """At least 97 of 100 labelled secrets are told, at their line and by their name."""
    right = sum(one.right for one in judged)
    missed = [one for one in judged if one.missed]
    recall = right / (right + sum(len(one.missed) for one in missed))
    assert recall >= LEAST, f"recall {recall:.3f}\n" + "\n".join(map(str, missed))


def test_look_alikes_are_not_told(judged: list[Disagreement]) -> None:
    """At least 97 of 100 findings are labelled secrets."""
    right = sum(one.right for one in judged)
    wrong = [one for one in judged if one.wrong]
    precision = right / (right + sum(len(one.wrong) for one in wrong))
    assert precision >= LEAST, f"precision {precision:.3f}\n" + "\n".join(map(str, wrong))


def test_the_set_is_large_and_half_of_it_look_alikes() -> None:
    """At least 400 cases with names of their own, half of them without a secret; every kind of secret twice."""
    looks = [one for one in CASES if one.is_lookalike]
    assert len({one.id for one in CASES}) == len(CASES) >= 400
    assert len(looks) * 2 >= len(CASES)
    kinds = [rule for one in CASES for label in one.labels if label.required for rule in label.rules]
    assert [kind for kind in sorted(set(kinds)) if kinds.count(kind) < 2] == []


def test_the_set_is_the_same_every_time() -> None:
    """Two makings of the set agree in every byte."""

    def told(cases: tuple[Case, ...]) -> list[tuple[str, str, bytes]]:
        return [(one.id, one.path, one.content) for one in cases]

    assert told(all_cases()) == told(CASES)


def test_no_token_stands_in_the_sources() -> None:
    """The tokens are put together when tests run; a hosting platform's own scanner has nothing to refuse."""
    folder = Path(whole_set.__file__).parent
    found = {path.name: [match[0][:12] for match in LITERAL.finditer(path.read_text())] for path in folder.glob("*.py")}
    assert {name: tokens for name, tokens in found.items() if tokens} == {}
