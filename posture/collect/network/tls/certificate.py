"""A certificate as a fact, whatever its maker wrote into it."""

from __future__ import annotations

import warnings

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from posture.facts.tls import Certificate, ChainProblem
from posture.model.text import visible

MOST_BYTES = 131_072  # OpenSSL takes a chain of 100 kB (SSL_CTX_set_max_cert_list(3))
MOST_NAMES = 500

_BROKEN = (
    ValueError, TypeError, OverflowError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType, x509.AttributeNotFound, Warning,
)  # fmt: skip

# Of negative serial numbers and the like: they are the server's, and nothing that an operator of posture could mend.
warnings.filterwarnings("ignore", module=__name__)


class Unreadable(Exception):
    """The certificate cannot be read; the message says why."""


def certificate(der: bytes, trusted: bool | None, problem: ChainProblem, reason: str) -> Certificate:
    """Read a certificate.

    Args:
        der: as the server sent it.
        trusted: see :class:`Certificate`.
        problem: the same.
        reason: the same.

    Raises:
        Unreadable: it is malformed, or larger than any honest one.
    """
    if len(der) > MOST_BYTES:
        raise Unreadable(f"its certificate has {len(der)} bytes; no more than {MOST_BYTES} are read")
    try:
        return _read(x509.load_der_x509_certificate(der), trusted, problem, reason)
    except _BROKEN as error:
        raise Unreadable(visible(f"its certificate is malformed: {error}")) from error


def _read(shown: x509.Certificate, trusted: bool | None, problem: ChainProblem, reason: str) -> Certificate:
    names = _names(shown)
    key_type, key_bits = _key(shown)
    return Certificate(
        subject=visible(shown.subject.rfc4514_string()),
        issuer=visible(shown.issuer.rfc4514_string()),
        names=tuple(visible(name, 253) for name in names[:MOST_NAMES]),
        more_names=max(0, len(names) - MOST_NAMES),
        not_before=shown.not_valid_before_utc,
        not_after=shown.not_valid_after_utc,
        key_type=key_type,
        key_bits=key_bits,
        signature_hash=_signature_hash(shown),
        self_signed=shown.issuer == shown.subject,
        trusted=trusted,
        chain_problem=problem,
        trust_reason=visible(reason),
        fingerprint=shown.fingerprint(hashes.SHA256()).hex(),
    )


def _names(shown: x509.Certificate) -> list[str]:
    """DNS names and addresses; the subject's common name is none any more (RFC 9525)."""
    try:
        found = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = (str(address) for address in found.get_values_for_type(x509.IPAddress))
    return [*found.get_values_for_type(x509.DNSName), *addresses]


def _key(shown: x509.Certificate) -> tuple[str, int]:
    try:
        key = shown.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return shown.public_key_algorithm_oid.dotted_string, 0
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "ed25519", 256
    if isinstance(key, ed448.Ed448PublicKey):
        return "ed448", 456
    for kind, name in ((rsa.RSAPublicKey, "rsa"), (ec.EllipticCurvePublicKey, "ec"), (dsa.DSAPublicKey, "dsa")):
        if isinstance(key, kind):
            return name, key.key_size
    return shown.public_key_algorithm_oid.dotted_string, 0


def _signature_hash(shown: x509.Certificate) -> str:
    try:
        algorithm = shown.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return ""
    return algorithm.name if algorithm else ""
