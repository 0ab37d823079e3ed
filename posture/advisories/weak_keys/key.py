"""The number or string that makes a public key: what lists of known keys hold, and what mathematics works on."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

MOST_BITS = 16_384  # SSHBUF_MAX_BIGNUM (sshbuf.h): sshd reads no larger number


class NotJudged(ValueError):
    """There is no test for this key; the message says why."""


@dataclass(frozen=True, slots=True)
class RsaNumbers:
    """Modulus and exponent (RFC 8017, 3.1)."""

    n: int
    e: int


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """`value` is what lists know a key by: RSA's modulus, x of a point, an Ed25519 key's bytes, y of DSA."""

    value: bytes
    rsa: RsaNumbers | None = None


def material(key_type: str, public: str) -> KeyMaterial:
    """Read a key from SSH's wire format in base64.

    Raises:
        NotJudged: it is broken, or of a type that has no test here (a security key's private half cannot leave it).
    """
    if key_type.startswith("sk-"):
        raise NotJudged("its private half lies in a security key")
    try:
        blob = base64.b64decode(public, validate=True)
        if key_type == "ssh-dss":
            return KeyMaterial(_last_number(blob))
        key = load_ssh_public_key(key_type.encode() + b" " + base64.b64encode(blob))
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
        raise NotJudged(f"a key of the type {key_type} cannot be read here") from error
    match key:
        case RSAPublicKey():
            numbers = key.public_numbers()
            if numbers.n.bit_length() > MOST_BITS:
                raise NotJudged("it is longer than any key that sshd reads")
            return KeyMaterial(_bytes(numbers.n), RsaNumbers(numbers.n, numbers.e))
        case EllipticCurvePublicKey():
            return KeyMaterial(_bytes(key.public_numbers().x))
        case Ed25519PublicKey():
            return KeyMaterial(key.public_bytes_raw())
        case _:
            raise NotJudged(f"a key of the type {key_type} has no test here")


def _last_number(blob: bytes) -> bytes:
    """A DSA key's y, the last of type, p, q, g and y (RFC 4253, 6.6); libraries give up reading these keys.

    Raises:
        ValueError: it is broken.
    """
    parts: list[bytes] = []
    while blob:
        size = int.from_bytes(blob[:4])
        if len(blob) < 4 + size or len(parts) == 5:
            raise ValueError("a length that is not true")
        parts.append(blob[4 : 4 + size])
        blob = blob[4 + size :]
    if len(parts) != 5 or parts[0] != b"ssh-dss" or not all(parts):
        raise ValueError("not the five parts of a DSA key")
    return _bytes(int.from_bytes(parts[4]))


def _bytes(number: int) -> bytes:
    """Big-endian, as short as it goes."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
