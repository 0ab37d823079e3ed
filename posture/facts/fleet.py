"""Keys across all hosts of a customer, and whether other customers have them too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.model.sighting import KeyRole


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a key was seen: the resource, the account it opens or whose file it is, and the file (``/path:line``).

    `admin` is whether the account is root or may become it. `dead` is True for a line that sshd ignores. `encrypted`
    and `readers` as in PrivateKey, for private halves. `options` are the names of the options on an authorized_keys
    line.
    """

    resource: str
    role: KeyRole
    account: str
    place: str
    comment: str = ""
    admin: bool = False
    dead: bool = False
    encrypted: bool | None = None
    readers: tuple[str, ...] | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FleetKey:
    """One key and all its places at the customer. `elsewhere` counts the other customers that have it, too.

    100 stands for 100 or more (MOST_ELSEWHERE).

    Host keys stand for themselves: all places are of the role HOST and `elsewhere` counts hosts' keys, or no place is
    and it counts customers where the key is authorized, an authority, or lies as a private half.
    """

    fingerprint: str
    type: str
    bits: int
    places: tuple[KeyPlace, ...]
    elsewhere: int

    def having(self, role: KeyRole) -> tuple[KeyPlace, ...]:
        """The places where it has this role, without lines that sshd ignores."""
        return tuple(place for place in self.places if place.role is role and not place.dead)


@dataclass(frozen=True, slots=True)
class SharedPrime:
    """An RSA key whose modulus has a prime in common with another key's: both can be taken apart.

    `places` are the key's own. `partners` are the other keys of the customer's own; `elsewhere` is whether a key of
    another customer is among them.
    """

    fingerprint: str
    places: tuple[KeyPlace, ...]
    partners: tuple[str, ...]
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class UnseenKeys:
    """Keys of one role on one host that this run could not look at, all or some, and why."""

    resource: str
    role: KeyRole
    why: str


@dataclass(frozen=True, slots=True)
class Machine:
    """What tells two entries of one machine from a machine and its clone.

    Entries with the same `running` are one running machine; it is empty where that could not be told.
    """

    resource: str
    hostname: str
    running: str


@dataclass(frozen=True, slots=True)
class FleetKeys:
    """All keys of a customer's hosts: as this run saw them, and as an earlier one did where this one could not look.

    `hosts` are all that belong together; `unseen` says what this run could not look at.
    """

    keys: tuple[FleetKey, ...]
    shared_primes: tuple[SharedPrime, ...]
    hosts: tuple[str, ...]
    unseen: tuple[UnseenKeys, ...]
    machines: tuple[Machine, ...]
    observed: datetime

    def blind(self, *roles: KeyRole) -> str:
        """Why keys of these roles may have been missed, in words; empty where all were seen."""
        gaps = [gap for gap in self.unseen if gap.role in roles]
        hosts = dict.fromkeys(gap.resource for gap in gaps)
        if not hosts:
            return ""
        reasons = list(dict.fromkeys(f"{gap.resource}: {gap.why}" for gap in gaps))
        more = f"; and {len(reasons) - 3} more" if len(reasons) > 3 else ""
        return f"{len(hosts)} of {len(self.hosts)} hosts could not be seen whole ({'; '.join(reasons[:3])}{more})"
