"""Public keys whose private half others may have: published ones, and those that mathematics opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeyFlaw:
    """What is wrong with a key, told by its public half alone.

    `kind`: ``published`` (its private half is on a list of known ones; `source` names the list), ``roca``
    (CVE-2017-15361), ``fermat`` (primes too close, CVE-2022-26320), ``small-factor``, ``small-exponent``,
    ``shared-prime``. `detail` is a sentence for people.
    """

    fingerprint: str
    kind: str
    source: str
    detail: str


@dataclass(frozen=True, slots=True)
class KeyFlaws:
    """The flaws of the keys that a host lets in, shows or keeps. `judged` are the fingerprints that were looked at.

    `lists` are (name, number of keys) of the lists of known keys, `gaps` say in words what could not be judged (a list
    that is not installed, a key type without a test), empty if nothing.
    """

    flaws: tuple[KeyFlaw, ...]
    judged: tuple[str, ...]
    lists: tuple[tuple[str, int], ...]
    gaps: tuple[str, ...]
    observed: datetime
