from __future__ import annotations

import pytest

from posture.advisories.weak_keys.fleet_primes import newly_shared

P, Q, R, S, T, U = 10007, 10009, 10037, 10039, 10061, 10067
KNOWN = {"a": P * Q, "b": R * S, "c": T * U}


@pytest.mark.parametrize("known", [KNOWN, {}])
def test_a_new_key_is_held_against_new_and_known_ones(known) -> None:
    """Both ends are told, in both directions; a key that shares nothing is not."""
    new = {"x": P * 10069, "y": 10079 * 10091}
    expected = {"a": ("x",), "x": ("a",)} if known else {}
    assert newly_shared(new, known) == expected
    assert newly_shared({"x": P * Q, "z": P * R}, {}) == {"x": ("z",), "z": ("x",)}


def test_the_same_modulus_under_another_name_is_the_same_key() -> None:
    """A key in two formats shares no prime with itself."""
    assert newly_shared({"x": P * Q}, KNOWN) == {}
