"""Administration interfaces on the web."""

import pytest
from typical_web import SITE, application, served, sites

from checks.exposure.web_admin_open import INTERFACES, web_admin_open
from posture.collect.network.web.fingerprints import EVERY
from posture.sdk import Login, Outcome, Reach, Severity

ELSEWHERE = {  # applications that other checks judge
    "docker", "kubelet", "kubernetes", "docker-registry", "portainer", "elasticsearch", "opensearch", "couchdb",
    "influxdb", "clickhouse", "etcd", "consul", "rabbitmq-management",
}  # fmt: skip


def test_every_application_that_is_recognised_is_judged() -> None:
    """Here or by a check of its own kind: none is found in vain."""
    assert {fingerprint.name for fingerprint in EVERY} == INTERFACES.keys() | ELSEWHERE


@pytest.mark.parametrize("name", INTERFACES)
def test_no_login_fails_in_words_for_people(name, service, only) -> None:
    """Each says what a stranger can do; the subject names the application, as a web server may have several."""
    verdict = only(web_admin_open, served(service, application(name)), sites(SITE))
    assert (verdict.outcome, verdict.subject) == (Outcome.FAIL, f"198.51.100.2:80/tcp {name}")
    assert INTERFACES[name].consequence in verdict.summary


@pytest.mark.parametrize("name", INTERFACES)
def test_a_login_passes_except_for_what_is_never_for_strangers(name, service, only) -> None:
    """phpMyAdmin and Adminer are one guessed password away from the database."""
    verdict = only(web_admin_open, served(service, application(name, Login.REQUIRED)), sites(SITE))
    if name in {"phpmyadmin", "adminer"}:
        assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, Severity.MEDIUM)
    else:
        assert verdict.outcome is Outcome.PASS


def test_several_on_one_port_have_a_verdict_each(service, outcomes) -> None:
    """An open status page does not hide the login of another."""
    both = served(service, application("server-status"), application("spring-actuator", Login.REQUIRED))
    assert outcomes(web_admin_open, both, sites(SITE)) == {
        "198.51.100.2:80/tcp server-status": Outcome.FAIL,
        "198.51.100.2:80/tcp spring-actuator": Outcome.PASS,
    }


def test_what_could_not_be_told_is_not_assessed(service, only) -> None:
    """With the reason of the collector."""
    unclear = application("grafana", Login.UNKNOWN, login_reason="asked for /api/org, it said nothing within 5 s")
    verdict = only(web_admin_open, served(service, unclear), sites(SITE))
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "/api/org" in verdict.summary


@pytest.mark.parametrize("name", ["server-status", "nginx-status", "cups"])
def test_what_always_answers_its_own_machine_is_not_judged_from_there(name, service, only) -> None:
    """Debian's Apache keeps its status page for local requests: those that come through loopback prove nothing."""
    facts = served(service, application(name), reach=Reach.SAME_MACHINE)
    verdict = only(web_admin_open, facts, sites(SITE))
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "answers its own machine" in verdict.summary


def test_from_its_own_machine_nothing_is_critical(service, only) -> None:
    """Jupyter through loopback."""
    verdict = only(web_admin_open, served(service, application("jupyter"), reach=Reach.SAME_MACHINE), sites(SITE))
    assert verdict.severity is Severity.HIGH
