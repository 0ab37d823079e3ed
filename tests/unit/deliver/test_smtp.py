"""One message to a real mail server that answers what a test wants."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from web_lab import free_port

from posture.deliver.outcome import Refused, TryLater, Unknown
from posture.deliver.settings import SmtpSettings
from posture.deliver.smtp import Envelope, send

MESSAGE = b"From: a@provider.example\r\nSubject: x\r\n\r\n.begins with a dot\r\n..\r\nends\r\n"
ENVELOPE = Envelope("security@provider.example", "it@bakery.example", MESSAGE)


class Mailbox:
    """Takes everything; `answers` says otherwise, by command."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.taken: list[tuple[str, list[str], bytes]] = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answers.get("DATA") == "hang up":
            server.transport.abort()
            return "451 gone"
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 taken as 4711"


@contextmanager
def server(mailbox: Mailbox, **options) -> Iterator[SmtpSettings]:
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield SmtpSettings(host="127.0.0.1", port=port, tls="none")
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


def sent(settings: SmtpSettings, password: str = "") -> list[str]:
    """Send, and tell whether it was said that the message leaves."""
    leaving: list[str] = []
    send(ENVELOPE, settings, password, lambda: leaving.append("leaving"))
    return leaving


def test_the_server_gets_the_message_byte_for_byte():
    """Dots at the beginning of lines come out once (RFC 5321, 4.5.2), and the envelope names one recipient."""
    mailbox = Mailbox()
    with server(mailbox) as settings:
        taken = send(ENVELOPE, settings, "", lambda: None)
    assert mailbox.taken == [("security@provider.example", ["it@bakery.example"], MESSAGE)]
    assert taken.said == "250 taken as 4711"


@pytest.mark.parametrize(
    ("answers", "kind", "said", "left"),
    [
        ({"RCPT": "550 5.1.1 nobody here"}, Refused, "550 5.1.1 nobody here", []),
        ({"RCPT": "450 4.2.1 greylisted"}, TryLater, "450 4.2.1 greylisted", []),
        ({"DATA": "554 5.7.1 looks like spam"}, Refused, "554 5.7.1", ["leaving"]),
        ({"DATA": "452 4.3.1 no room"}, TryLater, "452 4.3.1", ["leaving"]),
        ({"DATA": "hang up"}, Unknown, "no answer after the message was sent", ["leaving"]),
    ],
    ids=["no such recipient", "greylisting", "refused", "full", "line cut after the message"],
)
def test_what_the_server_says_decides_whether_it_is_tried_again(answers, kind, said, left):
    """Only what certainly did not arrive is sent again by itself."""
    leaving: list[str] = []
    with server(Mailbox(**answers)) as settings, pytest.raises(kind, match=said.replace(".", "[.]")):
        send(ENVELOPE, settings, "", lambda: leaving.append("leaving"))
    assert leaving == left


def test_a_server_that_is_down_is_tried_later():
    """A night without a mail server costs no report."""
    with server(Mailbox()) as settings:
        pass
    with pytest.raises(TryLater, match="Connection refused"):
        sent(settings)


def test_a_message_goes_over_tls_to_a_server_that_can_be_trusted(certificate):
    """With the provider's own authority where it has one; the sign-in is offered after TLS alone."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    seen = []

    def authenticator(_server, _session, _envelope, mechanism, data):
        seen.append((mechanism, data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    mailbox = Mailbox()
    options = {"tls_context": context, "authenticator": authenticator, "auth_required": True, "require_starttls": True}
    with server(mailbox, **options) as plain:
        settings = plain.model_copy(
            update={"host": "localhost", "tls": "starttls", "user": "posture", "ca_file": certificate[0]}
        )
        assert sent(settings, "right") == ["leaving"]
        with pytest.raises(Refused, match="refused to sign in: 535"):
            sent(settings, "wrong")
        with pytest.raises(Refused, match="is not trusted"):
            sent(settings.model_copy(update={"ca_file": None}), "right")
    assert len(mailbox.taken) == 1
    assert (b"posture", b"right") in [(login, password) for _, login, password in seen]


def test_no_message_leaves_this_machine_without_tls():
    """A report names every open door: nobody on the way may read it."""
    with pytest.raises(Refused, match="not this machine"):
        sent(SmtpSettings(host="mail.provider.example", port=25, tls="none"))
    with server(Mailbox()) as plain, pytest.raises(Refused, match="STARTTLS"):
        sent(plain.model_copy(update={"tls": "starttls"}))


def test_the_server_of_these_tests_is_a_real_one():
    """It says so itself."""
    assert "aiosmtpd" in SMTP.__module__
