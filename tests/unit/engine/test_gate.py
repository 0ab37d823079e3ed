"""The gate of the pre-onboarding check: what was not looked at is no go, and no failure makes anything better."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.engine.gate import HIDDEN, decide, merged, ports_of
from posture.engine.outside import checks_from_outside, seen_from_outside
from posture.engine.plugins import load
from posture.facts.factset import INSIDE, OUTSIDE
from posture.facts.network import PortSweep, Vantage
from posture.facts.services import Services
from posture.model.assessment import Assessment, CheckInfo, overall
from posture.model.policy import Precheck
from posture.model.precheck import PrecheckVerdict, Weight
from posture.model.resource import ResourceKind
from posture.model.severity import Severity
from posture.model.verdict import Outcome, Verdict

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RULES = Precheck()
SWEEP = PortSweep("203.0.113.7", Vantage.OUTSIDE, "1-65535", (), 0, NOON, NOON, "nmap")
BADNESS = {PrecheckVerdict.GO: 0, PrecheckVerdict.UNDECIDED: 1, PrecheckVerdict.NO_GO: 2}
REDIS = CheckInfo("exposure.redis-no-auth", "Redis answers without a password", "4.4", Severity.CRITICAL)
CHECKS = (
    REDIS,
    CheckInfo("exposure.smb-reachable", "SMB is reachable", "4.4", Severity.MEDIUM),
    CheckInfo("email.open-relay", "An open relay", "3", Severity.HIGH),
    CheckInfo("email.dmarc-missing", "No DMARC", "3", Severity.HIGH),
    CheckInfo("packages.server-version-outdated", "Old server", "4.1", Severity.MEDIUM),
)


def outcome(check: CheckInfo, *verdicts: Verdict, resource: str = "web1") -> Assessment:
    return Assessment(check, resource, overall(verdicts), verdicts[0].summary, verdicts)


def said(outcome: Outcome, subject: str = "", severity: Severity | None = None) -> Verdict:
    return Verdict(outcome, f"{outcome} {subject}", subject, severity)


verdicts = st.builds(
    said,
    st.sampled_from(Outcome),
    st.sampled_from(["", "web1:6379/tcp", "web1:53/udp"]),
    st.sampled_from([None, *Severity]),
)
assessments = st.builds(
    lambda check, resource, every: outcome(check, *every, resource=resource),
    st.sampled_from(CHECKS),
    st.sampled_from(["web1", "new.example"]),
    st.lists(verdicts, min_size=1, max_size=3),
)
several = st.lists(assessments, max_size=6, unique_by=lambda one: (one.resource, one.check.id))


def decision(every, sweeps=None, expected=()):
    return decide("new", every, sweeps or {}, expected, RULES)


@given(several)
def test_what_decides_and_was_not_looked_at_is_never_a_go(every):
    """Whole or in part, beside whatever else came out."""
    unseen = outcome(REDIS, said(Outcome.PASS, "a"), said(Outcome.NOT_ASSESSED, "b"), resource="db1")
    assert decision([*every, unseen]).verdict is not PrecheckVerdict.GO


@given(several, verdicts)
def test_a_failure_more_never_improves_anything(every, verdict):
    """Neither the verdict nor the list of what blocks."""
    before = decision(every)
    more = replace(verdict, outcome=Outcome.FAIL)
    after = decision([*every, outcome(REDIS, more, resource="another")])
    assert BADNESS[after.verdict] >= (BADNESS[before.verdict] if before.assessed else 0)
    assert set(before.blocks) <= set(after.blocks)


@given(several)
def test_what_blocks_wins_over_what_is_not_known(every):
    """Exit code 1 over 3: there is something to mend whatever the rest comes to."""
    done = decision(every)
    assert (done.verdict is PrecheckVerdict.NO_GO) == bool(done.blocks)
    assert (done.verdict is PrecheckVerdict.GO) == (not done.blocks and not done.unassessed)


@given(several)
def test_every_failure_counts_once_for_what_the_policy_says(every):
    """None is lost between blocking, warning and informing."""
    done = decision(every)
    failures = sum(len(one.failures) for one in every)
    assert len(done.blocks) + len(done.warnings) + len(done.informs) == failures


def test_nothing_that_was_looked_at_is_undecided():
    """No resource, no check, only checks that do not decide, or one that is missing."""
    assert decision([]).verdict is PrecheckVerdict.UNDECIDED
    record = outcome(CHECKS[3], said(Outcome.PASS))
    assert decision([record]).verdict is PrecheckVerdict.UNDECIDED
    missing = decision([outcome(REDIS, said(Outcome.PASS))], expected=[("web1", REDIS), ("web2", REDIS)])
    assert (missing.verdict, [one.resource for one in missing.unassessed]) == (PrecheckVerdict.UNDECIDED, ["web2"])


@pytest.mark.parametrize(
    ("check", "severity", "weight"),
    [
        ("exposure.redis-no-auth", Severity.HIGH, Weight.BLOCK),
        ("exposure.smb-reachable", Severity.MEDIUM, Weight.WARN),
        ("exposure.https-missing-hsts", Severity.LOW, Weight.INFORM),
        ("email.open-relay", Severity.MEDIUM, Weight.BLOCK),
        ("email.dmarc-missing", Severity.CRITICAL, Weight.WARN),
        ("email.caa-missing", Severity.LOW, Weight.WARN),
        ("packages.server-version-outdated", Severity.INFO, Weight.INFORM),
    ],
)
def test_the_default_rules_weigh_as_an_onboarding_clerk_would(check, severity, weight):
    """What endangers others blocks; records of e-mail are told."""
    assert RULES.weight(check, severity) is weight


def test_a_port_that_a_firewall_hides_leaves_it_undecided():
    """A dangerous one, on a host that refuses others; one that nobody counts, or a policy without any, does not."""
    passed = [outcome(REDIS, said(Outcome.PASS))]
    hides = replace(SWEEP, hidden=(25, 6379), source="198.51.100.9")
    done = decision(passed, {"web1": hides})
    assert done.verdict is PrecheckVerdict.UNDECIDED
    (question,) = done.unassessed
    assert (question.check, question.ports) == (HIDDEN, (6379,))
    assert "6379/tcp" in question.reason
    assert "198.51.100.9" in question.step
    assert decision(passed, {"web1": replace(SWEEP, hidden=(25,))}).verdict is PrecheckVerdict.GO
    assert decide("new", passed, {"web1": hides}, (), replace(RULES, hidden_ports=())).verdict is PrecheckVerdict.GO


def test_a_second_look_that_saw_nothing_mends_nothing():
    """What had failed is still there until somebody sees it gone; what had passed is not known any more."""
    failed, passed = outcome(REDIS, said(Outcome.FAIL, "p")), outcome(CHECKS[1], said(Outcome.PASS))
    unseen = [outcome(check, said(Outcome.NOT_ASSESSED)) for check in (REDIS, CHECKS[1])]
    both = {one.check.id: one for one in merged([failed, passed], unseen)}
    assert both[REDIS.id].outcome is Outcome.FAIL
    assert both[CHECKS[1].id].outcome is Outcome.NOT_ASSESSED
    assert decision(both.values()).verdict is PrecheckVerdict.NO_GO
    gone = merged([failed], [outcome(REDIS, said(Outcome.PASS))])
    assert decision(gone).verdict is PrecheckVerdict.GO


@given(several, several)
def test_a_second_look_never_lets_in_what_a_first_kept_out_unseen(first, second):
    """Each block of the first is one of both, unless the second saw the same check through."""
    kept = {(one.resource, one.check.id) for one in decision(first).blocks}
    seen = {(one.resource, one.check.id) for one in second if one.outcome is not Outcome.NOT_ASSESSED}
    after = {(one.resource, one.check.id) for one in decision(merged(first, second)).blocks}
    assert kept - seen <= after


def test_ports_are_told_from_subjects():
    """Of both families; what names none is none."""
    subjects = [
        "203.0.113.7:6379/tcp",
        "[2001:db8::1]:22/tcp",
        "web1:53/udp",
        "root",
        "",
        "x:99999/tcp",
        "a:8443/tcp x",
    ]
    assert ports_of(subjects) == (22, 6379, 8443)
    assert ports_of(subjects, "udp") == (53,)


def test_what_needs_a_login_is_not_asked_of_a_prospect():
    """Nothing that stands on the inside of a host, and everything that does not."""
    assert seen_from_outside(ResourceKind.HOST) >= {*OUTSIDE, Services}
    assert not seen_from_outside(ResourceKind.HOST) & set(INSIDE)
    chosen = {check.id for check in checks_from_outside(load(lambda text, _: text).checks)}
    assert {"exposure.redis-no-auth", "exposure.web-files-exposed", "packages.server-version-outdated"} <= chosen
    assert not {"packages.pending-updates", "mfa.empty-password", "keys.key-compromised"} & chosen
