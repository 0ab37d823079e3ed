"""Keys as they were seen on a host: what is kept of them to hold the hosts of all customers against each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MOST_ELSEWHERE = 100
"""Other customers that have a key are counted up to here: it stands for that many or more."""


class KeyRole(StrEnum):
    """What a key does at a place."""

    AUTHORIZED = "authorized"  # it opens an account
    HOST = "host"  # the host proves with it who it is
    PRIVATE = "private"  # its private half lies there
    AUTHORITY = "authority"  # it signs certificates that open accounts


@dataclass(frozen=True, slots=True)
class KeySighting:
    """A key at a place of one host: the account it opens or whose file it is, and the file (``/path:line``).

    `bits` is 0 when unknown. `admin` is whether the account is root or may become it. `dead` is True for a line that
    sshd ignores. `encrypted` and `readers` as in facts.private_keys.PrivateKey. `options` are the names of the options
    on an authorized_keys line. `modulus` is an RSA key's in hexadecimal, where it is known.
    """

    role: KeyRole
    fingerprint: str
    type: str
    bits: int
    account: str
    place: str
    comment: str = ""
    admin: bool = False
    dead: bool = False
    encrypted: bool | None = None
    readers: tuple[str, ...] | None = None
    options: tuple[str, ...] = ()
    modulus: str = ""


@dataclass(frozen=True, slots=True)
class KeyGap:
    """Keys of a role that could not be looked at, and why. `whole`: none of that role was."""

    role: KeyRole
    why: str
    whole: bool


@dataclass(frozen=True, slots=True)
class KeysSeen:
    """The keys of one host, as one look saw them, and what it could not see.

    `machine` is as in OsRelease: the same for two looks at one machine between two boots, and different for its clone;
    empty where that could not be told. `kept` are roles that this look saw nothing of, and when an earlier one saw the
    keys of them that are among the sightings.
    """

    sightings: tuple[KeySighting, ...]
    gaps: tuple[KeyGap, ...]
    hostname: str = ""
    machine: str = ""
    kept: tuple[tuple[KeyRole, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class KeyLook:
    """What is known of the keys of one resource; `current` is whether this run looked, though it may see nothing."""

    resource: str
    current: bool
    seen: KeysSeen


@dataclass(frozen=True, slots=True)
class FleetLook:
    """The keys of a customer's resources, and how far they are known beyond them: numbers and never a name.

    `elsewhere` are (fingerprint, whether as a host key, number of other customers, at most MOST_ELSEWHERE). `primes`
    are (fingerprint, partners of the customer's own, whether another customer has a partner) of RSA keys that share a
    prime.
    """

    looks: tuple[KeyLook, ...]
    elsewhere: tuple[tuple[str, bool, int], ...] = ()
    primes: tuple[tuple[str, tuple[str, ...], bool], ...] = ()


@dataclass(frozen=True, slots=True)
class SharedKey:
    """A key that several hosts have, for the provider's eyes: `places` are (customer, resource, sighting)."""

    fingerprint: str
    host_key: bool
    customers: int
    places: tuple[tuple[str, str, KeySighting], ...]
