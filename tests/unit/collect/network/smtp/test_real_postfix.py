"""Postfix, good and bad, spoken to from another machine; no dialogue leaves a message behind."""

import mail_lab
import pytest

from posture.collect.network.identity import NAMELESS, Identity
from posture.facts.email.servers import Taken

A, R, L, U = Taken.ACCEPTED, Taken.REFUSED, Taken.LATER, Taken.UNKNOWN


@pytest.fixture(scope="module")
def postfix(mail_room):
    mail_lab.start_postfix(mail_room)
    return mail_room


@pytest.fixture
def ask(postfix, dialogue):
    """A dialogue with one of its services, after which its queue must be empty."""

    def asked(port: int, **more):
        seen = postfix.do(dialogue, mail_lab.SERVER, port, **more)
        assert mail_lab.queued(postfix) == []
        verbs = {entry.sent.split(" ")[0].strip() for entry in seen.transcript}
        assert verbs <= {"", "EHLO", "STARTTLS", "TLS", "MAIL", "RCPT", "RSET", "VRFY", "EXPN", "QUIT"}
        return seen

    return asked


def test_sound(ask) -> None:
    """A server in order: TLS works, strangers are refused in nine ways, made-up names too, VRFY tells nothing."""
    seen = ask(25)
    assert (seen.helo, seen.product) == ("mail.bakery.example", "Postfix smtpd")
    assert (seen.starttls, seen.starttls_works, seen.certificate_names) == (True, True, ("mail.bakery.example",))
    assert (seen.relay, len(seen.attempts), seen.relay_reason) == (R, 9, "")
    assert (seen.unknown_recipients, seen.recipients_domain) == (R, "bakery.example")
    assert (seen.verifies, seen.expands, seen.ended, seen.not_asked) == (False, False, "", "")
    assert seen.asked_from == mail_lab.AUDITOR


def test_open_relay_is_told_by_the_first_recipient(ask) -> None:
    seen = ask(2501)
    assert seen.relay is A
    assert [attempt.taken for attempt in seen.attempts] == [A]


def test_made_up_mailbox_is_accepted(ask) -> None:
    seen = ask(2502)
    assert (seen.relay, seen.unknown_recipients) == (R, A)


def test_no_tls_and_vrfy(ask) -> None:
    """Without TLS, with VRFY as Postfix has it; 454 "Relay access denied" is a refusal for good."""
    seen = ask(2503)
    assert (seen.starttls, seen.starttls_works, seen.certificate) == (False, None, "")
    assert seen.relay is R
    assert (seen.verifies, seen.expands) == (True, False)


def test_tls_from_the_first_byte(ask) -> None:
    seen = ask(2504, tls=True)
    assert (seen.tls, seen.starttls, seen.relay) == (True, None, R)
    assert seen.certificate_names == ("mail.bakery.example",)


def test_greylisting_says_nothing(ask) -> None:
    seen = ask(2505)
    assert (seen.relay, seen.unknown_recipients) == (L, L)
    assert "Greylisted" in seen.relay_reason


def test_an_address_that_is_refused_as_such_says_nothing(ask) -> None:
    """A block list keeps the auditor out, and perhaps nobody else."""
    seen = ask(2508)
    assert (seen.relay, seen.unknown_recipients) == (U, U)


def test_421_ends_it_at_once(ask) -> None:
    """What was not asked any more is not known; nobody connects again."""
    seen = ask(2506)
    assert (seen.relay, seen.verifies) == (U, None)
    assert "ended the connection: 421" in seen.ended
    assert sum(entry.received.startswith("220 mail") for entry in seen.transcript) == 1


def test_postscreen_is_waited_for(ask) -> None:
    """Who speaks before the greeting is complete is turned away for a day: the auditor waits."""
    seen = ask(2509)
    assert seen.relay is R
    assert seen.ended == ""


def test_without_a_domain_of_the_auditors_relaying_is_not_asked(ask) -> None:
    """Nor where that domain is the customer's own: then the server is right to take the mail."""
    for identity in (NAMELESS, Identity("x", "security@bakery.example")):
        seen = ask(25, identity=identity)
        assert (seen.relay, seen.attempts) == (U, ())
        assert "whether it relays was not asked" in seen.relay_reason
        assert seen.unknown_recipients is R


def test_host_is_asked_by_its_own_name(ask) -> None:
    """Of a host nobody knows which domains it takes mail for; its greeting names one."""
    seen = ask(25, exchanger_of="", domains=())
    assert (seen.unknown_recipients, seen.recipients_domain) == (R, "mail.bakery.example")
    assert ask(2502, exchanger_of="", domains=()).unknown_recipients is A


def test_domain_alone(ask) -> None:
    """What is looked at as a host as well is asked only what depends on the domain."""
    seen = ask(25, domain_only=True)
    assert (seen.attempts, seen.verifies) == ((), None)
    assert (seen.unknown_recipients, seen.starttls_works) == (R, True)
