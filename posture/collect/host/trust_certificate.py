"""Host certificates: a host whose key an authority has signed is believed without its key being known.

Format and meaning: PROTOCOL.certkeys of OpenSSH; names with wildcards as in ssh-keygen(1), CERTIFICATES.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Collection
from datetime import UTC, datetime
from ipaddress import ip_address

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHCertificate,
    SSHCertificateType,
    SSHCertPublicKeyTypes,
    load_ssh_public_identity,
)

from posture.collect.network.ssh.wire import string_in
from posture.model.text import visible

_KEY_FIELDS = {b"ssh-ed25519": 1, b"ssh-rsa": 2}  # else 2: curve and point of ECDSA
_SUFFIX = b"-cert-v01@openssh.com"
_LEAST_BITS = 2048  # of an authority's RSA key


class NotCertified(Exception):
    """The certificate makes nobody believe the host; the message follows "its certificate"."""


def certified(blob: bytes, key: str, authorities: Collection[str], name: str, now: datetime) -> str:
    """What the certificate says, in words, where it makes a host believed.

    Args:
        blob: the certificate as the host showed it in the key exchange.
        key: fingerprint of the key that the host proved to have.
        authorities: fingerprints (``SHA256:...``) of the keys that may sign for hosts.
        name: the host's name or address as the inventory has it.
        now: aware.

    Raises:
        NotCertified: it is malformed, of another authority, for another host, over, or not signed as it says.
    """
    try:
        certificate, algorithm = _parsed(blob), _signature_algorithm(blob)
        signer = certificate.signature_key()
        by, of = _fingerprint(signer), _fingerprint(certificate.public_key())
    except (ValueError, AssertionError, TypeError, UnsupportedAlgorithm) as error:
        raise NotCertified("cannot be read") from error
    if by not in authorities:
        raise NotCertified(f"is signed by {by}, which host_authority does not name")
    if algorithm == b"ssh-rsa" or (isinstance(signer, RSAPublicKey) and signer.key_size < _LEAST_BITS):
        raise NotCertified("is signed with SHA-1, or by an RSA key of less than 2048 bits: sign it anew")
    try:
        certificate.verify_cert_signature()
    except (InvalidSignature, ValueError, AssertionError) as error:
        raise NotCertified("bears a signature that is wrong") from error
    if of != key:
        raise NotCertified("is for another key than the host has")
    _refuse(certificate, name, now)
    return f"certificate {visible(certificate.key_id.decode('utf-8', 'replace'), 64)!r} signed by {by}"


def _parsed(blob: bytes) -> SSHCertificate:
    kind, _ = string_in(blob)
    if not kind.endswith(_SUFFIX):
        raise ValueError("no certificate")
    found = load_ssh_public_identity(kind + b" " + base64.b64encode(blob))
    if not isinstance(found, SSHCertificate):
        raise TypeError("no certificate")
    return found


def _refuse(certificate: SSHCertificate, name: str, now: datetime) -> None:
    if certificate.type is not SSHCertificateType.HOST:
        raise NotCertified("is one for users, not for hosts")
    if certificate.critical_options:
        raise NotCertified("has critical options, and none is known for hosts")
    if not certificate.valid_after <= now.timestamp() < certificate.valid_before:
        from_, until = _day(certificate.valid_after), _day(certificate.valid_before)
        raise NotCertified(f"is valid from {from_} until {until} only: sign it anew, or correct the auditor's clock")
    names = [principal.decode("utf-8", "replace") for principal in certificate.valid_principals]
    if names and not any(_matches(pattern, name) for pattern in names):
        listed = ", ".join(visible(each, 80) for each in names[:5])
        raise NotCertified(f"is for {listed}, not for {visible(name)}: use a name that it lists as the address")


def _matches(pattern: str, name: str) -> bool:
    """Whether a principal stands for the host: ``*`` and ``?`` in names; addresses however they are written."""
    try:
        return ip_address(pattern) == ip_address(name)
    except ValueError:
        parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in pattern.lower())
        return re.fullmatch("".join(parts), name.lower()) is not None if pattern.count("*") <= 3 else False


def _day(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="minutes")
    except (ValueError, OverflowError, OSError):
        return "for ever"


def _fingerprint(key: SSHCertPublicKeyTypes) -> str:
    try:
        blob = base64.b64decode(key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])
    except (binascii.Error, IndexError) as error:
        raise ValueError("no key") from error
    return fingerprint(blob)


def fingerprint(blob: bytes) -> str:
    """``SHA256:`` and unpadded base64 of a public key, as ``ssh-keygen -l`` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _signature_algorithm(blob: bytes) -> bytes:
    """The name in the signature, which for RSA says the digest; the fields before it only have to be passed over."""
    kind, rest = string_in(blob)
    for _ in range(1 + _KEY_FIELDS.get(kind.removesuffix(_SUFFIX), 2)):  # nonce, key
        _, rest = string_in(rest)
    rest = rest[12:]  # serial, type
    for _ in range(2):  # key id, principals
        _, rest = string_in(rest)
    rest = rest[16:]  # validity
    for _ in range(4):  # critical options, extensions, reserved, authority
        _, rest = string_in(rest)
    signature, _ = string_in(rest)
    return string_in(signature)[0]
