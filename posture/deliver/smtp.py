"""Mail over SMTP, to the provider's own server (RFC 5321, RFC 6409): TLS is required except on loopback."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from posture.deliver.outcome import Refused, Taken, TryLater, Unknown
from posture.deliver.settings import SmtpSettings
from posture.model.text import visible

PATIENCE = 30  # seconds for one answer
LAST_ANSWER = 300  # seconds for that to the message itself: servers look for malware before it (RFC 5321, 4.5.3.2.6)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message as it goes over the wire, the one address it is for, and where bounces go."""

    sender: str
    recipient: str
    message: bytes


def send(envelope: Envelope, settings: SmtpSettings, password: str, leaving: Callable[[], None]) -> Taken:
    """Hand one message to the server.

    Args:
        envelope: the message, from whom and for whom.
        settings: the server.
        password: empty where nobody signs in.
        leaving: called when the server has agreed to take the message, before its first byte: from then on a fault
            means that nobody knows whether it arrived.

    Raises:
        Refused: a permanent error, or the server's TLS cannot be trusted.
        TryLater: a temporary error, or the server cannot be reached; the server has nothing.
        Unknown: the message was sent and no answer came.
    """
    try:
        with _signed_in(settings, password) as server:
            _accepted(server.mail(envelope.sender), "the sender")
            _accepted(server.rcpt(envelope.recipient), "the recipient")
            leaving()
            return _handed_over(server, envelope.message)
    except ssl.SSLCertVerificationError as error:
        raise Refused(f"the certificate of {settings.host} is not trusted: {error.verify_message}") from error
    except smtplib.SMTPAuthenticationError as error:
        raise Refused(f"{settings.host} refused to sign in: {_told(error.smtp_code, error.smtp_error)}") from error
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(f"{settings.host}: {visible(str(error), 200)}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise TryLater(f"{settings.host}:{settings.port}: {visible(str(error), 200)}") from error


def _signed_in(settings: SmtpSettings, password: str) -> smtplib.SMTP:
    if settings.tls == "none" and not _on_loopback(settings.host):
        raise Refused(f'{settings.host} is not this machine: set tls to "starttls" or "implicit"')
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.tls == "implicit":
        server: smtplib.SMTP = smtplib.SMTP_SSL(settings.host, settings.port, timeout=PATIENCE, context=context)
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=PATIENCE)
    try:
        server.ehlo_or_helo_if_needed()
        if settings.tls == "starttls":
            server.starttls(context=context)
            server.ehlo()
        if settings.user:
            server.login(settings.user, password)
    except BaseException:
        server.close()
        raise
    return server


def _handed_over(server: smtplib.SMTP, message: bytes) -> Taken:
    """DATA, the message, and the answer that decides."""
    _accepted(server.docmd("data"), "DATA", good=354)
    if server.sock is not None:
        server.sock.settimeout(LAST_ANSWER)
    try:
        server.send(_stuffed(message))
        answer = server.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise Unknown(f"no answer after the message was sent: {visible(str(error), 200)}") from error
    _accepted(answer, "the message")
    return Taken(_told(*answer))


def _stuffed(message: bytes) -> bytes:
    """With the dots of RFC 5321, 4.5.2, and the line that ends it."""
    lines = message.removesuffix(b"\r\n").split(b"\r\n")
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines) + b".\r\n"


def _accepted(answer: tuple[int, bytes], what: str, good: int = 250) -> None:
    code, _ = answer
    if code == good or (good == 250 and 250 <= code < 260):
        return
    told = f"{what}: {_told(*answer)}"
    raise Refused(told) if 500 <= code < 600 else TryLater(told)


def _told(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {visible(words, 300)}"


def _on_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
