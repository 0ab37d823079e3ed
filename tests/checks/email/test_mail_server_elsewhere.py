"""A mail server that is not the customer's is neither a gap nor in order."""

from __future__ import annotations

from typical_email_dns import AT

from checks.email.open_relay import open_relay
from posture.sdk import MailServer, MailServers, Outcome


def test_an_exchanger_outside_the_customers_addresses_is_no_question_of_his(only):
    """Nobody spoke to it, nobody vouches for it, and it keeps no audit open for ever."""
    server = MailServer("192.0.2.9", 25, "mx.elsewhere.example", "bakery.example", elsewhere=True, not_asked="outside")
    assert only(open_relay, MailServers(AT, (server,), "bakery.example")).outcome is Outcome.NOT_APPLICABLE


def test_a_server_of_the_customers_that_was_not_spoken_to_is_a_gap(only):
    """An ended window or a silent server leaves open whether it relays."""
    server = MailServer("198.51.100.9", 25, "mx.bakery.example", "bakery.example", not_asked="the window has ended")
    assert only(open_relay, MailServers(AT, (server,), "bakery.example")).outcome is Outcome.NOT_ASSESSED
