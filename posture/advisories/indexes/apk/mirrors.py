"""The repositories that are configured for a branch, with the keys to verify them with."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from posture.advisories.feeds.config import Feeds
from posture.advisories.indexes.apk.repository import Repository
from posture.advisories.indexes.name import IndexName

KEYS = Path(str(resources.files("posture.advisories").joinpath("data", "keys", "alpine")))

# Each architecture has a builder with a key of its own (main/alpine-keys); one of another must not vouch for it.
_BUILDERS = {
    "x86_64": "6165ee59",
    "aarch64": "616ae350",
    "ppc64le": "616abc23",
    "riscv64": "616db30d",
    "loongarch64": "66ba20fe",
}


def repositories(feeds: Feeds, name: IndexName) -> tuple[Repository, ...]:
    """Those of the mirror for a branch, empty without one; verified with the keys it names, else with shipped ones."""
    mirror = feeds.mirror(name.distribution, name.release) or feeds.mirror(
        name.distribution, name.release.removeprefix("v")
    )
    if mirror is None:
        return ()
    keys = mirror.keys or shipped_keys(name)
    addresses = mirror.addresses(release=name.release.removeprefix("v"), arch=name.architecture, branch=name.release)
    return tuple(Repository(title, address, keys, mirror.signed) for title, address in addresses.items())


def shipped_keys(name: IndexName) -> tuple[Path, ...]:
    """The key that comes with posture, under the name that signatures call it by; none for rare architectures."""
    number = _BUILDERS.get(name.architecture)
    return (KEYS / f"alpine-devel@lists.alpinelinux.org-{number}.rsa.pub",) if number else ()
