"""What servers agree to when asked for TLS, and the certificates they show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Certificate:
    """The server's certificate (RFC 5280), as it was shown.

    `names` are the DNS names and addresses it is for. `trusted` is whether a chain to a root of the auditor's system
    could be built at the time of the look, None when that could not be told; `trust_problem` says why it is not.
    `signature_hash` is the hash of the signature on it (``sha256``), empty where the algorithm has none of its own.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    key_type: str  # rsa, ec, ed25519, ed448, dsa
    key_bits: int
    signature_hash: str
    self_signed: bool
    trusted: bool | None
    trust_problem: str
    fingerprint: str  # SHA-256 of the DER form, lower-case hex


@dataclass(frozen=True, slots=True)
class TlsEndpoint:
    """One port that speaks TLS, at once or after STARTTLS.

    `starttls` is the protocol that was spoken before (``smtp``, ``imap``, ``pop3``, ``ftp``, ``ldap``, ``postgresql``,
    ``mysql``), empty for TLS from the first byte. `accepted` and `refused` are the protocol versions it was asked for
    (``SSLv3``, ``TLSv1.0`` ... ``TLSv1.3``) by what came of it; `unknown` are those where nothing could be told, with
    `reason` for it. `weak` are the weak suites it agreed to, as (version, family, suite). `names_asked` are the names
    sent as SNI; the certificate is the one shown for the first.
    """

    address: str
    port: int
    starttls: str
    accepted: tuple[str, ...]
    refused: tuple[str, ...]
    unknown: tuple[str, ...]
    reason: str
    weak: tuple[tuple[str, str, str], ...]
    names_asked: tuple[str, ...]
    certificate: Certificate | None
    certificate_reason: str
    observed: datetime


@dataclass(frozen=True, slots=True)
class TlsEndpoints:
    """All ports of a host that speak TLS. `not_looked_at` are (port, why) where it was meant to be tried."""

    endpoints: tuple[TlsEndpoint, ...]
    not_looked_at: tuple[tuple[int, str], ...]
    observed: datetime
