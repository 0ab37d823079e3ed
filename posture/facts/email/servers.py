"""What mail servers do when spoken to: one dialogue that never sends a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.facts.email.routing import TlsaRecord
from posture.facts.host import Process
from posture.facts.network import Transcript


class Taken(StrEnum):
    """How a server answered one recipient."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LATER = "later"  # 4xx: greylisting, or too busy
    UNKNOWN = "unknown"  # not asked, or no answer


class Dane(StrEnum):
    """How a server's certificate stands to the TLSA records of its name (RFC 7672)."""

    MATCHES = "matches"
    DIFFERS = "differs"  # senders that validate do not deliver
    UNUSABLE = "unusable"  # no record that a mail server's certificate can be held against: senders only demand TLS
    NONE = "none"  # no records whose signatures hold
    UNKNOWN = "unknown"  # the records, or the certificate, were not seen


@dataclass(frozen=True, slots=True)
class RelayAttempt:
    """One recipient of a domain of the auditor's own, in one way of writing it, and the answer."""

    way: str
    answer: str
    taken: Taken


@dataclass(frozen=True, slots=True)
class MailServer:
    """One mail server, as any other server sees it.

    `domain` is the domain whose exchanger it is, empty for a port of a host. `covered_by` names the host of the
    inventory that the same address is looked at under: then only what depends on the domain was asked here. `shared`:
    it belongs to a mail service for many customers. `elsewhere`: its address is none of the customer's. `not_asked`
    says why there was no dialogue, `ended` why it ended early. `helo` is the name it greets with.

    `tls`: from the first byte. `starttls` is whether it is offered and `starttls_works` whether the handshake was done
    (None: not tried); `tls_problem` says what failed. `auth_in_clear` are the mechanisms that take a password before
    TLS. `verifies`, `expands`: VRFY and EXPN tell a made-up name from a real one; None where that is not known.

    `relay` is whether it takes mail from a stranger for a stranger, `attempts` the ways that were tried,
    `relay_reason` why it is not known. `unknown_recipients` is how it answered a mailbox that cannot exist, in
    `recipients_domain`: ACCEPTED means that it bounces later, to whoever is named as the sender (backscatter), or
    catches all; `recipients_reason` says why it is not known.

    `certificate` is the SHA-256 of its certificate, `certificate_key` that of its public key (SubjectPublicKeyInfo),
    `certificate_names` whom it is for, `tlsa` the records that `dane` is about, `dane_reason` why it differs or is not
    known. `product` is what the greeting names. `process` is what
    listens there, where that was seen from inside. `asked_from` is the auditor's address. `known_as` is how the
    inventory names a host, which findings are told by.
    """

    address: str
    port: int
    name: str = ""
    domain: str = ""
    covered_by: str = ""
    shared: bool = False
    elsewhere: bool = False
    not_asked: str = ""
    ended: str = ""
    helo: str = ""
    tls: bool = False
    starttls: bool | None = None
    starttls_works: bool | None = None
    tls_problem: str = ""
    auth_in_clear: tuple[str, ...] = ()
    verifies: bool | None = None
    expands: bool | None = None
    relay: Taken = Taken.UNKNOWN
    relay_reason: str = ""
    attempts: tuple[RelayAttempt, ...] = ()
    unknown_recipients: Taken = Taken.UNKNOWN
    recipients_domain: str = ""
    recipients_reason: str = ""
    certificate: str = ""
    certificate_key: str = ""
    certificate_names: tuple[str, ...] = ()
    dane: Dane = Dane.NONE
    dane_reason: str = ""
    tlsa: tuple[TlsaRecord, ...] = ()
    product: str = ""
    process: Process | None = None
    asked_from: str = ""
    known_as: str = ""
    transcript: tuple[Transcript, ...] = ()

    @property
    def subject(self) -> str:
        """``198.51.100.2:25/tcp``, as other findings about ports have it; by its name where no address is known."""
        host = self.known_as or self.address or self.name
        return f"{f'[{host}]' if ':' in host else host}:{self.port}/tcp"

    @property
    def where(self) -> str:
        """``mx.example.com (198.51.100.2), port 25``, for sentences."""
        known = f"{self.name} ({self.address})" if self.name and self.address else self.name or self.address
        return f"{known}, port {self.port}"


@dataclass(frozen=True, slots=True)
class MailServers:
    """Of a host: each of its ports that speaks SMTP. Of a domain: each exchanger on port 25.

    `domain` is empty for a host. `null_mx`: the domain says that it takes no mail (RFC 7505). `unseen` says why there
    may be more than these; empty when nothing is missing.
    """

    observed: datetime
    servers: tuple[MailServer, ...] = ()
    domain: str = ""
    null_mx: bool = False
    unseen: str = ""
