"""What a report says of one customer: counts that add up, tasks in the order in which to do them, gaps by reason."""

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.model.dispute import Dispute, DisputeState
from posture.model.finding import FindingStatus, System
from posture.model.severity import Severity
from posture.model.verdict import Outcome, Verdict
from posture.report import limits
from posture.report.compose import compose
from posture.report.json_ import document
from posture.report.model import ClauseState, Tone, Urgency
from posture.report.renderers import renderer

CHECKS = (
    "exposure.redis-no-auth", "exposure.telnet", "packages.pending-updates", "packages.reboot-needed",
    "mfa.ssh-password", "keys.private-key-readable",
)  # fmt: skip
ROWS = st.lists(st.tuples(st.sampled_from(CHECKS), st.integers(0, 5), st.sampled_from(Outcome)), max_size=40)


def clause(report, clause_id):
    return next(row for row in report.clauses if row.clause.id == clause_id)


@given(rows=ROWS, statuses=st.lists(st.sampled_from(FindingStatus), max_size=40))
def test_the_counts_of_every_clause_add_up(made, report_of, rows, statuses):
    """Every check on every resource is in exactly one count, and what was not assessed is never among the passed."""
    outcomes = {(check, f"web{n}"): outcome for check, n, outcome in rows}
    failing = [place for place, outcome in outcomes.items() if outcome is Outcome.FAIL]
    findings = [
        made.make_finding(check, resource=resource, status=status)
        for (check, resource), status in zip(failing, statuses, strict=False)
    ]
    view = made.make_view(findings, assessments=tuple(
        made.make_assessment(check, resource, outcome) for (check, resource), outcome in outcomes.items()
    ))  # fmt: skip
    report = report_of(view)
    for row in report.clauses:
        own = [a.outcome for a in view.assessments if a.check.clause == row.clause.id]
        assert row.total == len(own)
        assert row.passed == own.count(Outcome.PASS)
        assert row.not_assessed == own.count(Outcome.NOT_ASSESSED)
        assert row.must + row.should + row.accepted == own.count(Outcome.FAIL)
        if row.passed == 0 and row.must + row.should + row.accepted == 0:
            assert row.state is not ClauseState.COUNTED
    counted = report.counts
    assert counted.passed + counted.failed + counted.not_assessed + counted.not_applicable == len(view.assessments)
    assert sum(gap.checks for gap in report.gaps) == counted.not_assessed


def test_a_clause_says_how_it_stands(made, report_of):
    """Nothing assessed, nothing that applies, and no check at all are three different things, and none is a pass."""
    report = report_of(
        made.make_view(
            assessments=(
                made.make_assessment("packages.reboot-needed", outcome=Outcome.NOT_ASSESSED, reason="no login"),
                made.make_assessment("packages.pending-updates", outcome=Outcome.NOT_APPLICABLE),
                made.make_assessment("mfa.ssh-password", outcome=Outcome.NOT_APPLICABLE),
                made.make_assessment("exposure.telnet"),
            )
        )
    )
    assert clause(report, "4.1").state is ClauseState.NOT_ASSESSED
    assert clause(report, "4.2").state is ClauseState.NOT_APPLICABLE
    assert clause(report, "4.4").state is ClauseState.COUNTED
    assert clause(report, "3").state is ClauseState.NOT_COVERED


def test_one_task_a_check_in_the_order_in_which_to_do_them(made, typical):
    """Breaches of the policy by their date, then by severity; then the rest; of two alike what is done sooner."""
    assert [task.check.id for task in typical.tasks] == [
        "exposure.redis-no-auth",
        "exposure.telnet",
        "keys.private-key-readable",
        "packages.pending-updates",
        "packages.reboot-needed",
        "mfa.ssh-password",
    ]
    assert [task.urgency for task in typical.tasks].count(Urgency.MUST) == 4
    assert [task.number for task in typical.tasks] == [1, 2, 3, 4, 5, 6]
    assert typical.counts.must_fix == 9
    assert typical.counts.should_fix == 4


