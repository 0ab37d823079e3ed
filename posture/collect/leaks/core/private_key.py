"""Whether a block holds a private key that opens without a passphrase."""

from __future__ import annotations

import re

from posture.collect.leaks.core.decode import base64_bytes

_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]{0,30}?) ?PRIVATE KEY( BLOCK)?-----")
_OPENSSH = b"openssh-key-v1\0"
_SMALLEST = 32  # bytes: an Ed25519 seed alone is as long


def private_key_kind(block: bytes) -> str:
    """What an unencrypted key is called (``OpenSSH private key``), empty of an encrypted one and of what is no key.

    Encrypted are PKCS 8's own label, RFC 1421's ``Proc-Type: 4,ENCRYPTED``, OpenSSH's cipher other than ``none``, and
    PuTTY's ``Encryption`` other than ``none``. A PGP block is judged by `_pgp_open`. A body that is no base64, or not
    DER where it should be, is an example in a text.
    """
    if block.startswith(b"PuTTY-User-Key-File"):
        return "PuTTY private key" if b"\nEncryption: none" in block and b"\nPrivate-Lines:" in block else ""
    head = _LABEL.match(block)
    if head is None or head.group(1) == b"ENCRYPTED" or b"ENCRYPTED" in block[:200]:
        return ""
    body = base64_bytes(_body(block[head.end() :]))
    if body is None or len(body) < _SMALLEST:
        return ""
    label = head.group(1).decode("ascii")
    if label == "OPENSSH":
        return "OpenSSH private key" if _openssh_open(body) else ""
    if head.group(2):
        return "PGP private key" if _pgp_open(body) else ""
    return "%s private key" % (label or "PKCS 8") if body[0] == 0x30 else ""


def _body(text: bytes) -> bytes:
    """The base64 between the lines; header lines (``Version: ...``) and PGP's checksum line are none of it."""
    lines = [line.strip() for line in text.partition(b"-----END")[0].split(b"\n")]
    return b"".join(line for line in lines if b": " not in line and not line.startswith(b"="))


def _openssh_open(body: bytes) -> bool:
    """PROTOCOL.key: the magic, then the cipher's name with its length before it."""
    return body.startswith(_OPENSSH + b"\0\0\0\x04none")


def _pgp_open(body: bytes) -> bool:
    """RFC 4880, 5.5.3: after the public part the octet that says how the secret part is kept; 0 is not at all.

    Only RSA, DSA and ElGamal keys of version 4 are followed; of others nothing is said.
    """
    start = _pgp_packet(body)
    if start is None or body[start] != 4:
        return False
    numbers = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4}.get(body[start + 5])
    at = start + 6
    if numbers is None:
        return False
    for _ in range(numbers):
        if at + 2 > len(body):
            return False
        at += 2 + (int.from_bytes(body[at : at + 2], "big") + 7) // 8
    return at < len(body) and body[at] == 0


def _pgp_packet(body: bytes) -> int | None:
    """Where the content of a leading secret-key packet (tag 5) starts; RFC 4880, 4.2."""
    first = body[0]
    if first & 0xC0 == 0xC0 and first & 0x3F == 5:
        return 2 if body[1] < 192 else 3 if body[1] < 224 else 6
    if first & 0xC0 == 0x80 and first >> 2 & 0xF == 5 and first & 3 != 3:
        return 1 + (1 << (first & 3))
    return None
