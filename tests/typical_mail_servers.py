"""Mail servers as facts: a sound one, and for each check of mail servers facts on which it fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from posture.sdk import (
    Dane,
    Exchanger,
    MailRouting,
    MailServer,
    MailServers,
    Process,
    RelayAttempt,
    Taken,
    TlsaRecord,
    Transcript,
)

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
ADDRESS = "198.51.100.2"
SAID = (
    Transcript("", "220 mx.bakery.example ESMTP Postfix", AT),
    Transcript("EHLO posture-audit.auditor.example", "250-mx.bakery.example\n250 STARTTLS", AT),
    Transcript("STARTTLS", "220 2.0.0 Ready to start TLS", AT),
    Transcript("RCPT TO:<posture-relay-test@auditor.example>", "554 5.7.1 Relay access denied", AT),
    Transcript("VRFY postmaster", "502 5.5.1 VRFY command is disabled", AT),
)
REFUSED = RelayAttempt("a stranger to the plain address", "554 5.7.1 Relay access denied", Taken.REFUSED)
SOUND = MailServer(
    ADDRESS, 25, helo="mx.bakery.example", starttls=True, starttls_works=True, verifies=False, expands=False,
    relay=Taken.REFUSED, attempts=(REFUSED,), unknown_recipients=Taken.REFUSED, recipients_domain="bakery.example",
    certificate="ab" * 32, certificate_key="cd" * 32, certificate_names=("mx.bakery.example",), product="Postfix smtpd",
    asked_from="192.0.2.10", transcript=SAID,
)  # fmt: skip
RECORD = TlsaRecord(3, 1, 1, "12" * 32)
EXCHANGER = replace(SOUND, name="mx.bakery.example", domain="bakery.example", tlsa=(RECORD,), dane=Dane.MATCHES)
MX = Exchanger("mx.bakery.example", 10, (ADDRESS,), tlsa=(RECORD,))
ROUTING = MailRouting("bakery.example", AT, (MX,))
TAKEN = RelayAttempt("a stranger to the plain address, <a@auditor.example>", "250 2.1.5 Ok", Taken.ACCEPTED)

_PROGRAMS = (
    Process(7, "master", unit="postfix@-.service", package="postfix", package_version="3.7.11"),
    Process(7, "exim4", unit="exim4.service", package="exim4-daemon-light", package_version="4.96"),
    Process(7, "smtpd", unit="opensmtpd.service", package="opensmtpd"),
    Process(7, "sendmail-mta", unit="sendmail.service", package="sendmail-bin"),
    Process(7, "docker-proxy", unit="docker.service"),
    None,
)


def server(**changes: Any) -> MailServer:
    return replace(SOUND, **changes)


def exchanger(**changes: Any) -> MailServer:
    return replace(EXCHANGER, **changes)


def of_host(*servers: MailServer, **more: Any) -> MailServers:
    return MailServers(AT, servers, **more)


def of_domain(*servers: MailServer, **more: Any) -> MailServers:
    return MailServers(AT, servers, "bakery.example", **more)


def _of_every_program(**changes: Any) -> tuple[tuple[MailServers], ...]:
    """The same server run by each program that a text has words for, and by one that was not seen."""
    known = (of_host(server(process=process, product="", **changes)) for process in _PROGRAMS)
    others = (
        of_host(server(product="Microsoft ESMTP", address="2001:db8::2", **changes)),
        of_host(server(product="", address="127.0.0.1", **changes)),
        of_domain(exchanger(**changes)),
    )
    return tuple((one,) for one in (*known, *others))


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """For every check of mail servers facts on which it fails, chosen to reach each branch of its text."""
    relay = {"relay": Taken.ACCEPTED, "attempts": (REFUSED, TAKEN)}
    catching = {"unknown_recipients": Taken.ACCEPTED}
    clear = [one[0] for one in _of_every_program(auth_in_clear=("PLAIN", "LOGIN"))]
    missing = replace(EXCHANGER, certificate="", certificate_key="", starttls=False, starttls_works=None)
    return {
        "email.open-relay": (
            *_of_every_program(**relay), (of_host(server(**relay, tls=True, port=465, asked_from="")),),
        ),
        "email.backscatter": (*_of_every_program(**catching), (of_host(server(**catching, tls=True, port=465)),)),
        "email.smtp-without-starttls": _of_every_program(starttls=False, starttls_works=None),
        "email.smtp-starttls-broken": _of_every_program(starttls_works=False, tls_problem="the TLS handshake failed"),
        "email.smtp-auth-in-clear": tuple((one, ROUTING) for one in clear),
        "email.smtp-vrfy": (*_of_every_program(verifies=True), (of_host(server(verifies=True, expands=True)),)),
        "email.dane-mismatch": (
            (of_domain(exchanger(dane=Dane.DIFFERS, dane_reason="3 1 1: another one")), ROUTING),
            (of_domain(replace(missing, dane=Dane.DIFFERS, dane_reason="it offers no STARTTLS")), ROUTING),
        ),
    }  # fmt: skip
