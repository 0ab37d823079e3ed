"""Checksums that tokens carry: one that is wrong was never issued."""

from __future__ import annotations

import binascii

_BASE62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE36 = b"0123456789abcdefghijklmnopqrstuvwxyz"
_BECH32 = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def github(token: bytes) -> bool:
    """The last six characters are the CRC32 of those between the prefix and them, in base 62 (GitHub, 2021)."""
    body = token.rpartition(b"_")[2]
    return _digits(binascii.crc32(body[:-6]), _BASE62, 6) == body[-6:]


def grafana(token: bytes) -> bool:
    """``glsa_``, 32 characters, ``_``, and the CRC32 of all before that ``_`` in hexadecimal, low byte first."""
    signed, _, checksum = token.rpartition(b"_")
    return binascii.crc32(signed).to_bytes(4, "little").hex().encode() == checksum.lower()


def atlassian(token: bytes) -> bool:
    """The last eight characters are the CRC32 of all before them, in hexadecimal."""
    signed = token[:-9] if token[-9:-8] == b"=" else token[:-8]
    return any(b"%08X" % binascii.crc32(body) == token[-8:].upper() for body in (token[:-8], signed))


def gitlab_routable(token: bytes) -> bool:
    """``<payload>.<2: its length in base 36><7: CRC32 in base 36>``, over all before it (GitLab's handbook)."""
    signed, checksum = token[:-7], token[-7:]
    return _digits(binascii.crc32(signed), _BASE36, 7) == checksum


def bech32(text: bytes) -> bool:
    """BIP 173: a human-readable part, ``1``, data and six characters that make the polynomial one."""
    lowered = text.lower()
    prefix, _, data = lowered.rpartition(b"1")
    values = [_BECH32.find(byte) for byte in data]
    if not prefix or len(values) < 6 or min(values) < 0:
        return False
    expanded = [byte >> 5 for byte in prefix] + [0] + [byte & 31 for byte in prefix]
    check = 1
    for value in expanded + values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            if top >> bit & 1:
                check ^= generator
    return check == 1


def _digits(number: int, alphabet: bytes, width: int) -> bytes:
    digits = bytearray()
    while number:
        number, digit = divmod(number, len(alphabet))
        digits.append(alphabet[digit])
    return bytes(reversed(digits)).rjust(width, alphabet[:1])
