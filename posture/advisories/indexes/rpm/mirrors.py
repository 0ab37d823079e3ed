"""The repositories that are configured for a release, with the keys to verify them with."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from posture.advisories.feeds.config import Feeds
from posture.advisories.indexes.name import IndexName
from posture.advisories.indexes.rpm.repository import Repository

KEYS = Path(str(resources.files("posture.advisories").joinpath("data", "keys", "rpm")))


def repositories(feeds: Feeds, name: IndexName) -> tuple[Repository, ...]:
    """Those of the mirror for a release, empty without one; verified with the keys it names, else with shipped ones."""
    mirror = feeds.mirror(name.distribution, name.release)
    if mirror is None:
        return ()
    keys = mirror.keys or shipped_keys(name)
    addresses = mirror.addresses(release=name.release, arch=name.architecture)
    return tuple(Repository(title, address, keys, mirror.signed) for title, address in addresses.items())


def shipped_keys(name: IndexName) -> tuple[Path, ...]:
    """The keys that come with posture: of a release, ``almalinux-9.asc``, or of all, ``centos.asc``."""
    fitting = re.compile(rf"{re.escape(name.distribution)}(-{re.escape(name.release)})?\.asc")
    return tuple(path for path in sorted(KEYS.glob("*.asc")) if fitting.fullmatch(path.name))
