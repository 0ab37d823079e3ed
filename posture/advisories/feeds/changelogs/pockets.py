"""Where the security pockets of Debian's releases are fetched from: as the indexes, by apt's own list of archives."""

from __future__ import annotations

from collections.abc import Iterable

from posture.advisories.indexes.apt.archives import Archives
from posture.advisories.indexes.apt.sources import ArchiveEntry
from posture.advisories.indexes.name import IndexName


def security_pockets(codenames: Iterable[str], archives: Archives) -> tuple[ArchiveEntry, ...]:
    """The archive of the security pocket of each release (``bookworm``).

    Raises:
        NoSources: no archive of a release is known.
    """
    found: list[ArchiveEntry] = []
    for codename in codenames:
        entries = archives.of(IndexName("debian", codename, "amd64"))
        found += [entry for entry in entries if entry.suite == f"{codename}-security"][:1]
    return tuple(found)
