"""The key of a version in the order of its scheme.

Comparing two keys byte by byte gives the order the package manager gives the versions, so that Python, SQLite and
PostgreSQL compare them natively and a version is parsed once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from posture.advisories.feeds.records import Scheme
from posture.advisories.versions.apk import apk_key
from posture.advisories.versions.composer import composer_key
from posture.advisories.versions.dpkg import dpkg_key
from posture.advisories.versions.errors import NotComparable
from posture.advisories.versions.gem import gem_key
from posture.advisories.versions.pep440 import pep440_key
from posture.advisories.versions.rpm import rpm_key
from posture.advisories.versions.semver import semver_key

__all__ = ["NotComparable", "key"]

_KEYS: Mapping[Scheme, Callable[[str], bytes]] = {
    Scheme.DPKG: dpkg_key,
    Scheme.RPM: rpm_key,
    Scheme.APK: apk_key,
    Scheme.PEP440: pep440_key,
    Scheme.SEMVER: semver_key,
    Scheme.GEM: gem_key,
    Scheme.COMPOSER: composer_key,
}


@lru_cache(100_000)  # hosts share most of their packages; a key is about 40 bytes
def key(scheme: Scheme, version: str) -> bytes:
    """The version as a key.

    Raises:
        NotComparable: the version does not follow the scheme.
    """
    return _KEYS[scheme](version)
