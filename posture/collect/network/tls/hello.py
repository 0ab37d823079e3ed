"""ClientHello messages with chosen versions and suites, byte by byte: no TLS library asks for what it thinks unsafe.

RFC 8446, 4.1.2 (TLS 1.3), RFC 5246, 7.4.1.2 (TLS 1.2), RFC 6101, 5.6.1.2 (SSL 3.0); SSL 2.0 as in RFC 6101, appendix E.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence

from posture.collect.network.tls.suites import SSL3, TLS10, TLS12, TLS13

# SSL 2.0 cipher kinds: RC4, RC2, IDEA, DES and 3DES, two of them for export.
_SSL2_CIPHERS = bytes.fromhex("010080 020080 030080 040080 050080 060040 0700c0")
_RENEGOTIATION_SCSV = 0x00FF  # RFC 5746, 3.3: strict servers refuse clients without it
_GROUPS = (29, 23, 24, 25, 30)  # x25519, secp256r1, secp384r1, secp521r1, x448 (RFC 8446, 4.2.7)
_OLDER_GROUPS = (26, 27, 28, 22, 9, 10, 21)  # Brainpool (RFC 7027), secp256k1, sect233k1, sect233r1, secp224r1
_FFDHE = (256, 257, 258)  # in TLS 1.2 they would forbid a server its own group (RFC 7919, 4)
# ECDSA, RSA-PSS, EdDSA, RSA PKCS #1 and DSA with SHA-2, then SHA-1 and MD5 (RFC 8446, 4.2.3; RFC 5246, 7.4.1.4.1)
_SIGNATURES = bytes.fromhex(
    "0403 0503 0603 0807 0808 0804 0805 0806 0809 080a 080b 0401 0501 0601 0301 0303 0402 0302 0203 0201 0202 0101"
)
_ANY_X25519_KEY = b"\x09" + bytes(31)  # the base point: no secret is needed for a key that is never used
_LONGER_THAN = 512  # load balancers hang on hellos of 256 to 511 bytes (RFC 7685, 1)


def client_hello(version: int, suites: Sequence[int], name: str) -> bytes:
    """A ClientHello record.

    Args:
        version: the only one that may be agreed to (TLS 1.3), or the highest.
        suites: by their numbers, in the order of preference.
        name: for SNI, ASCII; empty for none.
    """
    session = os.urandom(32) if version == TLS13 else b""  # middlebox compatibility, RFC 8446, D.4
    numbers = suites if version == TLS13 else (*suites, _RENEGOTIATION_SCSV)
    body = struct.pack(">H", min(version, TLS12)) + os.urandom(32) + _short(session)
    body += _long(struct.pack(f">{len(numbers)}H", *numbers)) + _short(b"\0")  # no compression
    if version > SSL3:
        body += _long(_extensions(version, name, len(body)))
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16" + struct.pack(">HH", min(version, TLS10), len(handshake)) + handshake


def ssl2_hello() -> bytes:
    """A CLIENT-HELLO of SSL 2.0."""
    body = struct.pack(">BHHHH", 1, 0x0002, len(_SSL2_CIPHERS), 0, 16) + _SSL2_CIPHERS + os.urandom(16)
    return struct.pack(">H", 0x8000 | len(body)) + body


def _extensions(version: int, name: str, so_far: int) -> bytes:
    groups = (*_GROUPS, *_FFDHE) if version == TLS13 else (*_GROUPS, *_OLDER_GROUPS)
    every = _extension(0, _long(b"\0" + _long(name.encode("ascii")))) if name else b""
    every += _extension(10, _long(struct.pack(f">{len(groups)}H", *groups)))
    every += _extension(11, _short(b"\0"))  # uncompressed points
    if version >= TLS12:
        every += _extension(13, _long(_SIGNATURES))
    if version == TLS13:
        every += _extension(43, _short(struct.pack(">H", TLS13))) + _extension(45, _short(b"\x01"))
        every += _extension(51, _long(struct.pack(">H", 29) + _long(_ANY_X25519_KEY)))
    else:
        every += _extension(23, b"")  # extended master secret (RFC 7627): some servers insist on it
    missing = _LONGER_THAN - so_far - len(every) - 10  # headers of the extensions, the padding and the message
    return every + (_extension(21, bytes(missing)) if missing > 0 else b"")


def _extension(number: int, content: bytes) -> bytes:
    return struct.pack(">H", number) + _long(content)


def _short(content: bytes) -> bytes:
    return len(content).to_bytes(1, "big") + content


def _long(content: bytes) -> bytes:
    return struct.pack(">H", len(content)) + content
