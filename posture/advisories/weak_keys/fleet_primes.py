"""RSA keys that share a prime, when only a few of very many are new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import gmpy2
from gmpy2 import mpz

from posture.advisories.weak_keys.shared_primes import shared, shares_a_prime


def newly_shared(new: Mapping[str, int], known: Mapping[str, int]) -> Mapping[str, tuple[str, ...]]:
    """Which new keys share a prime with each other or with a known one: name -> partners, ordered, in both directions.

    The known ones are taken to have been held against each other already: one product of them and its remainder by each
    new modulus costs much less than all against all. Keys with the very same modulus are the same key.
    """
    if len(new) >= len(known):
        together = shared({**known, **new})
        return {
            name: partners for name, partners in together.items() if name in new or not new.keys().isdisjoint(partners)
        }
    partners: dict[str, set[str]] = defaultdict(set)
    for name, others in shared(new).items():
        partners[name].update(others)
    product = _product([mpz(modulus) for modulus in set(known.values()) - set(new.values())])
    for name, modulus in new.items():
        if gmpy2.gcd(product % modulus, modulus) == 1:
            continue
        for other, its in known.items():
            if shares_a_prime(mpz(its), mpz(modulus)):
                partners[name].add(other)
                partners[other].add(name)
    return {name: tuple(sorted(partners[name])) for name in sorted(partners)}


def _product(numbers: Sequence[mpz]) -> mpz:
    level = list(numbers) or [mpz(1)]
    while len(level) > 1:
        pairs = [level[at] * level[at + 1] for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) & ~1 :]
    return level[0]
