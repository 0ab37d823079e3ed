from dataclasses import replace
from datetime import date

from typical_flaws import BRANCH, FLAW, NGINX, SERVERS

from checks.packages.server_version_outdated import server_version_outdated
from posture.sdk import Outcome, Severity


def test_a_version_is_weak_evidence(only) -> None:
    """A critical flaw by version alone is a medium finding that says how uncertain it is, at the service's address."""
    verdict = only(server_version_outdated, replace(SERVERS, flawed=(NGINX,)))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, Severity.MEDIUM)
    assert verdict.subject == "198.51.100.2:80/tcp"
    assert "distributions mend flaws without changing the version" in verdict.summary
    assert "mended in 1.20.1" in verdict.summary
    assert dict(verdict.details)["port"] == 80


def test_what_attackers_use_is_high(only) -> None:
    """A flaw in the catalogue of exploited ones lifts the finding."""
    attacked = replace(NGINX, flaws=(replace(FLAW, exploited=date(2026, 1, 2)),))
    verdict = only(server_version_outdated, replace(SERVERS, flawed=(attacked,)))
    assert verdict.severity is Severity.HIGH
    assert dict(verdict.details)["exploited"] == ("CVE-2021-23017",)


def test_low_stays_low_and_unknown_is_not_low(only) -> None:
    """The worst known severity counts below medium; one that nobody has told counts as medium."""
    for severity, expected in ((Severity.LOW, Severity.LOW), (None, Severity.MEDIUM)):
        software = replace(NGINX, flaws=(replace(FLAW, severity=severity),))
        assert only(server_version_outdated, replace(SERVERS, flawed=(software,))).severity is expected


def test_an_ended_branch_is_no_counted_flaw(only) -> None:
    """A branch that its makers have ended fails without a flaw known."""
    verdict = only(server_version_outdated, replace(SERVERS, flawed=(replace(NGINX, flaws=(BRANCH,)),)))
    assert "is of a branch that its makers have ended" in verdict.summary
    assert dict(verdict.details)["count"] == 0


def test_one_finding_a_service(only) -> None:
    """Two programs behind one port are one finding, as both are told by that port."""
    verdict = only(server_version_outdated, replace(SERVERS, flawed=(NGINX, replace(NGINX, name="grafana"))))
    assert dict(verdict.details)["programs"] == ("nginx 1.18.0", "grafana 1.18.0")


def test_a_distributions_build_is_told_not_judged(only) -> None:
    """Upstream's versions say nothing about it: neither a finding nor a pass."""
    verdict = only(server_version_outdated, replace(SERVERS, distribution=("nginx 1.18.0-6ubuntu14 at h:80/tcp",)))
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "nginx 1.18.0-6ubuntu14 at h:80/tcp: built by a distribution" in verdict.summary


def test_old_data_is_no_pass(only) -> None:
    """Nothing found in data that is not fresh is not assessed; with fresh data it passes."""
    assert only(server_version_outdated, replace(SERVERS, stale="90 days old")).outcome is Outcome.NOT_ASSESSED
    assert only(server_version_outdated, SERVERS).outcome is Outcome.PASS


def test_servers_seen_from_inside_are_not_asked_about(only) -> None:
    """Where every package was seen the question does not arise."""
    inside = replace(SERVERS, judged=0, inside=("198.51.100.2:80/tcp",))
    assert only(server_version_outdated, inside).outcome is Outcome.NOT_APPLICABLE
