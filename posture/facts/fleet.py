"""Keys across all hosts of a customer, and whether other customers have them too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class KeyRole(StrEnum):
    """What a key does at a place."""

    AUTHORIZED = "authorized"  # it opens an account
    HOST = "host"  # the host proves with it who it is
    PRIVATE = "private"  # its private half lies there
    AUTHORITY = "authority"  # it signs certificates that open accounts


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a key was seen: the resource, the account it opens or whose file it is, and the file (``/path:line``).

    `dead` is True for a line that sshd ignores. `encrypted` and `readers` as in PrivateKey, for private halves.
    `options` are the names of the options on an authorized_keys line.
    """

    resource: str
    role: KeyRole
    account: str
    place: str
    comment: str = ""
    dead: bool = False
    encrypted: bool | None = None
    readers: tuple[str, ...] | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FleetKey:
    """One key and all its places at the customer. `elsewhere` counts the other customers that have it in the same role.

    For roles other than HOST a key is the same whatever it does: `elsewhere` counts customers where it is authorized or
    lies as a private half.
    """

    fingerprint: str
    type: str
    bits: int
    places: tuple[KeyPlace, ...]
    elsewhere: int


@dataclass(frozen=True, slots=True)
class SharedPrime:
    """An RSA key whose modulus has a prime in common with another key's: both can be taken apart.

    `partners` are the other keys of the customer's own; `elsewhere` is whether a key of another customer is among them.
    """

    fingerprint: str
    partners: tuple[str, ...]
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class FleetKeys:
    """All keys of a customer's hosts as this run saw them; `unseen` are (host, why) that could not be looked into."""

    keys: tuple[FleetKey, ...]
    shared_primes: tuple[SharedPrime, ...]
    hosts: tuple[str, ...]
    unseen: tuple[tuple[str, str], ...]
    observed: datetime
