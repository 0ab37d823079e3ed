"""For the auditor: what the checks' outcomes are evidence for, control by control of each framework."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from posture.model.assessment import Assessment
from posture.model.control import FRAMEWORKS, by_framework, present
from posture.model.text import visible
from posture.model.verdict import Outcome
from posture.report import limits
from posture.report.language import Language
from posture.report.model import ControlRow, FrameworkRows
from posture.report.places import some_names


@dataclass(slots=True)
class _Evidence:
    """Of one control: outcomes by their kind, and the checks that did not pass everywhere."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    open: dict[str, None] = field(default_factory=dict)  # an ordered set

    def add(self, assessment: Assessment) -> None:
        self.outcomes[assessment.outcome] += 1
        if assessment.outcome in {Outcome.FAIL, Outcome.NOT_ASSESSED}:
            self.open[assessment.check.id] = None


def framework_rows(assessments: Iterable[Assessment], words: Language) -> tuple[FrameworkRows, ...]:
    """Every framework that a check names, in the order in which they are listed everywhere."""
    found: dict[str, dict[str, _Evidence]] = {}
    for assessment in assessments:
        for name, numbers in by_framework(assessment.check.controls).items():
            for number in numbers:
                found.setdefault(name, {}).setdefault(number, _Evidence()).add(assessment)
    return tuple(_framework(_named(name, words), found[name]) for name in sorted(found, key=_place))


def together(controls: Iterable[str]) -> str:
    """Controls with each framework named once: ``cis@8.1: 4.4, 4.8; iso27001@2022: A.8.20``."""
    numbers: dict[str, list[str]] = {}
    for control in controls:
        framework, _, number = present(control).partition(":")
        numbers.setdefault(framework, []).append(number)
    return "; ".join(
        f"{framework}: {', '.join(each)}" if any(each) else framework for framework, each in numbers.items()
    )


def _place(name: str) -> tuple[int, str]:
    return next((at for at, title in enumerate(FRAMEWORKS.values()) if name.startswith(title)), len(FRAMEWORKS)), name


def _named(name: str, words: Language) -> str:
    """The framework's name in the report's language, with its edition."""
    title = next((title for title in FRAMEWORKS.values() if name.startswith(title)), "")
    return (words.text(title) if title else "") + visible(name[len(title) :], 80)


def _framework(name: str, controls: Mapping[str, _Evidence]) -> FrameworkRows:
    numbers = sorted(controls, key=_natural)
    rows = tuple(_row(number, controls[number]) for number in numbers if controls[number].open)
    silent = [number for number in numbers if not controls[number].open]
    return FrameworkRows(
        name=name,
        rows=rows,
        passed=tuple(number for number in silent if controls[number].outcomes[Outcome.PASS]),
        not_applicable=tuple(number for number in silent if not controls[number].outcomes[Outcome.PASS]),
    )


def _row(number: str, evidence: _Evidence) -> ControlRow:
    names, left = some_names(list(evidence.open), limits.CHECKS_OF_CONTROL)
    outcomes = evidence.outcomes
    return ControlRow(
        number, outcomes[Outcome.FAIL], outcomes[Outcome.NOT_ASSESSED], outcomes[Outcome.PASS], names, left
    )


def _natural(control: str) -> list[tuple[int, str]]:
    """``A.8.9`` before ``A.8.20``."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", control) if part]