def test_a_fix_that_is_the_same_is_printed_once(typical):
    updates = next(task for task in typical.tasks if task.check.id == "packages.pending-updates")
    assert len(updates.findings) == 3
    assert len(updates.causes) == 1
    keys = next(task for task in typical.tasks if task.check.id == "keys.private-key-readable")
    assert len(keys.findings) == 4
    assert [len(cause.places) for cause in keys.causes] == [2, 2]
    assert keys.why_md


def test_the_same_commands_are_printed_once_though_the_words_differ(made, report_of):
    """Two servers of the same program in one place: one fix, and it says whose name it uses."""
    ports = [made.make_finding(subject=f"198.51.100.{n}:6379/tcp", resource=f"web{n}") for n in (2, 3)]
    (task,) = report_of(made.make_view(ports)).tasks
    (cause,) = task.causes
    assert cause.places == ("web2 · 198.51.100.2:6379/tcp", "web3 · 198.51.100.3:6379/tcp")
    assert cause.example == cause.places[0]


def test_what_differs_in_words_alone_is_kept_apart_where_a_check_says_so(made, report_of):
    """A cloud key and a shop's key in one file are replaced at two places, though the file is closed by one command."""
    where = ("in AWS", "in AWS", "in the shop")
    finding = made.make_finding()
    found = [
        replace(finding, id=f"f{n}", subject=f"198.51.100.{n}:6379/tcp", details=(*finding.details, ("apart", place)))
        for n, place in enumerate(where)
    ]
    (task,) = report_of(made.make_view(found)).tasks
    assert [len(cause.places) for cause in task.causes] == [2, 1]


def test_effort_counts_each_fix_once_a_resource(typical):
    updates = next(task for task in typical.tasks if task.check.id == "packages.pending-updates")
    assert updates.minutes == 3 * 15


def test_the_verdict_names_date_effort_and_consequence(typical):
    assert typical.headline.tone is Tone.ACT
    assert typical.headline.sentence == "Action needed: 4 things by Tuesday, 24 November 2026, 17:14 CET"
    assert "about 1 hour 25 minutes" in typical.headline.explanation
    assert "we block the affected port or key, and nothing else" in typical.headline.explanation
    assert "3 checks could not be assessed" in typical.headline.explanation


def test_things_due_on_one_day_are_counted_together(made, report_of):
    """Findings of one night differ by seconds; the reader's day is the same."""
    due = made.NOW + timedelta(days=2)
    view = made.make_view(
        [made.make_finding(due=due), made.make_finding("exposure.telnet", due=due + timedelta(seconds=9))]
    )
    assert report_of(view).headline.sentence.startswith("Action needed: 2 things by Tuesday, 24 November 2026, 03:14")


def test_a_date_that_has_passed_is_called_overdue(made, report_of):
    report = report_of(made.make_view([made.make_finding(due=made.NOW - timedelta(days=1))]))
    assert "overdue" in report.headline.sentence
    assert report.tasks[0].overdue


def test_only_minor_findings_are_no_breach(made, report_of):
    report = report_of(made.make_view([made.make_finding("mfa.ssh-password")]))
    assert report.headline.tone is Tone.IMPROVE
    assert report.headline.sentence == "Nothing that must be fixed was found; 1 thing should be"


def test_nothing_found_is_only_good_news_where_something_was_looked_at(made, report_of):
    view = made.make_view(customer=made.make_customer(resources=made.make_customer().resources[:3]))
    assert report_of(view).headline.sentence == "No action needed: nothing to fix was found"
    assert report_of(view).headline.tone is Tone.CLEAR
    unassessed = dataclasses.replace(
        view,
        assessments=tuple(
            made.make_assessment(a.check.id, a.resource, Outcome.NOT_ASSESSED, "no login") for a in view.assessments
        ),
    )
    assert report_of(unassessed).headline.tone is Tone.UNKNOWN
    assert report_of(unassessed).headline.sentence.startswith("Nothing could be assessed")
    assert report_of(dataclasses.replace(view, assessments=())).headline.tone is Tone.UNKNOWN


