"""What SSH servers offer before anybody logs in (RFC 4253)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class HostKey:
    """A host key that the server showed. `type` as in SSH (``ssh-rsa``), `fingerprint` as ``SHA256:...``.

    `bits` is 0 for a type that has no size of its own and is not known here.
    """

    type: str
    bits: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SshOffer:
    """One SSH server's first words and its KEXINIT lists, in the server's order.

    `banner` is the identification line. `ciphers` and `macs` are those of either direction. `keys` are the host keys
    that were asked for and shown; `keys_reason` says why some are missing.
    """

    address: str
    port: int
    banner: str
    key_exchange: tuple[str, ...]
    host_key_algorithms: tuple[str, ...]
    ciphers: tuple[str, ...]
    macs: tuple[str, ...]
    keys: tuple[HostKey, ...]
    keys_reason: str
    observed: datetime


@dataclass(frozen=True, slots=True)
class SshOffers:
    """All SSH servers of a host. `not_looked_at` are (port, why) where it was meant to be tried."""

    offers: tuple[SshOffer, ...]
    not_looked_at: tuple[tuple[int, str], ...]
    observed: datetime
