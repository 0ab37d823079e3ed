"""What the modulus alone betrays of an RSA key: tests that take the key apart, or would let others do it."""

from __future__ import annotations

from functools import cache
from math import gcd, isqrt

from posture.advisories.weak_keys.key import RsaNumbers
from posture.advisories.weak_keys.primes import primes, product_of_primes

FERMAT_ROUNDS = 100  # CVE-2022-26320: the keys of that flaw fall in the first rounds
_ROCA_GENERATOR = 65537
_ROCA_LARGEST = 167  # the 39 primes in M of keys of 512 to 960 bits; those of longer keys have them, too


def flaw_of(key: RsaNumbers) -> tuple[str, str] | None:
    """The first flaw found as (kind, sentence), None when none of the tests finds one."""
    if key.e < 2 or key.e % 2 == 0:
        return "exponent", f"Its public exponent is {key.e}, with which nothing is encrypted or proved"
    if factor := small_factor(key.n):
        return "small-factor", f"Its modulus can be divided by {factor}, so that it can be taken apart at once"
    if is_roca(key.n):
        return "roca", "It was made by a faulty library of Infineon's chips, and its private half can be computed"
    if factors := fermat(key.n):
        apart = (factors[1] - factors[0]).bit_length()
        return "fermat", f"Its two primes differ in their last {apart} bits only, so that it can be taken apart"
    return None


def small_factor(n: int) -> int:
    """The smallest prime below 2^16 that divides n, 0 when there is none."""
    common = gcd(n, product_of_primes() % n)
    return 0 if common == 1 else next(prime for prime in primes() if common % prime == 0)


def fermat(n: int, rounds: int = FERMAT_ROUNDS) -> tuple[int, int] | None:
    """The two factors where they lie so close that Fermat's method finds them in a few rounds.

    n = a² - b² with a just above the root of n, where the factors are a - b and a + b.
    """
    root = isqrt(n)
    if root * root == n:
        return root, root
    for a in range(root + 1, root + 1 + rounds):
        square = a * a - n
        b = isqrt(square)
        if b * b == square:
            return a - b, a + b
    return None


def is_roca(n: int) -> bool:
    """Whether the modulus has the form that Infineon's RSALib gave it (CVE-2017-15361).

    There each prime is k·M + (65537^a mod M) with M the product of the first primes, so n is a power of 65537 modulo
    each of them (Nemec et al., "The Return of Coppersmith's Attack", 2017, section 2). Of other keys, one in 2^27 is.
    """
    return all(n % prime in residues for prime, residues in _subgroups())


@cache
def _subgroups() -> tuple[tuple[int, frozenset[int]], ...]:
    """For each prime the powers of 65537 modulo it."""
    return tuple((prime, frozenset(_powers(prime))) for prime in primes(_ROCA_LARGEST + 1))


def _powers(prime: int) -> list[int]:
    found, power = [], 1
    while power not in found:
        found.append(power)
        power = power * _ROCA_GENERATOR % prime
    return found