def test_the_first_report_compares_with_nothing(made, report_of):
    assert report_of(made.make_view([made.make_finding()], previous=None)).change is None


def test_change_since_the_last_report(typical):
    change = typical.change
    assert (change.new, change.reopened, change.fixed, change.still_open) == (6, 1, 1, 6)
    assert [row.place for row in typical.fixed] == ["web2.bakery.example"]


def test_what_left_the_inventory_is_not_thanked_for(made, report_of):
    """It is neither fixed nor listed as such; its number is told by another name, in both pages and counts."""
    gone = made.make_finding(status=FindingStatus.RESOLVED, resolved_at=made.NOW, retired=True)
    mended = made.make_finding("exposure.telnet", status=FindingStatus.RESOLVED, resolved_at=made.NOW)
    report = report_of(made.make_view([gone, mended]))
    assert (report.change.fixed, report.change.gone, report.counts.fixed) == (1, 1, 1)
    assert [row.title for row in report.fixed] == [mended.check.title]
    page = renderer("html").render(report_of(made.make_view([gone]))).decode()
    assert "1 no longer in the inventory" in page
    assert "Thank you" not in page


def test_gaps_are_grouped_by_reason_and_name_what_they_hide(made, report_of):
    rows = [
        made.make_assessment(c, f"web{n}", Outcome.NOT_ASSESSED, "Login refused: add the key")
        for c in CHECKS
        for n in (1, 2)
    ]
    (gap,) = report_of(made.make_view(assessments=tuple(rows))).gaps
    assert gap.checks == 12
    assert gap.resources == ("web1", "web2")
    assert len(gap.titles) == 6


def test_a_failed_check_that_saw_only_a_part_is_a_gap_too(made, report_of):
    seen = made.make_assessment(
        outcome=Outcome.FAIL,
        verdicts=[Verdict(Outcome.FAIL, "open"), Verdict(Outcome.NOT_ASSESSED, "port 1 timed out")],
    )
    (gap,) = report_of(made.make_view(assessments=(seen,))).gaps
    assert (gap.checks, gap.partly, gap.reason.text) == (0, 1, "port 1 timed out")


def test_a_resource_that_nothing_looks_at_is_named(typical):
    assert [(item.resource, item.kind) for item in typical.unexamined] == [("bakery.example", "domain")]


def test_an_accepted_risk_is_listed_with_its_end_and_is_no_task(made, report_of):
    finding = made.make_finding(status=FindingStatus.ACCEPTED)
    report = report_of(made.make_view([finding], acceptances=(made.make_acceptance(finding),)))
    assert report.tasks == ()
    assert report.accepted[0].until == made.NOW + timedelta(days=87)
    assert report.counts.must_fix == 0
    assert clause(report, "4.4").accepted == 1
    assert "accepted" in report.headline.sentence


def test_times_are_the_customers_with_their_offset(typical, made, report_of):
    assert typical.started.isoformat() == "2026-11-22T02:34:07+01:00"
    lost = report_of(made.make_view(customer=made.make_customer(timezone="Mars/Olympus")))
    assert lost.zone == "UTC"
    assert "Mars/Olympus" in lost.zone_note
    for name in ("../../etc/passwd", "", "Europe", "\0", "a" * 5000):
        assert report_of(made.make_view(customer=made.make_customer(timezone=name))).started.utcoffset() == timedelta(0)


