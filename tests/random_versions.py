"""Pairs of versions as publishers write them, and bent ones: seeded, so that a failure comes back."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from posture.advisories.feeds.records import Scheme
from posture.advisories.versions.order import NotComparable, key

PAIRS = 100_000
_ODD = "0189azARZ.~^+-_:"


def _numbers(rng: random.Random, most: int = 4) -> str:
    return ".".join(
        rng.choice(("0", "1", "2", "9", "10", "01", "007", "100", "2024")) for _ in range(rng.randint(1, most))
    )


def dpkg(rng: random.Random) -> str:
    upstream = _numbers(rng) + rng.choice(("", "~rc1", "~~", "+dfsg", "+git20240101", "a", "b", ".z", "-1", "~beta2"))
    epoch = rng.choice(("", "", "", "0:", "1:", "12:"))
    return epoch + upstream + rng.choice(("", "-1", "-0", "-0ubuntu1", "-1+deb12u3", "-1~bpo12+1", "-2build1", "-1+b2"))


def rpm(rng: random.Random) -> str:
    upstream = _numbers(rng) + rng.choice(("", "~rc1", "^git1", "^", "~", "a", "b10", "_1", "+x", ".a.b", "rc2"))
    release = _numbers(rng, 2) + rng.choice(
        ("", ".el9", ".el9_2.1", ".module_el8.6.0+2904+fa54f76d", ".fc40", "~0", "^1")
    )
    return rng.choice(("", "", "0:", "1:", "32:")) + upstream + "-" + release


def pep440(rng: random.Random) -> str:
    phase = rng.choice(("", "", "a1", "b2", "rc1", ".rc.3", "-alpha", "c4", "preview1", "_beta_2"))
    after = rng.choice(("", "", ".post1", "-1", "post", ".dev3", ".post2.dev1", "dev"))
    return (
        rng.choice(("", "", "1!", "v"))
        + _numbers(rng)
        + phase
        + after
        + rng.choice(("", "", "+local.1", "+abc", "+1.2"))
    )


def semver(rng: random.Random) -> str:
    core = ".".join(rng.choice(("0", "1", "2", "9", "10", "100")) for _ in range(3))
    parts = [rng.choice(("alpha", "beta", "rc", "1", "2", "10", "x-y", "0a")) for _ in range(rng.randint(0, 3))]
    return core + (f"-{'.'.join(parts)}" if parts else "") + rng.choice(("", "", "+build.5", "+001"))


def gem(rng: random.Random) -> str:
    return _numbers(rng) + rng.choice(
        ("", "", ".a", ".pre", ".rc1", ".beta.2", "-java", ".0.a.0", ".b10c", ".0.0", ".a.0.1")
    )


def composer(rng: random.Random) -> str:
    word = rng.choice(
        ("", "", "-alpha1", "beta2", "-RC1", ".rc", "-p1", "-patch2", "-dev", "-stable", "-alpha.2", "-beta-3")
    )
    return rng.choice(("", "", "v")) + _numbers(rng, 4) + word


_MAKERS: dict[Scheme, Callable[[random.Random], str]] = {
    Scheme.DPKG: dpkg,
    Scheme.RPM: rpm,
    Scheme.PEP440: pep440,
    Scheme.SEMVER: semver,
    Scheme.GEM: gem,
    Scheme.COMPOSER: composer,
}


def _bent(rng: random.Random, version: str) -> str:
    place = rng.randrange(len(version))
    return rng.choice(
        (version[:place] + rng.choice(_ODD) + version[place:], version[:place] + version[place + 1 :], version)
    )


def _candidates(scheme: Scheme, rng: random.Random) -> Iterator[tuple[str, str]]:
    make = _MAKERS[scheme]
    while True:
        first = make(rng)
        yield first, _bent(rng, first) if rng.random() < 0.5 else make(rng)


def pairs(scheme: Scheme, count: int = PAIRS, seed: int = 20261122) -> list[tuple[str, str]]:
    """Pairs of which both versions have a key."""
    found: list[tuple[str, str]] = []
    for pair in _candidates(scheme, random.Random(seed)):
        try:
            for version in pair:
                key(scheme, version)
        except NotComparable:
            continue
        found.append(pair)
        if len(found) == count:
            break
    return found


def ours(scheme: Scheme, pair: tuple[str, str]) -> int:
    """-1, 0 or 1, as the keys compare."""
    first, second = key(scheme, pair[0]), key(scheme, pair[1])
    return (first > second) - (first < second)
