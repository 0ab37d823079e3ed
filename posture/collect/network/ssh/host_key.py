"""Host keys as a server shows them in a key exchange that is not finished: nothing is proven, and no session begins."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Mapping

from posture.collect.network.ssh.wire import KEX_INIT, Malformed, string, string_in
from posture.facts.ssh_offers import HostKey
from posture.model.text import visible


def _curve25519() -> bytes:
    return string(os.urandom(32))  # every 32 bytes are a public key (RFC 7748, 5)


def _p256() -> bytes:
    """The curve's generator (SEC 2, 2.4.2), uncompressed: a valid point is all that is needed."""
    x = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    return string(bytes.fromhex(f"04{x}{y}"))


def _diffie_hellman() -> bytes:
    """A number of 1000 bits: below the prime of every group, and no power that servers refuse."""
    return string(b"\x40" + os.urandom(124))


PUBLIC_KEYS: Mapping[str, Callable[[], bytes]] = {
    "curve25519-sha256": _curve25519,
    "curve25519-sha256@libssh.org": _curve25519,
    "ecdh-sha2-nistp256": _p256,
    "diffie-hellman-group14-sha256": _diffie_hellman,
    "diffie-hellman-group14-sha1": _diffie_hellman,
    "diffie-hellman-group16-sha512": _diffie_hellman,
    "diffie-hellman-group18-sha512": _diffie_hellman,
    "diffie-hellman-group1-sha1": _diffie_hellman,
}
"""Key exchange -> a public key of ours (RFC 8731, RFC 5656, RFC 4253, 8), cheapest for the server first."""

_RSA = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")  # three signatures of one key (RFC 8332)
_FIXED = {
    "ssh-ed25519": 256, "ssh-ed448": 456, "ecdsa-sha2-nistp256": 256, "ecdsa-sha2-nistp384": 384,
    "ecdsa-sha2-nistp521": 521, "sk-ssh-ed25519@openssh.com": 256, "sk-ecdsa-sha2-nistp256@openssh.com": 256,
}  # fmt: skip


def worth_asking(algorithms: tuple[str, ...], most: int) -> tuple[str, ...]:
    """One algorithm for each type of key, those whose size can be too small first; certificates are left out."""
    rsa = next((name for name in _RSA if name in algorithms), "")
    plain = [name for name in algorithms if name not in _RSA and "-cert-" not in name]
    first = [name for name in (rsa, "ssh-dss" if "ssh-dss" in plain else "") if name]
    return tuple(dict.fromkeys((*first, *plain)))[:most]


def exchange(key_exchange: str) -> bytes:
    """The payload that begins a key exchange; the server's answer begins with its host key."""
    return bytes([KEX_INIT]) + PUBLIC_KEYS[key_exchange]()


def host_key_in(reply: bytes) -> HostKey:
    """The host key of a reply's payload.

    Raises:
        Malformed: it is not there.
    """
    blob, _ = string_in(reply[1:])
    name, rest = string_in(blob)
    kind = visible(name.decode("ascii", "replace"), 64)
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return HostKey(kind, _bits(kind, rest), f"SHA256:{digest}")


def _bits(kind: str, rest: bytes) -> int:
    """RSA: exponent, modulus. DSA: prime first (RFC 4253, 6.6)."""
    if kind == "ssh-rsa":
        _, rest = string_in(rest)
    elif kind != "ssh-dss":
        return _FIXED.get(kind, 0)
    number, _ = string_in(rest)
    if not number or number[0] & 0x80:
        raise Malformed("showed a host key that is none")
    return int.from_bytes(number, "big").bit_length()
