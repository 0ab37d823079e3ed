"""Small primes and their product, made once."""

from __future__ import annotations

from functools import cache
from math import isqrt, prod

LIMIT = 1 << 16


@cache
def primes(limit: int = LIMIT) -> tuple[int, ...]:
    """All primes below the limit, by the sieve of Eratosthenes."""
    marks = bytearray([1]) * limit
    marks[0:2] = b"\0\0"
    for number in range(2, isqrt(limit - 1) + 1):
        if marks[number]:
            marks[number * number :: number] = bytes(len(range(number * number, limit, number)))
    return tuple(number for number, mark in enumerate(marks) if mark)


@cache
def product_of_primes(limit: int = LIMIT) -> int:
    """The product of all primes below the limit: for 2^16 a number of 93,973 bits."""
    return prod(primes(limit))
