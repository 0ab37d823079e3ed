"""Redis, Memcached and FTP are judged alike: reachable is in order as long as a login is asked for."""

from dataclasses import replace

import pytest

from checks.exposure.access import judged
from checks.exposure.ftp_anonymous import ftp_anonymous
from checks.exposure.memcached_open import memcached_open
from checks.exposure.redis_no_auth import redis_no_auth
from posture.sdk import Login, Outcome, Process, Reach, Severity

three = pytest.mark.parametrize(
    ("check", "name"), [(redis_no_auth, "redis"), (memcached_open, "memcached"), (ftp_anonymous, "ftp")]
)


@three
@pytest.mark.parametrize(
    ("login", "outcome"),
    [
        (Login.NOT_NEEDED, Outcome.FAIL),
        (Login.REQUIRED, Outcome.PASS),
        (Login.UNKNOWN, Outcome.NOT_ASSESSED),
    ],
)
@pytest.mark.parametrize("reach", [reach for reach in Reach if reach.exposed])
def test_reachable_is_judged_by_its_login(check, name, login, outcome, reach, service, services, only) -> None:
    """Only a login that was asked for makes a reachable service pass."""
    verdict = only(check, services(service(name=name, login=login, reach=reach)))
    assert (verdict.outcome, verdict.subject) == (outcome, "198.51.100.2:6379/tcp")


@three
@pytest.mark.parametrize(
    ("reach", "outcome"), [(Reach.OUTSIDE, Outcome.PASS), (Reach.SAME_MACHINE, Outcome.NOT_ASSESSED)]
)
def test_refusal_counts_from_outside_only(check, name, reach, outcome, service, services, only) -> None:
    """A service that turns its own machine away may still let everybody else in."""
    verdict = only(check, services(service(name=name, login=Login.REFUSED, reach=reach)))
    assert verdict.outcome is outcome


@three
@pytest.mark.parametrize("reach", [Reach.LOOPBACK, Reach.BLOCKED])
def test_out_of_reach_passes_without_a_login(check, name, reach, service, services, only) -> None:
    """Open inside but not reachable outside is not an exposure."""
    assert only(check, services(service(name=name, reach=reach))).outcome is Outcome.PASS


@three
def test_unknown_login_tells_the_reason(check, name, service, services, only) -> None:
    """A reader of a not assessed service learns what kept us from asking it."""
    verdict = only(check, services(service(name=name, login=Login.UNKNOWN, login_reason="nmap is not installed")))
    assert "nmap is not installed" in verdict.summary


@three
def test_absence_after_both_sides_were_seen(check, name, service, services, only) -> None:
    """Where everything was recognised and nothing is of this kind, the question does not arise."""
    assert only(check, services(service(name="ssh", port=22))).outcome is Outcome.NOT_APPLICABLE
    assert only(check, services()).outcome is Outcome.NOT_APPLICABLE


@three
def test_absence_as_far_as_only_the_inside_was_seen(check, name, service, services, only) -> None:
    """Without the network's view a listener that its program does not explain may be anything."""
    known = service(name="ssh", port=22, reach=Reach.LISTENS)
    unnamed = service(name="", port=8080, reach=Reach.LISTENS, process=Process(1, "java"))
    unread = service(name="", port=8081, reach=Reach.LISTENS, process=None)
    blind = "outside: nmap is not installed"
    assert only(check, services(known, blind=blind)).outcome is Outcome.NOT_APPLICABLE
    verdict = only(check, services(known, unnamed, unread, blind=blind))
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "8080/tcp (java)" in verdict.summary
    assert "8081/tcp (process not readable)" in verdict.summary
    assert blind in verdict.summary


@three
def test_unrecognised_on_loopback_is_nobodys_business(check, name, service, services, only) -> None:
    """A listener for this machine alone cannot be an exposure, whatever it speaks."""
    verdict = only(check, services(service(name="", reach=Reach.LOOPBACK), blind="outside: not tried"))
    assert verdict.outcome is Outcome.NOT_APPLICABLE


@three
def test_asked_but_not_recognised_is_none_of_them(check, name, service, services, only) -> None:
    """A port that nmap asked and did not recognise is no Redis: it would have been recognised."""
    verdict = only(check, services(service(name="", reach=Reach.OUTSIDE), blind="inside: no SSH access"))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "inside: no SSH access" in verdict.summary


def test_each_service_has_its_own_verdict(service, services, outcomes) -> None:
    """One Redis in order does not excuse the other."""
    both = services(service(), service(port=6380, login=Login.REQUIRED))
    assert outcomes(redis_no_auth, both) == {
        "198.51.100.2:6379/tcp": Outcome.FAIL,
        "198.51.100.2:6380/tcp": Outcome.PASS,
    }


