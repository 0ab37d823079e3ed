"""What mail servers do when spoken to: one dialogue that never sends a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.facts.email.routing import TlsaRecord
from posture.facts.network import Transcript


class Taken(StrEnum):
    """How a server answered one recipient."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LATER = "later"  # 4xx: greylisting, or too busy
    UNKNOWN = "unknown"  # not asked, or no answer


@dataclass(frozen=True, slots=True)
class RelayAttempt:
    """One recipient of a domain of the auditor's own, in one way of writing it, and the answer."""

    way: str
    answer: str
    taken: Taken


@dataclass(frozen=True, slots=True)
class MailServer:
    """One mail server, as any other server sees it.

    `covered_by` names the host of the inventory that the same address is looked at under: then nothing was asked here.
    `not_asked` says why there was no dialogue, or why it ended early. `helo` is the name it greets with. `starttls` is
    whether it is offered and `starttls_works` whether the handshake was done (None: not tried); `tls_problem` says what
    failed. `auth_in_clear` are the mechanisms that take a password before TLS. `verifies`, `expands`: VRFY and EXPN
    tell a made-up mailbox from a real one; None where not asked. `relay` is whether it takes mail from a stranger for a
    stranger, `attempts` the ways that were tried. `unknown_recipients` is how it answered a mailbox that cannot exist
    in `domain`: ACCEPTED means that it bounces later, to whoever is named as the sender (backscatter), or catches all.
    `certificate` is the SHA-256 of its certificate, `certificate_names` whom it is for, `dane` how the certificate
    stands to its TLSA records: matches, differs, or empty where there are none or it was not seen.
    """

    address: str
    port: int
    name: str = ""
    domain: str = ""
    covered_by: str = ""
    not_asked: str = ""
    helo: str = ""
    tls: bool = False
    starttls: bool | None = None
    starttls_works: bool | None = None
    tls_problem: str = ""
    auth_in_clear: tuple[str, ...] = ()
    verifies: bool | None = None
    expands: bool | None = None
    relay: Taken = Taken.UNKNOWN
    attempts: tuple[RelayAttempt, ...] = ()
    unknown_recipients: Taken = Taken.UNKNOWN
    certificate: str = ""
    certificate_names: tuple[str, ...] = ()
    dane: str = ""
    tlsa: tuple[TlsaRecord, ...] = ()
    product: str = ""
    transcript: tuple[Transcript, ...] = ()


@dataclass(frozen=True, slots=True)
class MailServers:
    """Of a host: each of its ports that speaks SMTP. Of a domain: each exchanger on port 25."""

    observed: datetime
    servers: tuple[MailServer, ...] = ()
