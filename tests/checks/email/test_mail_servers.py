"""What is made of mail servers that were spoken to, and of those that were not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import typical_mail_servers as typical
from typical_mail_servers import ROUTING, exchanger, of_domain, of_host, server

from checks.email.backscatter import backscatter
from checks.email.dane_mismatch import dane_mismatch
from checks.email.open_relay import open_relay
from checks.email.smtp_auth_in_clear import smtp_auth_in_clear
from checks.email.smtp_starttls_broken import smtp_starttls_broken
from checks.email.smtp_vrfy import smtp_vrfy
from checks.email.smtp_without_starttls import smtp_without_starttls
from posture.engine.mail_servers import with_listeners
from posture.sdk import (
    Dane,
    Evidence,
    Login,
    MailServer,
    Outcome,
    Process,
    Reach,
    Service,
    Services,
    Severity,
    Taken,
    Unavailable,
)

OF_SERVERS = (open_relay, backscatter, smtp_without_starttls, smtp_starttls_broken, smtp_vrfy)
OF_EXCHANGERS = (smtp_auth_in_clear, dane_mismatch)
PASS, FAIL, NONE, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.NOT_ASSESSED


def test_sound_server_passes(only) -> None:
    for check in OF_SERVERS:
        assert only(check, of_host(server())).outcome is PASS
        assert only(check, of_domain(exchanger())).outcome is PASS
    for check in OF_EXCHANGERS:
        assert only(check, of_domain(exchanger()), ROUTING).outcome is PASS


def test_who_was_not_spoken_to_is_not_assessed(only) -> None:
    """Nor is who hung up before it was asked; what the inventory has as a host is asked there."""
    for check in OF_SERVERS:
        assert (
            only(check, of_host(MailServer("198.51.100.2", 25, not_asked="it took no connection"))).outcome is UNKNOWN
        )
        assert only(check, of_host(MailServer("198.51.100.2", 25, ended="it hung up"))).outcome is UNKNOWN
        assert only(check, of_host(unseen="No port was tried from outside")).outcome is UNKNOWN
        assert only(check, of_host()).outcome is NONE
        assert only(check, of_domain(null_mx=True)).outcome is NONE
    covered = exchanger(covered_by="mx1", dane=Dane.DIFFERS, unknown_recipients=Taken.ACCEPTED, relay=Taken.UNKNOWN)
    assert only(open_relay, of_domain(covered)).outcome is NONE
    assert only(backscatter, of_domain(covered)).outcome is FAIL
    assert only(dane_mismatch, of_domain(covered), ROUTING).outcome is FAIL


@pytest.mark.parametrize(
    ("taken", "reason", "outcome"),
    [
        (Taken.ACCEPTED, "", FAIL),
        (Taken.REFUSED, "", PASS),
        (Taken.LATER, "it answered 450 4.2.0 Greylisted", UNKNOWN),
        (Taken.UNKNOWN, "whether it relays was not asked: ...", UNKNOWN),
    ],
)
def test_open_relay(only, taken, reason, outcome) -> None:
    """Put off is neither open nor closed."""
    verdict = only(open_relay, of_host(server(relay=taken, relay_reason=reason)))
    assert verdict.outcome is outcome
    assert reason in verdict.summary
    assert open_relay.info.severity is Severity.CRITICAL


def test_relay_names_where_it_was_asked_from(only) -> None:
    """A server that trusts the auditor's network may refuse everybody else."""
    verdict = only(open_relay, of_host(server(relay=Taken.ACCEPTED, attempts=(typical.TAKEN,))))
    assert verdict.subject == "198.51.100.2:25/tcp"
    assert any("192.0.2.10" in one.source for one in verdict.evidence)


def test_backscatter(only) -> None:
    """Who serves no domain that is known has no mailboxes to tell; who refuses all says nothing."""
    other = server(recipients_domain="", recipients_reason="it takes no mail for x.example: 554 Relay access denied")
    assert only(backscatter, of_host(other)).outcome is NONE
    mute = server(unknown_recipients=Taken.UNKNOWN, recipients_reason="it does not take mail for postmaster@x either")
    assert only(backscatter, of_host(mute)).outcome is UNKNOWN


def test_tls(only) -> None:
    """A port of TLS needs no STARTTLS; one that refuses it after the offer is broken, not without."""
    inside = server(tls=True, starttls=None, starttls_works=None, port=465)
    assert only(smtp_without_starttls, of_host(inside)).outcome is PASS
    assert only(smtp_starttls_broken, of_host(inside)).outcome is NONE
    broken = server(starttls_works=False, tls_problem="asked for STARTTLS, it answered 454")
    assert only(smtp_without_starttls, of_host(broken)).outcome is PASS
    assert only(smtp_starttls_broken, of_host(broken)).outcome is FAIL


def test_dane(only) -> None:
    """Records that senders overlook, and none, are no mismatch."""
    for dane, outcome in ((Dane.NONE, NONE), (Dane.UNUSABLE, NONE), (Dane.UNKNOWN, UNKNOWN), (Dane.DIFFERS, FAIL)):
        assert only(dane_mismatch, of_domain(exchanger(dane=dane)), ROUTING).outcome is outcome
    outside = MailServer("203.0.113.9", 25, "mx", "bakery.example", not_asked="outside")
    assert only(dane_mismatch, of_domain(outside), ROUTING).outcome is NONE
    assert only(dane_mismatch, of_domain(replace(outside, tlsa=(typical.RECORD,))), ROUTING).outcome is UNKNOWN


def test_listeners_are_tied_to_their_program() -> None:
    """A mail server that listens and was not tried is told as such; a host without an outside has none."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    master = Process(7, "master", unit="postfix@-.service", package="postfix")
    seen = Evidence("ss", "listens", at)
    smtp = Service("0.0.0.0", 25, "tcp", "smtp", "", "", Reach.OUTSIDE, Login.NOT_NEEDED, "", "", master, (seen,))
    services = Services((smtp, replace(smtp, port=2525, reach=Reach.LISTENS)), "", at, host="mx1.bakery.example")
    joined = with_listeners(of_host(server()), services)
    assert [one.subject for one in joined.servers] == ["mx1.bakery.example:25/tcp", "mx1.bakery.example:2525/tcp"]
    assert joined.servers[0].process is master
    assert "no connection was tried" in joined.servers[1].not_asked
    blind = with_listeners(of_host(), replace(services, services=(), blind="outside: no nmap", outside_seen=False))
    assert blind.unseen == "outside: no nmap"
    gone = Unavailable("no permit")
    assert with_listeners(gone, services) is gone
    assert with_listeners(of_host(), gone) is gone
