"""The archives of Debian and Ubuntu that are configured as mirrors, for machines whose own apt cannot tell them."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from posture.advisories.errors import NoSources
from posture.advisories.feeds.config import APT_POCKETS, Feeds, Mirror
from posture.advisories.indexes.apt.archive import COMPONENTS
from posture.advisories.indexes.apt.sources import ArchiveEntry
from posture.advisories.indexes.name import IndexName

KEYS = Path(str(resources.files("posture.advisories").joinpath("data", "keys", "apt")))
_BEGIN = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"


def from_mirror(feeds: Feeds, name: IndexName) -> tuple[ArchiveEntry, ...]:
    """The pockets of a release on its mirror, with all official components where it has them; empty without a mirror.

    Raises:
        NoSources: the keys to verify it with cannot be used.
    """
    mirror = feeds.mirror(name.distribution, name.release, name.architecture)
    if mirror is None:
        return ()
    first, *others = COMPONENTS[name.distribution]
    signed_by = _signed_by(mirror)
    return tuple(
        ArchiveEntry(address, name.release + APT_POCKETS[pocket], (first,), signed_by, tuple(others))
        for pocket, address in mirror.addresses(release=name.release, arch=name.architecture).items()
    )


def _signed_by(mirror: Mirror) -> str:
    """What Signed-By is to be (sources.list(5)); empty, whatever this machine's apt trusts, where no key is known.

    An armoured key goes in as a block: as root, apt verifies as another user, to whom posture's folder may be closed.
    """
    keys = mirror.keys or tuple(sorted(KEYS.glob(f"{mirror.distribution}-*.asc")))
    if not keys:
        return ""
    if len(keys) > 1:
        raise NoSources(f"[mirror.{mirror.name}] keys: apt takes one file of keys: put all of them into one")
    try:
        content = keys[0].read_bytes()
    except OSError as error:
        raise NoSources(f"the key of [mirror.{mirror.name}] cannot be read: {keys[0]}: {error.strerror}") from error
    if not content.startswith(_BEGIN):
        return str(keys[0])
    return "".join(f"\n {line.strip() or '.'}" for line in content.decode("ascii", "replace").splitlines())
