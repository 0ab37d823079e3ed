from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import factories_report as made
import pytest

from posture.cli.audit import exit_code
from posture.cli.errors import Exit
from posture.cli.reports import write_all
from posture.cli.summary import summary
from posture.model.finding import FindingStatus
from posture.model.run import Source, SourceState
from posture.model.severity import Severity
from posture.report.compose import compose
from posture.report.model import Report, Tone


@pytest.fixture
def report():
    """report("bakery", LOW, ...) -> the report of a customer with a finding of each severity."""

    def make(customer: str, *severities: Severity, whole: bool = True) -> Report:
        who = made.make_customer(id=customer, name=f"Customer {customer}")
        checks = list(made.CHECKS)
        findings = [
            replace(made.make_finding(checks[n]), severity=severity, customer=customer)
            for n, severity in enumerate(severities)
        ]
        view = made.make_view(findings, customer=who)
        return compose(replace(view, run=replace(view.run, whole=whole)), made.TEXTS)

    return make


def test_of_many_customers_the_worst_comes_first(report) -> None:
    """A critical finding of the last customer must not drown in the low ones of the first; 25 lines at most."""
    reports = [report(f"c{n:02}", Severity.LOW, Severity.LOW) for n in range(30)]
    reports.append(report("zebra", Severity.CRITICAL, Severity.HIGH))
    lines = summary(reports, [Path(f"audit/{r.view.customer.id}.pdf") for r in reports])
    assert len(lines) <= 25
    assert "zebra" in lines[0]
    assert "zebra" in next(line for line in lines if line.startswith("  1."))


def test_a_partial_audit_never_sounds_like_one_of_everything(report, tmp_path: Path) -> None:
    """It says so in its first line, and does not take the place of the customer's report."""
    part = report("bakery", whole=False)
    assert summary([part], [])[0].startswith("Customer bakery: Partial audit: ")
    assert "No action needed" not in part.headline.sentence
    files, failed = write_all([part], ["json"], tmp_path)
    assert (files, failed) == ([tmp_path / "bakery.partial.json", tmp_path / "bakery.partial.sha256"], None)


def test_data_that_is_missing_is_told_with_the_command_that_fetches_it(report) -> None:
    """Each source counts once, whichever customers it was missing for; nothing is said where all is current."""
    sources = (
        Source("feed: advisories of Debian:12", SourceState.MISSING),
        Source("feed: probabilities of exploitation (EPSS)", SourceState.STALE),
        Source("package index: debian bookworm amd64", SourceState.CURRENT),
    )

    def with_sources(customer: str, given: tuple[Source, ...]) -> Report:
        made_one = report(customer)
        return replace(made_one, view=replace(made_one.view, run=replace(made_one.view.run, sources=given)))

    lines = summary([with_sources("a", sources), with_sources("b", sources)], [])
    assert [line for line in lines if line.startswith("Data:")] == [
        "Data:     posture feeds update    (missing or old: advisories of Debian:12 and 1 more)"
    ]
    assert not any(line.startswith("Data:") for line in summary([with_sources("a", sources[2:])], []))


def test_a_file_that_cannot_be_made_keeps_no_other_back(report, tmp_path: Path) -> None:
    """One customer's folder in the way: the other customer's report is written, and the failure is told."""
    (tmp_path / "a.json").mkdir()
    files, failed = write_all([report("a"), report("b")], ["json"], tmp_path)
    assert files == [tmp_path / "b.json", tmp_path / "b.sha256"]
    assert failed is not None
    assert "a.json" in failed.message
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")], "no half-made file stays"


def test_a_folder_that_is_not_there_is_wrong_usage(report, tmp_path: Path) -> None:
    """With the next step, and no defect of the program."""
    _, failed = write_all([report("a")], ["json"], tmp_path / "nowhere")
    assert failed is not None
    assert failed.code is Exit.USAGE
    assert "--out" in failed.step


def test_only_findings_that_the_audit_looked_at_decide_its_exit_code(report) -> None:
    """A high finding of another check is not what `audit --check` was asked about."""
    seen = report("bakery", Severity.HIGH)
    assert exit_code([seen], Severity.HIGH) is Exit.FINDINGS
    assert exit_code([seen], Severity.CRITICAL) is not Exit.FINDINGS
    elsewhere = replace(seen.view, findings=tuple(replace(f, last_run="another") for f in seen.view.findings))
    assert exit_code([replace(seen, view=replace(elsewhere, assessments=()))], Severity.HIGH) is not Exit.FINDINGS


def test_a_failure_counts_though_another_audit_has_written_its_finding_since(report) -> None:
    """Also where nothing tells of it any more: what was seen failing is no success. An accepted risk is."""
    seen = report("bakery", Severity.HIGH)
    (found,) = seen.view.findings
    for since in [(replace(found, last_run="another"),), ()]:
        later = replace(seen, view=replace(seen.view, findings=since))
        assert exit_code([later], Severity.HIGH) is Exit.FINDINGS
        assert exit_code([later], Severity.CRITICAL) is not Exit.FINDINGS
    accepted = replace(seen.view, findings=(replace(found, status=FindingStatus.ACCEPTED),))
    assert exit_code([replace(seen, view=accepted)], Severity.HIGH) is not Exit.FINDINGS


def test_a_failure_that_no_finding_tells_of_is_no_good_news(report) -> None:
    """The headline of such a report never says that no action is needed."""
    view = report("bakery", Severity.HIGH).view
    without = compose(replace(view, findings=()), made.TEXTS)
    assert without.counts.unlisted == 1
    assert without.headline.tone is Tone.ACT
    assert without.headline.sentence == "Action needed: 1 failure of this audit is not among its tasks"
