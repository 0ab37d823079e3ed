"""Values drawn from a seed: the same case has the same bytes in every run."""

from __future__ import annotations

import base64
import random
import string
import zlib

DIGITS_FIRST = string.digits + string.ascii_uppercase + string.ascii_lowercase
BASE58 = "".join(sign for sign in DIGITS_FIRST if sign not in "0OIl")
BASE32 = string.ascii_uppercase + "234567"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
WORDY = string.ascii_letters + string.digits + "_-"


def base62(number: int, width: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number, 62)
        text = DIGITS_FIRST[rest] + text
    return text.rjust(width, "0")


def base36(number: int, width: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = DIGITS_FIRST[rest].lower() + text
    return text.rjust(width, "0")


def bech32_polymod(values: list[int]) -> int:
    """The checksum of BIP 173."""
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, part in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= part if (top >> bit) & 1 else 0
    return check


def bech32(prefix: str, payload: bytes) -> str:
    """`payload` under `prefix` as BIP 173 writes it, without its limit on length."""
    bits = "".join(f"{byte:08b}" for byte in payload)
    bits += "0" * (-len(bits) % 5)
    data = [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    spread = [ord(sign) >> 5 for sign in prefix] + [0] + [ord(sign) & 31 for sign in prefix]
    check = bech32_polymod([*spread, *data, 0, 0, 0, 0, 0, 0]) ^ 1
    data += [(check >> 5 * (5 - at)) & 31 for at in range(6)]
    return prefix + "1" + "".join(BECH32[value] for value in data)


class Draw:
    """A seeded source of values."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(f"labelled:{seed}")

    def of(self, alphabet: str, length: int) -> str:
        """Signs of `alphabet`; of letters and digits at least one each where there is room."""
        while True:
            text = "".join(self._random.choice(alphabet) for _ in range(length))
            mixed = any(s.isdigit() for s in text) and any(s.isalpha() for s in text)
            if length < 6 or mixed or not (any(s.isdigit() for s in alphabet) and any(s.isalpha() for s in alphabet)):
                return text

    def alnum(self, length: int) -> str:
        return self.of(DIGITS_FIRST, length)

    def wordy(self, length: int) -> str:
        """Letters, digits, ``_`` and ``-``, the latter two not at the ends (a word ends there)."""
        return self.alnum(1) + self.of(WORDY, length - 2) + self.alnum(1)

    def hex(self, length: int) -> str:
        return self.of("0123456789abcdef", length)

    def digits(self, length: int) -> str:
        return self.of("123456789", 1) + self.of(string.digits, length - 1)

    def bytes(self, length: int) -> bytes:
        return self._random.randbytes(length)

    def base64(self, length: int) -> str:
        """Standard base64 of `length` random bytes."""
        return base64.b64encode(self.bytes(length)).decode()

    def uuid(self) -> str:
        raw = self.hex(32)
        return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"

    def password(self) -> str:
        """A password as a person's password manager makes it, without signs that file formats have to escape."""
        return f"{self.alnum(5)}-{self.alnum(6)}_{self.alnum(5)}"

    def crc(self, prefix: str) -> str:
        """GitHub's and npm's form: 30 random signs and their CRC32 in base 62, six wide."""
        body = self.alnum(30)
        return prefix + body + base62(zlib.crc32(body.encode()), 6)
