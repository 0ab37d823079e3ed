"""One repository of a branch: its index fetched, its signature checked, and made a part of the local index."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from posture.advisories.errors import NoSources, RefreshError, Refused
from posture.advisories.fetch import fetch
from posture.advisories.indexes.apk.index_file import built, offer_of, opened, read_records, unpack
from posture.advisories.indexes.apk.signed_file import load_keys, read_head, signer
from posture.advisories.indexes.apk.systems import EDGE
from posture.advisories.indexes.build import Part
from posture.advisories.indexes.name import IndexName
from posture.advisories.indexes.offers import Offer
from posture.model.text import visible

_FILE = "APKINDEX.tar.gz"
_MOST_BYTES = 64 << 20  # as fetched; community has some 2 MB
# git-describe(1) of the recipes: v3.20.3-102-g1c2d3e4 on a branch. Edge counts on from where the last branch parted,
# v3.13.0-1030-gbabf0a1 or v3.22_alpha20250108-7-g1c2d3e4; point releases are made on branches only.
_TAG = re.compile(r"(?:^|\s)(v[0-9]{1,2}\.[0-9]{1,3})(?:\.([0-9]{1,3}))?(?:_[a-z]+[0-9]*)?(?:-|$)")


@dataclass(frozen=True, slots=True)
class Repository:
    """Where a repository is. `keys` are files of public keys; `signed` is False where the provider takes it without."""

    name: str
    location: str
    keys: tuple[Path, ...]
    signed: bool = True


@dataclass(frozen=True, slots=True)
class VerifiedIndex:
    """An index that was fetched, verified and unpacked into a file of its own.

    `signer` is the name of the key, empty where it is taken unsigned; `date` when its newest package was built.
    """

    repository: Repository
    name: IndexName
    file: Path
    sha256: str
    signer: str
    description: str
    date: datetime

    def part(self) -> Part:
        """What to store; the packages are read when the local index is built, and the file must be there until then."""
        return Part(self.date, None, self.signer, visible(self.description, 80), self._offers())

    def _offers(self) -> Iterator[Offer]:
        with _told_of(self.repository), opened(self.file) as index:
            for fields in read_records(index.records):
                yield offer_of(fields)


@contextmanager
def _told_of(repository: Repository) -> Iterator[None]:
    """Errors name the repository."""
    try:
        yield
    except RefreshError as error:
        raise type(error)(f"{repository.name}: {error}") from error


def fetch_index(repository: Repository, name: IndexName, folder: Path, now: datetime, until: float) -> VerifiedIndex:
    """Fetch a repository's index into a folder, verify and unpack it.

    Raises:
        RefreshError: it did not come, or is not to be trusted.
    """
    packed, unpacked = folder / _FILE, folder / "APKINDEX.tar"
    with _told_of(repository):
        fetch(f"{repository.location.rstrip('/')}/{_FILE}", packed, most_bytes=_MOST_BYTES, until=until)
        head = read_head(packed)
        by = ""
        if repository.signed:
            if not repository.keys:
                raise NoSources(
                    f"no key of {name.architecture} comes with posture: name Alpine's public keys with the mirror "
                    "(/etc/apk/keys of a host has them)"
                )
            by = signer(packed, head, load_keys(repository.keys))
        unpack(packed, head.covered_from, unpacked)
        packed.unlink()
        return _read(repository, name, unpacked, by, now)


def _read(repository: Repository, name: IndexName, file: Path, by: str, now: datetime) -> VerifiedIndex:
    digest = hashlib.sha256()
    newest: datetime | None = None
    with opened(file) as index:
        description = index.description
        for fields in read_records(index.records):
            digest.update(f"{fields.get('P', '')} {fields.get('V', '')}\n".encode())
            at = built(fields, now)
            if at and (newest is None or at > newest):
                newest = at
    _check_branch(description, name)
    if newest is None:
        raise Refused("no package of it tells when it was built, so nobody can tell how old it is")
    return VerifiedIndex(repository, name, file, digest.hexdigest(), by, description, newest)


def _check_branch(description: str, name: IndexName) -> None:
    """All branches are signed by the same keys; the description is signed with the index and tells whose it is."""
    tag = _TAG.search(description)
    if tag is None:
        return
    branch, point = tag.groups()
    fits = point in {None, "0"} if name.release == EDGE else branch == name.release
    if not fits:
        raise Refused(f"it is the index of {branch}, not of {name.release}: {visible(description, 60)!r}")
