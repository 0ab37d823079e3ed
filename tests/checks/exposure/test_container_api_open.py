"""Interfaces that run containers."""

from dataclasses import replace

import pytest
from typical_web import SITE, application, served, sites

from checks.exposure.container_api_open import PROGRAMS, container_api_open
from posture.sdk import Login, Outcome, Reach, Severity


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize(
    ("login", "outcome"),
    [
        (Login.NOT_NEEDED, Outcome.FAIL),
        (Login.REQUIRED, Outcome.PASS),
        (Login.REFUSED, Outcome.PASS),
        (Login.UNKNOWN, Outcome.NOT_ASSESSED),
    ],
)
def test_only_an_answer_without_a_login_fails(name, login, outcome, service, only) -> None:
    """And what nobody could tell is no pass."""
    verdict = only(container_api_open, served(service, application(name, login)), sites(SITE))
    assert (verdict.outcome, verdict.subject) == (outcome, "198.51.100.2:80/tcp")


def test_docker_is_critical_unless_only_its_own_machine_asked(service, only) -> None:
    """A firewall may keep all others out; who asks through loopback cannot tell."""
    for reach, severity in ((Reach.OUTSIDE, Severity.CRITICAL), (Reach.SAME_MACHINE, Severity.HIGH)):
        verdict = only(container_api_open, served(service, application("docker"), reach=reach), sites())
        assert verdict.severity is severity


@pytest.mark.parametrize("reach", [Reach.LOOPBACK, Reach.BLOCKED])
def test_out_of_reach_passes(reach, service, only) -> None:
    """Docker on loopback is nobody's business."""
    verdict = only(container_api_open, served(service, application("docker"), reach=reach), sites())
    assert verdict.outcome is Outcome.PASS


def test_other_web_servers_are_none(service, only) -> None:
    """A site that was looked at, with nothing of the kind on it."""
    verdict = only(container_api_open, served(service, application("grafana")), sites(SITE))
    assert verdict.outcome is Outcome.NOT_APPLICABLE


def test_a_web_server_that_was_not_looked_at_may_be_one(service, only) -> None:
    """Its reason is told, and it is no pass; one that nobody reaches is none."""
    unseen = sites(not_looked_at=((80, "asked for its first page, it said nothing within 5 s"),))
    verdict = only(container_api_open, served(service), unseen)
    assert (verdict.outcome, verdict.subject) == (Outcome.NOT_ASSESSED, "198.51.100.2:80/tcp")
    assert "said nothing within 5 s" in verdict.summary
    blocked = only(container_api_open, served(service, reach=Reach.BLOCKED), unseen)
    assert blocked.outcome is Outcome.NOT_APPLICABLE


def test_a_site_that_was_looked_at_in_part_may_have_one(service, outcomes) -> None:
    """Nothing found, or an application that asks for a login, is not all there is; what is open is the finding."""
    part, port = sites(replace(SITE, reason="it took too long")), "198.51.100.2:80/tcp"
    assert outcomes(container_api_open, served(service), part) == {port: Outcome.NOT_ASSESSED}
    asks = served(service, application("docker", Login.REQUIRED))
    assert outcomes(container_api_open, asks, part) == {port: Outcome.NOT_ASSESSED}
    assert outcomes(container_api_open, served(service, application("docker")), part) == {port: Outcome.FAIL}


@pytest.mark.parametrize("changes", [{"maybe": "*"}, {"reach": Reach.LISTENS}])
def test_a_web_server_known_by_its_process_alone_may_be_one(changes, service, only) -> None:
    """nginx listens there; it gave no answer, or nobody tried."""
    verdict = only(container_api_open, served(service, login_reason="no time was left", **changes), sites())
    assert (verdict.outcome, verdict.subject) == (Outcome.NOT_ASSESSED, "198.51.100.2:80/tcp")
    assert "no time was left" in verdict.summary


def test_evidence_shows_the_exchange_and_where_to_try_it(service, only) -> None:
    """What was sent, what came back, and the address as it stands in a URL."""
    docker = served(service, application("docker"), address="2001:db8::2", port=2375)
    verdict = only(container_api_open, docker, sites())
    assert any("sent GET /x | received HTTP 200" in one.observed for one in verdict.evidence)
    assert dict(verdict.details)["url"] == "http://[2001:db8::2]:2375/x"
