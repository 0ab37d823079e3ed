"""Twelve sshd configurations: what real logins and an audit say is what the table says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from ssh_lab.ssh_lab_configurations import LAB
from ssh_lab.ssh_lab_rows import Row
from ssh_lab.ssh_lab_truth import GAPS, JUDGED

from posture.model.assessment import Assessment
from posture.model.verdict import Outcome, Verdict

# Both tests of one run in one process, so that it is staged once.
CONFIGURATIONS = [pytest.param(name, marks=pytest.mark.xdist_group(f"sshd {name}")) for name in LAB]
Place = tuple[str, str]  # check and subject


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_sshd_does_what_the_table_says(lab, name: str) -> None:
    """Every login of the table, tried with the real client."""
    opened = lab(name).opened
    wrong = [
        f"{name}: {login}: expected {login.opens}, got {got}" for login, got in opened.items() if got != login.opens
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_audit_says_what_the_table_says(lab, name: str) -> None:
    """Nothing missed, nothing invented, nothing called clean that was not seen."""
    result = lab(name)
    rows = [replace(row, subject=_named(row.subject, result.prints)) for row in LAB[name][1].rows]
    said = {one.check.id: _with_severity(one) for one in result.assessments if one.check.id in JUDGED}
    assert said.keys() == JUDGED, "each check is asked"
    wrong = dict((*_missing(rows, said), *_unexpected(rows, said)))
    gaps = {(check, _named(subject, result.prints)): why for (check, subject), why in GAPS.get(name, {}).items()}
    lines = [
        f"{name}: {check}: {on or 'the host'}: {text}" for (check, on), text in wrong.items() if (check, on) not in gaps
    ]
    lines += [f"{name}: {place}: no gap any more: {why}" for place, why in gaps.items() if place not in wrong]
    assert not lines, "\n" + "\n".join(sorted(lines))


def _with_severity(one: Assessment) -> tuple[Verdict, ...]:
    """A failure without a severity of its own has its check's."""
    return tuple(
        replace(v, severity=one.check.severity) if v.outcome is Outcome.FAIL and v.severity is None else v
        for v in one.verdicts
    )


def _named(subject: str, prints: dict[str, str]) -> str:
    return re.sub(r"{(.+?)}", lambda found: prints[found[1]], subject)


def _missing(rows: list[Row], said: dict[str, tuple[Verdict, ...]]) -> Iterator[tuple[Place, str]]:
    for row in rows:
        of_it = [one for one in said[row.check] if row.subject in {"*", one.subject}]
        if not any(_fits(row, one) for one in of_it):
            wanted = f"{row.outcome} {row.severity or ''} {row.word!r}"
            yield (row.check, row.subject), f"expected {wanted}, got {_told(of_it)}"


def _fits(row: Row, one: Verdict) -> bool:
    same = (row.outcome, row.severity) == (one.outcome, one.severity)
    return same and row.word.lower() in one.summary.lower()


def _unexpected(rows: list[Row], said: dict[str, tuple[Verdict, ...]]) -> Iterator[tuple[Place, str]]:
    told = {(row.check, row.subject) for row in rows}
    unsure = {row.check for row in rows if row.outcome is Outcome.NOT_ASSESSED and row.subject == "*"}
    for check, verdicts in said.items():
        for one in verdicts:
            harmless = one.outcome in {Outcome.PASS, Outcome.NOT_APPLICABLE}
            if (
                not harmless
                and (check, one.subject) not in told
                and not (check in unsure and one.outcome is Outcome.NOT_ASSESSED)
            ):
                yield (check, one.subject), f"expected nothing, got {_told([one])}"


def _told(verdicts: list[Verdict]) -> str:
    return " | ".join(f"{v.outcome} {v.severity or ''} {v.subject} {v.summary!r}" for v in verdicts) or "nothing"