def test_finding_names_process_and_side(service, services, only) -> None:
    """The finding carries what the remediation text needs, and says from where it was seen."""
    verdict = only(redis_no_auth, services(service(seen="seen from inside only")))
    details = dict(verdict.details)
    assert "seen from inside only" in verdict.summary
    assert details["config_file"] == "/etc/redis/redis.conf"
    assert details["service"] == "redis-server.service"
    assert (details["public_address"], details["container"]) == ("198.51.100.2", False)
    assert verdict.evidence


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "0.0.0.0", "::", "*", "localhost"])
def test_address_of_this_machine_is_not_offered_for_a_test_from_elsewhere(address, service, services, only) -> None:
    """`nc` from another machine to 127.0.0.1 would prove nothing."""
    verdict = only(redis_no_auth, services(service(address=address)))
    assert dict(verdict.details)["public_address"] == ""


@pytest.mark.parametrize(
    "process", [Process(1, "docker-proxy", unit="docker.service"), Process(2, "redis-server", unit="docker-1f.scope")]
)
def test_container_is_not_restarted_as_a_service(process, service, services, only) -> None:
    """Restarting docker.service would stop every container; the text must not propose it."""
    details = dict(only(redis_no_auth, services(service(process=process))).details)
    assert (details["service"], details["container"]) == ("", True)


@pytest.mark.parametrize("maybe", ["redis", "*"])
def test_a_port_that_gave_no_clear_answer_is_not_assessed(maybe: str, services, service, only) -> None:
    """A hung server on Redis' port, or a port that could not be asked at all, is not the absence of Redis."""
    silent = service(name="", port=6379, maybe=maybe, login=Login.UNKNOWN, login_reason="it said nothing within 5 s")
    verdict = only(redis_no_auth, services(silent))
    assert (verdict.outcome, verdict.subject) == (Outcome.NOT_ASSESSED, silent.subject)
    assert "it said nothing" in verdict.summary


def test_a_process_does_not_settle_a_doubt(services, service, only) -> None:
    """nginx listens there, the port gave no answer: it may hand the connection on to Redis."""
    behind = service(name="http", port=6379, maybe="redis", login=Login.UNKNOWN, login_reason="it said nothing")
    verdict = only(redis_no_auth, services(behind))
    assert (verdict.outcome, verdict.subject) == (Outcome.NOT_ASSESSED, behind.subject)
    own = service(port=6379, maybe="redis", login=Login.UNKNOWN, login_reason="it said nothing")
    assert only(redis_no_auth, services(own)).outcome is Outcome.NOT_ASSESSED


def test_a_doubt_about_another_protocol_or_behind_a_firewall_is_none(services, service, only) -> None:
    """What may be MySQL is no doubt about Redis, and what cannot be reached harms nobody."""
    mysql = service(name="", port=3306, maybe="mysql")
    blocked = service(name="", port=6379, maybe="redis", reach=Reach.BLOCKED)
    assert only(redis_no_auth, services(mysql, blocked)).outcome is Outcome.NOT_APPLICABLE


def test_what_only_its_own_machine_was_told_is_not_critical(services, service, only) -> None:
    """Protected mode or a firewall may keep all others out; who asks through loopback cannot tell."""
    assert only(redis_no_auth, services(service(reach=Reach.SAME_MACHINE))).severity is Severity.HIGH
    assert only(redis_no_auth, services(service(reach=Reach.OUTSIDE))).severity is Severity.CRITICAL


@pytest.mark.parametrize("severity", list(Severity))
def test_being_seen_from_its_own_machine_never_makes_it_worse(service, severity) -> None:
    """What is low from outside is low from inside; only what is critical becomes high."""
    inside, outside = (
        judged(service(reach=reach), "Redis", "read it", severity).severity
        for reach in (Reach.SAME_MACHINE, Reach.OUTSIDE)
    )
    assert (inside, outside) == (min(severity, Severity.HIGH), severity)


def test_a_redis_that_turns_all_other_machines_away_passes(services, service, only) -> None:
    """Protected mode answers its own machine; what matters is that it says it answers nobody else."""
    protected = service(reach=Reach.SAME_MACHINE, refuses_others=True, login_reason="its protected mode is on")
    verdict = only(redis_no_auth, services(protected))
    assert verdict.outcome is Outcome.PASS
    assert "protected mode" in verdict.summary


@three
def test_addresses_that_were_not_looked_at_leave_the_question_open(check, name, services, service, outcomes) -> None:
    """Neither the absence of a service nor a good one on the address that was looked at says anything of the others."""
    unseen = "1 more address of web1.example was not looked at (198.51.100.3)"
    assert outcomes(check, replace(services(), unseen=unseen)) == {"": Outcome.NOT_ASSESSED}
    good = replace(services(service(name=name, login=Login.REQUIRED)), unseen=unseen)
    assert outcomes(check, good) == {"198.51.100.2:6379/tcp": Outcome.PASS, "": Outcome.NOT_ASSESSED}


def test_memcached_on_udp_is_not_assessed(services, service, only) -> None:
    """It listens for others, and nobody tried."""
    udp = service(
        name="memcached", protocol="udp", reach=Reach.LISTENS, login=Login.UNKNOWN, login_reason="UDP was not tried"
    )
    verdict = only(memcached_open, services(udp))
    assert (verdict.outcome, verdict.subject) == (Outcome.NOT_ASSESSED, "198.51.100.2:6379/udp")
    assert "UDP was not tried" in verdict.summary