def test_times_at_the_end_of_the_calendar_do_not_break_a_report(made, report_of):
    forever = dataclasses.replace(
        made.make_customer().authorization,
        valid_until=datetime.max.replace(tzinfo=UTC),
        valid_from=datetime.min.replace(tzinfo=UTC),
    )
    report_of(made.make_view(customer=made.make_customer(authorization=forever, timezone="Pacific/Kiritimati")))
    report_of(made.make_view(customer=made.make_customer(authorization=forever, timezone="America/Los_Angeles")))


def test_a_long_list_is_capped_and_what_is_left_out_is_counted(made, report_of):
    report = report_of(made.make_view(made.many_findings(2_000)))
    shown = sum(len(task.findings) for task in report.tasks)
    assert shown <= limits.FINDINGS
    assert shown + sum(task.findings_left for task in report.tasks) == 2_000
    assert all(len(task.findings) <= limits.FINDINGS_PER_TASK for task in report.tasks)
    assert all(len(task.where) <= limits.PLACES for task in report.tasks)


def test_a_check_whose_text_is_gone_is_still_a_task(made):
    report = compose(made.make_view([made.make_finding()]), {})
    assert report.tasks[0].action == "Redis answers without a password"
    assert report.tasks[0].minutes is None
    assert report.tasks[0].causes == ()


def test_a_finding_without_its_details_still_has_steps(made, report_of):
    """A record from before the check knew a value: the report names the gap, and comes out."""
    report = report_of(made.make_view([made.make_finding(details=(), system=System())]))
    assert "'<config>'" in report.tasks[0].causes[0].fix_md
    assert report.tasks[0].causes[0].incomplete


def test_the_worst_severity_of_a_task_decides(made, report_of):
    minor = made.make_finding("mfa.ssh-password", severity=Severity.LOW)
    worse = made.make_finding("mfa.ssh-password", severity=Severity.CRITICAL, resource="web2.bakery.example")
    (task,) = report_of(made.make_view([minor, worse])).tasks
    assert task.urgency is Urgency.MUST
    assert task.findings[0].severity == "critical"


def test_two_customers_never_mix(made, report_of):
    """A report made between two others of somebody else says nothing of them, and they are the same as before."""

    def view(name):
        customer = made.make_customer(id=name, name=f"MARK-{name}")
        finding = made.make_finding(
            customer=name,
            resource=f"MARK-{name}",
            subject=f"MARK-{name}",
            details=(("config", f"/MARK-{name}"), ("port", 1)),
        )
        return made.make_view([finding], customer=customer)

    first = document(report_of(view("one")))
    second = document(report_of(view("two")))
    assert "MARK-one" not in str(second)
    assert "MARK-two" not in str(first)
    assert document(report_of(view("one"))) == first


@pytest.mark.parametrize("count", [0, 1, 14])
def test_composing_is_deterministic(made, report_of, count):
    view = made.make_view(made.many_findings(count))
    assert report_of(view) == report_of(view)


def test_a_finding_that_was_refuted_is_nobodys_task(made, report_of):
    """The provider agreed that it is wrong: the page names it under disputes, and its clause is not red for it."""
    finding = made.make_finding()
    raised = Dispute(finding.id, finding.customer, 0, finding.severity, "behind our VPN", "Jane Doe", made.NOW)
    decided = replace(raised, state=DisputeState.ACCEPTED, decided_at=made.NOW, decided_by="John Roe", decision="seen")
    open_one = report_of(replace(made.make_view([finding]), disputes=(raised,)))
    refuted = report_of(replace(made.make_view([finding]), disputes=(decided,)))
    assert (len(open_one.tasks), open_one.counts.must_fix) == (1, 1)
    assert (len(refuted.tasks), refuted.counts.must_fix, refuted.counts.unlisted) == (0, 0, 0)
    assert refuted.headline.tone is Tone.CLEAR
    (row,) = refuted.disputes
    assert (row.state, row.said_by, row.reason) == ("accepted", "John Roe", "seen")
    assert (clause(refuted, "4.4").must, clause(refuted, "4.4").accepted) == (0, 1)
