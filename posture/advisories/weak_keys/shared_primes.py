"""RSA keys that share a prime: each takes the other apart.

The batch form of Bernstein's "How to find smooth parts of integers" (2004), as Heninger et al. used it on the keys of
the internet ("Mining your Ps and Qs", 2012): one product of all moduli, and its remainder by the square of each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import gmpy2
from gmpy2 import mpz


def shares_a_prime(one: mpz, other: mpz) -> bool:
    """Whether two moduli share a prime of theirs.

    One that is a multiple of another shares no prime in the sense that betrays it: anybody can multiply somebody's
    public modulus into one of his own, and must not be able to put others under suspicion by it.
    """
    return bool(1 < gmpy2.gcd(one, other) < min(one, other))


def shared(moduli: Mapping[str, int]) -> Mapping[str, tuple[str, ...]]:
    """Which keys have a prime in common: name -> the names of its partners, ordered; keys without one are left out.

    Keys with the very same modulus are the same key, and no partners.
    """
    names: dict[int, list[str]] = defaultdict(list)
    for name, modulus in moduli.items():
        names[modulus].append(name)
    distinct = [mpz(modulus) for modulus in sorted(names) if modulus > 1]
    suspects = [modulus for modulus, common in zip(distinct, _common(distinct), strict=True) if common > 1]
    partners: dict[str, tuple[str, ...]] = {}
    for modulus in suspects:
        others = [other for other in suspects if shares_a_prime(modulus, other)]
        if not others:
            continue
        found = tuple(sorted(name for other in others for name in names[int(other)]))
        partners |= dict.fromkeys(names[int(modulus)], found)
    return {name: partners[name] for name in sorted(partners)}


def _common(moduli: Sequence[mpz]) -> list[mpz]:
    """For each modulus what it has in common with the product of all others; 1 where that is nothing."""
    if len(moduli) < 2:
        return [mpz(1)] * len(moduli)
    levels = [list(moduli)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = [below[at] * below[at + 1] for at in range(0, len(below) - 1, 2)]
        levels.append(pairs + below[len(below) & ~1 :])
    remainders = levels.pop()
    while levels:
        level = levels.pop()
        remainders = [remainders[at // 2] % (product * product) for at, product in enumerate(level)]
    return [gmpy2.gcd(remainder // modulus, modulus) for remainder, modulus in zip(remainders, moduli, strict=True)]
