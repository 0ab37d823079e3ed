"""The public keys in DKIM's records, read without trusting a length in them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

ED25519_BYTES = 32  # RFC 8032, 5.1.5
MOST_BITS = 16_384
_RSA = bytes.fromhex("06092a864886f70d010101")  # the object identifier rsaEncryption (RFC 8017, A.1)
_ED25519 = bytes.fromhex("06032b6570")  # id-Ed25519 (RFC 8410, 3)
_SEQUENCE, _INTEGER, _BITS = 0x30, 0x02, 0x03


class NoKey(ValueError):
    """It is no key; the message says why."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`bits` is the size of an RSA modulus, 256 for Ed25519; `ssh` the key in SSH's wire format in base64."""

    bits: int
    ssh: str


def decoded(text: str) -> bytes:
    """Base64 as records have it: space may stand between (RFC 6376, 3.6.1).

    Raises:
        NoKey: it is no base64.
    """
    packed = "".join(text.split())
    try:
        return base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoKey("p= is no base64, cut off or mistyped") from error


def rsa(raw: bytes) -> PublicKey:
    """An RSA key in DER: a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), or the RSAPublicKey in it (RFC 8017, A.1.1).

    Raises:
        NoKey: it is neither.
    """
    body, rest = _value(raw, _SEQUENCE)
    if rest:
        raise NoKey(f"{len(rest)} bytes stand behind the key")
    if body[:1] == bytes([_SEQUENCE]):
        kind, bits = _value(body, _SEQUENCE)
        if kind.startswith(_ED25519):
            raise NoKey("it is an Ed25519 key, and k= says RSA")
        if not kind.startswith(_RSA):
            raise NoKey("it is no RSA key")
        inner, _ = _value(bits, _BITS)
        body, _ = _value(inner.removeprefix(b"\0"), _SEQUENCE)
    modulus, rest = _value(body, _INTEGER)
    exponent, _ = _value(rest, _INTEGER)
    n, e = int.from_bytes(modulus), int.from_bytes(exponent)
    if n < 2 or e < 1:
        raise NoKey("its modulus or exponent is no positive number")
    if n.bit_length() > MOST_BITS:
        raise NoKey(f"its modulus has {n.bit_length()} bits, more than any receiver reads")
    return PublicKey(n.bit_length(), _ssh(b"ssh-rsa", _number(e), _number(n)))


def ed25519(raw: bytes) -> PublicKey:
    """An Ed25519 key: its 32 bytes without any wrapping (RFC 8463, 4).

    Raises:
        NoKey: it is none.
    """
    if len(raw) == ED25519_BYTES + 12 and _ED25519 in raw[:12]:
        raise NoKey("the Ed25519 key is wrapped in a SubjectPublicKeyInfo; only its 32 bytes belong here")
    if len(raw) != ED25519_BYTES:
        raise NoKey(f"an Ed25519 key has {ED25519_BYTES} bytes, this has {len(raw)}")
    return PublicKey(ED25519_BYTES * 8, _ssh(b"ssh-ed25519", raw))


def _value(raw: bytes, tag: int) -> tuple[bytes, bytes]:
    """The first value of some DER, and what stands behind it (X.690, 8.1)."""
    if len(raw) < 2 or raw[0] != tag:
        raise NoKey("p= holds no public key")
    size, start = raw[1], 2
    if size & 0x80:
        start = 2 + (size & 0x7F)
        if start == 2 or start > 6:
            raise NoKey("p= holds no public key: a length in it is none")
        size = int.from_bytes(raw[2:start])
    if len(raw) < start + size:
        raise NoKey("the key is cut off")
    return raw[start : start + size], raw[start + size :]


def _number(value: int) -> bytes:
    """SSH's mpint: a leading zero where the highest bit is set (RFC 4251, 5)."""
    return value.to_bytes(value.bit_length() // 8 + 1)


def _ssh(*parts: bytes) -> str:
    return base64.b64encode(b"".join(len(part).to_bytes(4) + part for part in parts)).decode()
