"""Where the security pockets of Debian's releases are fetched from: as the indexes, by apt's own list of archives."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from posture.advisories.indexes.apt.machine import machine_release
from posture.advisories.indexes.apt.sources import ArchiveEntry, from_file, from_machine, machine_entries
from posture.advisories.indexes.name import IndexName

ETC = Path("/etc/apt")


def security_pockets(
    codenames: Iterable[str], sources: Path | None = None, etc: Path = ETC
) -> tuple[ArchiveEntry, ...]:
    """The archive of the security pocket of each release (``bookworm``), of its main component.

    Taken from the list in `sources` where one is given, else from the machine's own, whose `etc` is its ``/etc/apt``.

    Raises:
        NoSources: a release has no security pocket there.
    """
    found: list[ArchiveEntry] = []
    for codename in codenames:
        wanted = IndexName("debian", codename, "amd64")
        entries = (
            from_file(sources, wanted) if sources else from_machine(machine_entries(etc), machine_release(), wanted)
        )
        found += [entry for entry in entries if entry.suite == f"{codename}-security"][:1]
    return tuple(found)
