"""OpenSMTPD, good and bad, spoken to from another machine."""

import mail_lab
import pytest

from posture.facts.email.servers import Taken


@pytest.fixture(scope="module")
def ask(mail_room, dialogue):
    """A dialogue with one of its listeners, which must leave no message behind."""
    mail_lab.start_opensmtpd(mail_room)

    def asked(port: int, **more):
        return mail_room.do(dialogue, mail_lab.SERVER, port, **more)

    return asked


def test_sound(ask) -> None:
    """Strangers are refused, and so is who does not exist, at RCPT."""
    seen = ask(3501)
    assert (seen.helo, seen.product) == ("mail.bakery.example", "OpenSMTPD")
    assert (seen.relay, seen.unknown_recipients, seen.recipients_domain) == (
        Taken.REFUSED, Taken.REFUSED, "bakery.example",
    ), seen.transcript  # fmt: skip
    assert (seen.verifies, seen.expands) == (False, False)


def test_open_relay(ask) -> None:
    seen = ask(3502)
    assert (seen.relay, seen.starttls) == (Taken.ACCEPTED, False)


def test_every_name_is_taken(ask) -> None:
    seen = ask(3503)
    assert (seen.relay, seen.unknown_recipients) == (Taken.REFUSED, Taken.ACCEPTED), seen.transcript


def test_starttls_that_breaks(ask) -> None:
    """What follows is asked in clear, on a second connection."""
    seen = ask(3504)
    if seen.starttls_works:
        pytest.skip("the TLS of this OpenSMTPD works")
    assert (seen.starttls, seen.starttls_works) == (True, False)
    assert "handshake failed" in seen.tls_problem
    assert (seen.relay, seen.unknown_recipients) == (Taken.REFUSED, Taken.REFUSED)
