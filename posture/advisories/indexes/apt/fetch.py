"""Fetch a suite of an archive with the distribution's own client into a private directory.

apt-get verifies the signature, the hashes and the validity dates (apt-secure(8)); no root is needed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from posture.advisories.errors import Refused
from posture.advisories.indexes.apt.private_state import run_apt_get, write_state
from posture.advisories.indexes.apt.release_file import ReleaseFile, read_release
from posture.advisories.indexes.apt.sources import ArchiveEntry


@dataclass(frozen=True, slots=True)
class FetchedSuite:
    """One verified suite. `packages` are its uncompressed Packages files, none when only its head was asked for."""

    entry: ArchiveEntry
    release: ReleaseFile
    packages: tuple[Path, ...]


@contextmanager
def fetched(entry: ArchiveEntry, architecture: str, until: float, *, packages: bool) -> Iterator[FetchedSuite]:
    """Fetch a suite's signed head, and its Packages files for the architecture when `packages`; gone on leaving.

    apt-get is ended at `until`, an instant of time.monotonic(), or at its own limit.

    The directory lies among the temporary files, not in the cache: as root, apt-get works as another user, to whom
    root's folders are closed.

    Raises:
        Unreachable: nothing came.
        Refused: what came is not signed by a trusted key, does not fit its hashes, or is out of date.
    """
    with tempfile.TemporaryDirectory(prefix="posture-index-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        configuration = write_state(folder, entry, "deb", architecture, "Packages" if packages else "head-only")
        run_apt_get(configuration, entry, ["update"], until)
        heads = [*folder.glob("lists/*_InRelease"), *folder.glob("lists/*_Release")]
        if len(heads) != 1:
            raise Refused(f"{entry.suite}: apt-get left {len(heads)} signed heads where one was expected")
        yield FetchedSuite(entry, read_release(heads[0]), tuple(sorted(folder.glob("lists/*_Packages"))))
