"""Public keys in SSH's wire format (RFC 4253 6.6, RFC 5656, RFC 8709, OpenSSH's PROTOCOL.u2f)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

_TYPE = re.compile(r"[a-zA-Z0-9@._-]{1,80}")
_CURVES = {"nistp256": 256, "nistp384": 384, "nistp521": 521}
_FIXED = {"ssh-ed25519": (256, 1), "sk-ssh-ed25519@openssh.com": (256, 2)}  # bits, fields behind the type
_RSA_LEAST = 1024  # SSH_RSA_MINIMUM_MODULUS_SIZE: sshd does not read shorter ones


class NotAKey(ValueError):
    """The text is no public key that sshd reads; the message says why."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A decoded public key; `bits` is 0 for types this program does not know.

    `public` is its wire format in base64, padded, empty where it is broken.
    """

    type: str
    bits: int
    fingerprint: str
    public: str = ""


def decode(declared: str, text: str) -> PublicKey:
    """Decode a key from its declared type and base64 text.

    Raises:
        NotAKey: it is broken, too short for sshd, or its inner type is another.
    """
    try:
        blob = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotAKey("the key's base64 is broken") from error
    return decode_blob(blob, declared)


def decode_blob(blob: bytes, declared: str = "") -> PublicKey:
    """Decode a key from its wire format, of the declared type where one is.

    Raises:
        NotAKey: as `decode`.
    """
    fields = _fields(blob)
    inner = fields[0].decode("ascii", "replace") if fields else ""
    if not _TYPE.fullmatch(inner) or (declared and inner != declared):
        raise NotAKey("the key is of another type than the line says")
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    bits = _bits(inner, fields[1:])
    return PublicKey(inner, bits, f"SHA256:{digest}", base64.b64encode(blob).decode())


def _fields(blob: bytes) -> list[bytes]:
    found: list[bytes] = []
    at = 0
    while at < len(blob):
        length = int.from_bytes(blob[at : at + 4], "big")
        end = at + 4 + length
        if at + 4 > len(blob) or end > len(blob) or len(found) > 32:
            raise NotAKey("the key's data is cut off")
        found.append(blob[at + 4 : end])
        at = end
    return found


def _bits(declared: str, rest: list[bytes]) -> int:
    if declared == "ssh-rsa":
        return _rsa(rest)
    if declared == "ssh-dss":
        _expect(rest, 4)
        return int.from_bytes(rest[0], "big").bit_length()
    if declared in _FIXED:
        bits, count = _FIXED[declared]
        _expect(rest, count)
        if len(rest[0]) != 32:
            raise NotAKey("an Ed25519 key has 32 bytes")
        return bits
    for prefix, count in (("ecdsa-sha2-", 2), ("sk-ecdsa-sha2-", 3)):
        curve = declared.removeprefix(prefix).removesuffix("@openssh.com")
        if declared.startswith(prefix) and curve in _CURVES:
            _expect(rest, count)
            if rest[0] != curve.encode():
                raise NotAKey("the key's curve is another than its type says")
            return _CURVES[curve]
    return 0


def _rsa(rest: list[bytes]) -> int:
    _expect(rest, 2)
    bits = int.from_bytes(rest[1], "big").bit_length()
    if bits < _RSA_LEAST:
        raise NotAKey(f"an RSA key of {bits} bits is too short for sshd")
    return bits


def _expect(rest: list[bytes], count: int) -> None:
    if len(rest) != count:
        raise NotAKey("the key's data does not fit its type")
