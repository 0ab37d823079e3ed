"""Brokers, cluster state and directories: judged by what a stranger was let do, whichever way they were reached."""

from dataclasses import replace

import pytest
from typical_web import SITE, sites

from checks.exposure.cluster_state_open import cluster_state_open
from checks.exposure.ldap_anonymous import ldap_anonymous
from checks.exposure.message_broker_open import message_broker_open
from posture.sdk import Application, Login, Outcome, Reach, Severity

PROTOCOLS = [
    (message_broker_open, "kafka"), (message_broker_open, "mqtt"), (message_broker_open, "amqp"),
    (cluster_state_open, "zookeeper"), (cluster_state_open, "epmd"), (ldap_anonymous, "ldap"),
]  # fmt: skip
APPLICATIONS = [
    (message_broker_open, "rabbitmq-management"), (cluster_state_open, "etcd"), (cluster_state_open, "consul"),
]  # fmt: skip
LOGINS = [(Login.NOT_NEEDED, Outcome.FAIL), (Login.REQUIRED, Outcome.PASS), (Login.UNKNOWN, Outcome.NOT_ASSESSED)]
WEB = sites(replace(SITE, port=6379))
every = pytest.mark.parametrize(("check", "name"), PROTOCOLS)


def facts(check, services, web=WEB):
    """What a check is given: a directory is no web server."""
    return (services,) if check is ldap_anonymous else (services, web)


@every
@pytest.mark.parametrize(("login", "outcome"), LOGINS)
def test_protocol_is_judged_by_its_login(check, name, login, outcome, service, services, only) -> None:
    """A twin that asks for a login passes; what could not be told is not assessed."""
    verdict = only(check, *facts(check, services(service(name=name, login=login))))
    assert (verdict.outcome, verdict.subject) == (outcome, "198.51.100.2:6379/tcp")


@pytest.mark.parametrize(("check", "name"), APPLICATIONS)
@pytest.mark.parametrize(("login", "outcome"), LOGINS)
def test_application_is_judged_by_its_own_login(check, name, login, outcome, service, services, only) -> None:
    """The web server in front needs none; the finding is about its port."""
    web = service(name="http", login=Login.UNKNOWN, applications=(Application(name, "/", login),))
    verdict = only(check, *facts(check, services(web)))
    assert (verdict.outcome, verdict.subject) == (outcome, web.subject)


@every
@pytest.mark.parametrize("reach", [Reach.LOOPBACK, Reach.BLOCKED])
def test_out_of_reach_passes(check, name, reach, service, services, only) -> None:
    """Listening for its own machine, as packages install them, is in order."""
    assert only(check, *facts(check, services(service(name=name, reach=reach)))).outcome is Outcome.PASS


@every
def test_seen_from_its_own_machine_only_is_never_critical(check, name, service, services, only) -> None:
    """A firewall in front was not tested."""
    verdict = only(check, *facts(check, services(service(name=name, reach=Reach.SAME_MACHINE))))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, Severity.HIGH)


@pytest.mark.parametrize(
    ("check", "name", "severity"),
    [
        (message_broker_open, "kafka", Severity.CRITICAL),
        (message_broker_open, "mqtt", Severity.HIGH),
        (message_broker_open, "amqp", Severity.HIGH),
        (cluster_state_open, "zookeeper", Severity.CRITICAL),
        (cluster_state_open, "epmd", Severity.HIGH),
    ],
)
def test_severity_is_what_a_stranger_can_do(check, name, severity, service, services, only) -> None:
    """Being let in as a client, or reading a list of names, is less than changing what a cluster runs."""
    verdict = only(check, *facts(check, services(service(name=name))))
    assert (verdict.severity or check.info.severity) == severity


@every
def test_what_may_be_one_is_not_assessed_and_nothing_is_not_applicable(check, name, service, services, only) -> None:
    """A silent port where such a server usually is, is no absence; a web server is."""
    silent = service(name="", maybe=name, login=Login.UNKNOWN, login_reason="it said nothing within 5 s")
    assert only(check, *facts(check, services(silent))).outcome is Outcome.NOT_ASSESSED
    assert only(check, *facts(check, services(service(name="http")))).outcome is Outcome.NOT_APPLICABLE


def test_one_open_application_speaks_for_its_port(service, services, only) -> None:
    """Two on one port are one finding, and the one that lets strangers in is not hidden by the other."""
    both = (Application("consul", "/ui", Login.REQUIRED), Application("etcd", "/v3", Login.NOT_NEEDED))
    verdict = only(cluster_state_open, services(service(name="http", applications=both)), WEB)
    assert (verdict.outcome, dict(verdict.details)["label"]) == (Outcome.FAIL, "etcd")


def test_directory_that_shows_only_what_it_is_says_so(service, services, only) -> None:
    """Whoever reads the pass learns how far strangers get."""
    closed = service(name="ldap", port=389, login=Login.REQUIRED, login_reason="strangers see no entry below dc=x")
    assert "strangers see no entry below dc=x" in only(ldap_anonymous, services(closed)).summary


@pytest.mark.parametrize(
    ("check", "label"), [(cluster_state_open, "store of cluster state"), (message_broker_open, "message broker")]
)
def test_a_web_server_that_was_not_looked_at_may_be_one(check, label, service, services, only) -> None:
    """etcd, Consul and RabbitMQ's management are known by what they serve."""
    web = services(service(name="http", port=2379))
    for unseen in (sites(), sites(not_looked_at=((2379, "late"),)), sites(replace(SITE, port=2379, reason="late"))):
        verdict = only(check, web, unseen)
        assert (verdict.outcome, verdict.subject) == (Outcome.NOT_ASSESSED, "198.51.100.2:2379/tcp")
    silent = services(service(name="", port=2379, maybe="http", login_reason="it said nothing"))
    assert only(check, silent, sites()).summary == f"What listens on port 2379 may be a {label}: it said nothing"
    assert only(check, services(), sites()).summary == f"No {label} was found on this host"
