import pytest

from checks.exposure.plain_login import plain_login
from posture.sdk import Login, Outcome, Reach


@pytest.mark.parametrize("name", ["imap", "pop3", "smtp", "ftp", "nntp"])
@pytest.mark.parametrize(
    ("login", "weakness", "outcome"),
    [
        (Login.REQUIRED, "plain-login", Outcome.FAIL),
        (Login.REQUIRED, "", Outcome.PASS),
        (Login.NOT_NEEDED, "", Outcome.PASS),
        (Login.REQUIRED, "plain-login?", Outcome.NOT_ASSESSED),
        (Login.UNKNOWN, "", Outcome.NOT_ASSESSED),
    ],
)
def test_a_password_in_clear_is_what_is_judged(name, login, weakness, outcome, service, services, only) -> None:
    """A server that did not tell is not assessed."""
    server = service(name=name, login=login, weakness=weakness)
    assert only(plain_login, services(server)).outcome is outcome


def test_tls_from_the_first_byte_passes(service, services, only) -> None:
    """IMAPS on 993 takes passwords, and nobody reads them."""
    assert only(plain_login, services(service(name="imap", tls=True, login=Login.UNKNOWN))).outcome is Outcome.PASS


def test_what_nobody_tried_is_not_assessed(service, services, only) -> None:
    """A mail server that listens for others, where no port was tried."""
    untried = service(name="smtp", reach=Reach.LISTENS, login=Login.UNKNOWN, login_reason="nmap is missing")
    assert only(plain_login, services(untried)).outcome is Outcome.NOT_ASSESSED


def test_a_mail_server_asked_from_its_own_machine_is_not_flagged(service, services, only) -> None:
    """Dovecot takes connections from its own address for secured, whatever it asks of others."""
    local = service(name="imap", login=Login.REQUIRED, weakness="plain-login", reach=Reach.SAME_MACHINE)
    assert only(plain_login, services(local)).outcome is Outcome.NOT_ASSESSED
