"""Public keys whose private half others may have: published ones, and those that mathematics opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.model.sighting import KeyRole


@dataclass(frozen=True, slots=True)
class KeyStand:
    """Where a key stands on the host: what it does there, the account it opens or whose file it is, and the file.

    `dead` is True for a line that sshd ignores.
    """

    role: KeyRole
    account: str
    place: str
    dead: bool = False


@dataclass(frozen=True, slots=True)
class KeyInPlace:
    """A public key and where it stands; `public` is its SSH wire format in base64."""

    type: str
    bits: int
    fingerprint: str
    public: str
    at: KeyStand


@dataclass(frozen=True, slots=True)
class KeyFlaw:
    """What is wrong with a key, told by its public half alone, and where the host has it.

    `kind`: ``published`` (its private half is on a list of known ones; `source` names the list), ``roca``
    (CVE-2017-15361), ``fermat`` (primes too close, CVE-2022-26320), ``small-factor``, ``exponent`` (one that encrypts
    nothing). `detail` is a sentence for people.
    """

    fingerprint: str
    type: str
    bits: int
    kind: str
    source: str
    detail: str
    places: tuple[KeyStand, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyFlaws:
    """The flaws of the keys that a host lets in, shows or keeps; `judged` counts those that were looked at.

    `lists` are (name, number of keys) of the lists of known keys. `gaps` are (role, why) of what could not be judged: a
    kind of place that was not seen, a key of a type without a test.
    """

    flaws: tuple[KeyFlaw, ...]
    judged: int
    lists: tuple[tuple[str, int], ...]
    gaps: tuple[tuple[KeyRole, str], ...]
    observed: datetime
