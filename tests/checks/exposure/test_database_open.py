from dataclasses import replace

import pytest
from typical_web import SITE, sites

from checks.exposure.database_open import database_open
from posture.sdk import Application, Login, Outcome, Reach, Severity

LOOKED = sites(replace(SITE, port=6379), replace(SITE, port=443))


@pytest.mark.parametrize(
    ("login", "outcome", "severity"),
    [
        (Login.NOT_NEEDED, Outcome.FAIL, Severity.CRITICAL),
        (Login.REQUIRED, Outcome.FAIL, None),
        (Login.UNKNOWN, Outcome.FAIL, None),
        (Login.REFUSED, Outcome.PASS, None),
    ],
)
def test_reachable_database(login, outcome, severity, service, services, only) -> None:
    """A database may be reached by chosen addresses only; a login does not make it fit for the internet."""
    verdict = only(database_open, services(service(name="postgresql", port=5432, login=login)), LOOKED)
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


@pytest.mark.parametrize(
    ("name", "product", "label"),
    [
        ("mysql", "MariaDB", "MySQL or MariaDB"),
        ("mongod", "", "MongoDB"),
        ("ms-sql-s", "Microsoft SQL Server 2019", "Microsoft SQL Server"),
        ("oracle-tns", "Oracle TNS listener", "Oracle Database"),
        ("cassandra", "", "Cassandra"),
        ("http", "CouchDB httpd", "CouchDB"),
        ("http", "Elasticsearch REST API", "Elasticsearch"),
        ("http", "InfluxDB http admin", "InfluxDB"),
    ],
)
def test_databases_are_recognised(name, product, label, service, services, only) -> None:
    """Also those that speak HTTP, which nmap tells apart by product only."""
    verdict = only(database_open, services(service(name=name, product=product)), LOOKED)
    assert dict(verdict.details)["label"] == label


@pytest.mark.parametrize("name", ["elasticsearch", "opensearch", "couchdb", "influxdb", "clickhouse"])
@pytest.mark.parametrize(
    ("login", "outcome", "severity"),
    [
        (Login.NOT_NEEDED, Outcome.FAIL, Severity.CRITICAL),
        (Login.REQUIRED, Outcome.FAIL, None),
        (Login.REFUSED, Outcome.PASS, None),
    ],
)
def test_databases_behind_a_web_address(name, login, outcome, severity, service, services, only) -> None:
    """The application's login counts, not the web server's; the finding is about the port."""
    web = service(name="http", port=443, login=Login.UNKNOWN, applications=(Application(name, "/", login),))
    verdict = only(database_open, services(web), LOOKED)
    assert (verdict.outcome, verdict.severity, verdict.subject) == (outcome, severity, web.subject)


def test_a_port_is_one_finding_however_it_was_recognised(service, services, only) -> None:
    """Known by nmap's product and by what it serves, Elasticsearch keeps its subject and takes the surer login."""
    open_one = (Application("elasticsearch", "/", Login.NOT_NEEDED),)
    both = service(name="http", product="Elasticsearch REST API", login=Login.UNKNOWN, applications=open_one)
    verdict = only(database_open, services(both), LOOKED)
    assert (verdict.severity, verdict.subject) == (Severity.CRITICAL, both.subject)


@pytest.mark.parametrize(
    ("name", "product"), [("http", "nginx"), ("http", "Elasticsearch Kibana"), ("redis", ""), ("", "")]
)
def test_other_services_are_no_databases(name, product, service, services, only) -> None:
    """Web servers, and Redis with a check of its own, are not reported here."""
    assert only(database_open, services(service(name=name, product=product)), LOOKED).outcome is Outcome.NOT_APPLICABLE


def test_refusal_of_its_own_machine_proves_nothing(service, services, only) -> None:
    """A database that turns 127.0.0.1 away and listens for all may let others in."""
    refused = service(name="mysql", login=Login.REFUSED, reach=Reach.SAME_MACHINE)
    assert only(database_open, services(refused), LOOKED).outcome is Outcome.FAIL


def test_local_database_passes(service, services, only) -> None:
    """PostgreSQL on loopback, as packages install it, is in order."""
    assert (
        only(database_open, services(service(name="postgresql", reach=Reach.LOOPBACK)), LOOKED).outcome is Outcome.PASS
    )


def test_subject_stays_with_another_product(service, services, only) -> None:
    """An update from MySQL to MariaDB on the same port is the same finding."""
    one, other = (only(database_open, services(service(name="mysql", product=p)), LOOKED) for p in ("MySQL", "MariaDB"))
    assert one.subject == other.subject


def test_what_nobody_tried_to_reach_is_not_assessed(service, services, only) -> None:
    """It listens for others; a firewall in front may stop them all, and no connection was tried."""
    untried = service(name="mysql", port=3306, reach=Reach.LISTENS, login=Login.UNKNOWN, login_reason="nmap is missing")
    verdict = only(database_open, services(untried), LOOKED)
    assert (verdict.outcome, verdict.subject) == (Outcome.NOT_ASSESSED, untried.subject)
    assert "nmap is missing" in verdict.summary


def test_a_web_server_that_was_not_looked_at_may_be_a_database(service, services, only) -> None:
    """Elasticsearch in a pause of its garbage collector answers the port's question, and no more."""
    web = services(service(name="http", port=9200))
    for seen in (
        sites(not_looked_at=((9200, "it said nothing"),)),
        sites(replace(SITE, port=9200, reason="cut short")),
    ):
        verdict = only(database_open, web, seen)
        assert (verdict.outcome, verdict.subject) == (Outcome.NOT_ASSESSED, "198.51.100.2:9200/tcp")
    silent = services(service(name="", port=9200, maybe="http", login_reason="it said nothing"))
    verdict = only(database_open, silent, sites())
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert verdict.summary == "What listens on port 9200 may be a database: it said nothing"


def test_a_database_that_was_found_needs_no_look_at_its_pages(service, services, only) -> None:
    """It can be reached, and that is the finding."""
    known = services(service(name="http", product="Elasticsearch REST API", port=9200))
    assert only(database_open, known, sites(not_looked_at=((9200, "late"),))).outcome is Outcome.FAIL
