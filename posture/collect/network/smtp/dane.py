"""A mail server's certificate held against the TLSA records of its name, as a sender does (RFC 7672; RFC 6698)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from posture.facts.email.routing import TlsaRecord
from posture.facts.email.servers import Dane

MOST_CHAIN = 10  # certificates of a chain that are looked at
_DANE_TA, _DANE_EE = 2, 3  # RFC 7218, 2.1
BROKEN = (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension)


def held_against(
    chain: Sequence[bytes], records: Sequence[TlsaRecord], names: Sequence[str], now: datetime
) -> tuple[Dane, str]:
    """How a chain stands to the records, and why it does not match.

    Usages 0 and 1 are of no use for mail (RFC 7672, 3.1.3). With usage 3 neither names nor dates count (3.1.1); with
    usage 2 the chain has to lead to the record's certificate, be valid and have the exchanger's name (3.1.2, 3.2.2).

    Args:
        chain: as the server sent it, its own certificate first, in DER.
        records: of the exchanger's name, from an answer whose signatures hold.
        names: of the exchanger and of the domain: its certificate has to be for one of them.
        now: aware.
    """
    usable = [record for record in records if usable_for_mail(record)]
    if not records:
        return Dane.NONE, ""
    if not usable:
        return Dane.UNUSABLE, "its TLSA records have usages that mail servers' certificates are not held against"
    if not chain:
        return Dane.UNKNOWN, "it showed no certificate"
    why: list[str] = []
    for record in usable:
        reason = _leaf(chain[0], record) if record.usage == _DANE_EE else _anchored(chain, record, names, now)
        if not reason:
            return Dane.MATCHES, ""
        why.append(f"{record.usage} {record.selector} {record.matching}: {reason}")
    return Dane.DIFFERS, "; ".join(dict.fromkeys(why))


def usable_for_mail(record: TlsaRecord) -> bool:
    """Whether senders hold certificates against this record."""
    lengths = {1: 64, 2: 128}  # hexadecimal digits of a digest
    known = record.usage in {_DANE_TA, _DANE_EE} and record.selector in {0, 1} and record.matching in {0, 1, 2}
    return known and bool(record.data) and len(record.data) == lengths.get(record.matching, len(record.data))


def _leaf(der: bytes, record: TlsaRecord) -> str:
    return "" if _matches(der, record) else "the server's certificate is another one"


def _anchored(chain: Sequence[bytes], record: TlsaRecord, names: Sequence[str], now: datetime) -> str:
    """Empty where the chain leads to the record's certificate, else why not."""
    sent = list(chain[:MOST_CHAIN])
    if (record.selector, record.matching) == (0, 0):  # the record holds the issuer itself: it need not be sent
        with suppress(ValueError):
            sent.append(bytes.fromhex(record.data))
    at = next((place for place, der in enumerate(sent) if place and _matches(der, record)), 0)
    if not at and not _matches(sent[0], record):
        return "no certificate of its chain is the one of the record"
    try:
        path = [x509.load_der_x509_certificate(der) for der in sent[: at + 1]]
        for one, issuer in pairwise(path):
            one.verify_directly_issued_by(issuer)
    except BROKEN:
        return "its chain does not lead to the record's certificate"
    if any(not one.not_valid_before_utc <= now <= one.not_valid_after_utc for one in path):
        return "a certificate of its chain has expired, or is not valid yet"
    return "" if any(_is_for(path[0], name) for name in names) else f"its certificate is not for {' or '.join(names)}"


def public_key(der: bytes) -> bytes:
    """The SubjectPublicKeyInfo of a certificate, both in DER.

    Raises:
        BROKEN: it cannot be read.
    """
    return (
        x509.load_der_x509_certificate(der).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )


def _matches(der: bytes, record: TlsaRecord) -> bool:
    """RFC 6698, 2.1.2 and 2.1.3."""
    try:
        data = public_key(der) if record.selector == 1 else der
    except BROKEN:
        return False
    seen = {0: data.hex, 1: hashlib.sha256(data).hexdigest, 2: hashlib.sha512(data).hexdigest}[record.matching]()
    return seen == record.data.lower()


def _is_for(certificate: x509.Certificate, name: str) -> bool:
    """A wildcard stands for one label (RFC 6125, 6.4.3)."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, *BROKEN):
        return False
    wanted = name.rstrip(".").lower()
    below = f"*.{wanted.partition('.')[2]}"
    return any(one.rstrip(".").lower() in {wanted, below} for one in names.get_values_for_type(x509.DNSName))
