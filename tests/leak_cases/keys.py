"""Private keys, public keys and their encrypted forms, written by hand from the formats' documents."""

from __future__ import annotations

import base64
import struct
import textwrap

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from leak_cases.draw import Draw

DASHES = "-" * 5


def armour(name: str, raw: bytes, head: str = "", width: int = 64) -> str:
    """RFC 7468."""
    body = "\n".join(textwrap.wrap(base64.b64encode(raw).decode(), width))
    return f"{DASHES}BEGIN {name}{DASHES}\n{head}{body}\n{DASHES}END {name}{DASHES}"


def _ed25519(d: Draw) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(d.bytes(32))


def _elliptic(d: Draw) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(d.bytes(31), "big"), ec.SECP256R1())


def pkcs8(d: Draw) -> str:
    return _ed25519(d).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip()


def sec1(d: Draw) -> str:
    return _elliptic(d).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode().strip()


def _integer(value: int) -> bytes:
    raw = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return b"\x02" + _length(len(raw)) + raw


def _length(size: int) -> bytes:
    if size < 128:
        return bytes([size])
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(raw)]) + raw


def rsa(d: Draw) -> str:
    """RSAPrivateKey of RFC 8017 A.1.2 in form; its numbers are drawn, since no check of a leak multiplies them."""
    big, half = (lambda: int.from_bytes(d.bytes(256), "big") | 1), (lambda: int.from_bytes(d.bytes(128), "big") | 1)
    numbers = [0, big(), 65537, big(), half(), half(), half(), half(), half()]
    body = b"".join(map(_integer, numbers))
    return armour("RSA PRIVATE KEY", b"\x30" + _length(len(body)) + body)


def _string(raw: bytes) -> bytes:
    return struct.pack(">I", len(raw)) + raw


def openssh(d: Draw) -> str:
    """OpenSSH's PROTOCOL.key, cipher and KDF "none"."""
    seed = d.bytes(32)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    blob = _string(b"ssh-ed25519") + _string(public)
    check = d.bytes(4)
    private = check + check + _string(b"ssh-ed25519") + _string(public) + _string(seed + public) + _string(b"me@work")
    private += bytes(range(1, 1 + -len(private) % 8))
    raw = b"openssh-key-v1\0" + _string(b"none") + _string(b"none") + _string(b"") + struct.pack(">I", 1)
    return armour("OPENSSH PRIVATE KEY", raw + _string(blob) + _string(private), width=70)


def openssh_encrypted(d: Draw) -> str:
    blob = _string(b"ssh-ed25519") + _string(d.bytes(32))
    options = _string(d.bytes(16)) + struct.pack(">I", 24)
    raw = b"openssh-key-v1\0" + _string(b"aes256-ctr") + _string(b"bcrypt") + _string(options) + struct.pack(">I", 1)
    return armour("OPENSSH PRIVATE KEY", raw + _string(blob) + _string(d.bytes(144)), width=70)


def rsa_encrypted(d: Draw) -> str:
    """RFC 1421's headers, as `openssl rsa -aes128` writes them."""
    head = f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{d.hex(32).upper()}\n\n"
    return armour("RSA PRIVATE KEY", d.bytes(1200), head)


def pkcs8_encrypted(d: Draw) -> str:
    return armour("ENCRYPTED PRIVATE KEY", b"\x30\x82\x01\x2d" + d.bytes(301))


def public_pem(d: Draw) -> str:
    return _elliptic(d).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode().strip()


def public_ssh(d: Draw) -> str:
    return _ed25519(d).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _putty(d: Draw, version: int, cipher: str, derivation: str) -> str:
    public = _string(b"ssh-ed25519") + _string(d.bytes(32))
    lines = [
        f"PuTTY-User-Key-File-{version}: ssh-ed25519",
        f"Encryption: {cipher}",
        "Comment: office",
        "Public-Lines: 2",
    ]
    lines += textwrap.wrap(base64.b64encode(public).decode(), 64)
    lines += derivation.splitlines()
    lines += ["Private-Lines: 1", base64.b64encode(_string(d.bytes(32))).decode(), f"Private-MAC: {d.hex(64)}"]
    return "\n".join(lines)


def putty(d: Draw, version: int = 3) -> str:
    """PuTTY's documentation, appendix C."""
    return _putty(d, version, "none", "")


def putty_encrypted(d: Draw) -> str:
    derivation = "Key-Derivation: Argon2id\nArgon2-Memory: 8192\nArgon2-Passes: 21\nArgon2-Parallelism: 1\n"
    return _putty(d, 3, "aes256-cbc", derivation + f"Argon2-Salt: {d.hex(32)}")


def wireguard(d: Draw) -> str:
    """`wg genkey`: 32 bytes, clamped as Curve25519 wants it."""
    raw = bytearray(d.bytes(32))
    raw[0] &= 248
    raw[31] = raw[31] & 127 | 64
    return base64.b64encode(bytes(raw)).decode()
