"""What servers agree to when asked for TLS, and the certificates they show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ChainProblem(StrEnum):
    """Why no chain from the certificate to a root of the auditor's system could be built."""

    NONE = ""
    SELF_SIGNED = "self-signed"  # the certificate is its own issuer
    UNKNOWN_ROOT = "unknown-root"  # the chain was sent whole, and its root is not among the system's
    ISSUER_MISSING = "issuer-missing"  # the issuer's certificate was neither sent nor is it among the system's
    DATES = "dates"  # the chain is there, and a certificate of it has expired or is not valid yet
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The server's certificate (RFC 5280), as it was shown.

    `names` are the DNS names and addresses it is for, `more_names` counts those that are not listed. `trusted` is
    whether a chain to a root of the auditor's system could be built at the time of the look, None when that could not
    be told; `chain_problem` and, in the library's words, `trust_reason` say why not. `signature_hash` is the hash of
    the signature on it (``sha256``), empty where the algorithm has none of its own. `fingerprint` is SHA-256 of the
    DER form, lower-case hex.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    more_names: int
    not_before: datetime
    not_after: datetime
    key_type: str  # rsa, ec, ed25519, ed448, dsa; else the algorithm's object identifier
    key_bits: int
    signature_hash: str
    self_signed: bool
    trusted: bool | None
    chain_problem: ChainProblem
    trust_reason: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class WeakSuite:
    """A weak cipher suite that was agreed to: `family` is NULL, anonymous, EXPORT, RC4, DES or 3DES."""

    protocol: str  # the highest protocol version below TLS 1.3 with which it was agreed to
    family: str
    suite: str  # as in IANA's registry


@dataclass(frozen=True, slots=True)
class NamedCertificate:
    """What a port shows to those who ask for one further name of the inventory; `reason` says why there is none."""

    name: str
    certificate: Certificate | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TlsEndpoint:
    """One port that speaks TLS, at once or after STARTTLS.

    `starttls` is the protocol that was spoken before (``smtp``, ``imap``, ``pop3``, ``ftp``, ``ldap``, ``postgresql``),
    empty for TLS from the first byte. `accepted` and `refused` are the protocol versions it was asked for
    (``SSLv2``, ``SSLv3``, ``TLSv1.0`` ... ``TLSv1.3``) by what came of it; `unknown` are those where nothing could be
    told, with `reason` for it. `weak` are the weak suites it agreed to, one a family; `weak_reason` says why there may
    be more. `name_asked` was sent as SNI (RFC 6066, 3), empty where no name is known. `certificate_reason` says why
    there is no certificate. `named` are the certificates of a web server by the further names of the inventory.
    """

    address: str
    port: int
    starttls: str
    accepted: tuple[str, ...]
    refused: tuple[str, ...]
    unknown: tuple[str, ...]
    reason: str
    weak: tuple[WeakSuite, ...]
    weak_reason: str
    name_asked: str
    certificate: Certificate | None
    certificate_reason: str
    observed: datetime
    named: tuple[NamedCertificate, ...] = ()


@dataclass(frozen=True, slots=True)
class TlsEndpoints:
    """All ports of a host that speak TLS.

    `not_looked_at` are (port, why) where it was meant to be tried; `without` are the ports that were asked, and offer
    no TLS.
    """

    endpoints: tuple[TlsEndpoint, ...]
    not_looked_at: tuple[tuple[int, str], ...]
    observed: datetime
    without: tuple[int, ...] = ()
