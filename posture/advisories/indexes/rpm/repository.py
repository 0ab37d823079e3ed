"""One RPM repository: fetched, its signature and hashes checked, and made a part of the index."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from posture.advisories.errors import NoSources, RefreshError, Refused, Unreachable
from posture.advisories.fetch import fetch
from posture.advisories.indexes.build import Part
from posture.advisories.indexes.offers import Mended, Notice, Offer
from posture.advisories.indexes.rpm.modules import read_streams
from posture.advisories.indexes.rpm.primary import read_offers
from posture.advisories.indexes.rpm.repomd import MOST_HEAD, Head, RepositoryFile, read_head
from posture.advisories.indexes.rpm.unpack import unpacked
from posture.advisories.indexes.rpm.updateinfo import read_notices
from posture.advisories.signature import signer

_MOST_SIGNATURE = 64 << 10
_PIECE = 1 << 20
NO_ADVISORIES = "without advisories"


@dataclass(frozen=True, slots=True)
class Repository:
    """Where a repository is. `keys` are files of public keys; `signed` is False where the provider takes it without."""

    name: str
    location: str
    keys: tuple[Path, ...]
    signed: bool = True


@dataclass(frozen=True, slots=True)
class VerifiedHead:
    """A repository with its head. `signer` is the fingerprint of the key, empty where it is taken unsigned."""

    repository: Repository
    head: Head
    signer: str


@contextmanager
def _told_of(repository: Repository) -> Iterator[None]:
    """Errors name the repository."""
    try:
        yield
    except RefreshError as error:
        raise type(error)(f"{repository.name}: {error}") from error


def _below(location: str, path: str) -> str:
    return f"{location.rstrip('/')}/{path}"


def fetch_head(repository: Repository, now: datetime, until: float) -> VerifiedHead:
    """Fetch repomd.xml and its signature, and verify it.

    Raises:
        RefreshError: it did not come, or is not to be trusted.
    """
    with _told_of(repository), tempfile.TemporaryDirectory(prefix="posture-index-") as folder:
        data, signature = Path(folder) / "repomd.xml", Path(folder) / "repomd.xml.asc"
        if repository.signed and not repository.keys:
            raise NoSources("no key comes with posture to verify it with: name its key files with the mirror")
        _fetch(_below(repository.location, "repodata/repomd.xml"), data, MOST_HEAD, until)
        by = ""
        if repository.signed:
            try:
                _fetch(_below(repository.location, "repodata/repomd.xml.asc"), signature, _MOST_SIGNATURE, until)
            except Unreachable as error:
                raise Refused(
                    f"its head is not signed, or the signature did not come ({error}). If it is not meant to be, say "
                    "`signed = false` with the mirror"
                ) from error
            by = signer(data, signature, repository.keys, until)
        return VerifiedHead(repository, read_head(data.read_bytes(), now), by)


def fetch_part(verified: VerifiedHead, folder: Path, until: float) -> Part:
    """Fetch the files of a repository into a folder, check their hashes, and give what is in them.

    Packages and advisories are read when the index is built; `folder` must be there until then.

    Raises:
        RefreshError: a file did not come, or is not the one that the head names.
    """
    repository, head = verified.repository, verified.head
    with _told_of(repository):
        files = {kind: _fetched(repository, file, folder, until) for kind, file in head.files.items()}
        streams = read_streams(_content(head, files, "modules")) if "modules" in files else {}
    return Part(
        date=head.date,
        valid_until=None,
        keyring=verified.signer,
        components=" ".join(sorted(files)) if "updateinfo" in files else NO_ADVISORIES,
        offers=_offers(verified, files, streams),
        notices=_notices(verified, files, streams),
    )


def _offers(verified: VerifiedHead, files: Mapping[str, Path], streams: Mapping[str, str]) -> Iterator[Offer]:
    with _told_of(verified.repository):
        yield from read_offers(_content(verified.head, files, "primary"), streams)


def _notices(
    verified: VerifiedHead, files: Mapping[str, Path], streams: Mapping[str, str]
) -> Iterator[tuple[Notice, Sequence[Mended]]]:
    if "updateinfo" in files:
        with _told_of(verified.repository):
            yield from read_notices(_content(verified.head, files, "updateinfo"), streams)


def _content(head: Head, files: Mapping[str, Path], kind: str) -> Iterator[bytes]:
    return unpacked(files[kind], head.files[kind].path, head.files[kind].open_size)


def _fetch(location: str, target: Path, most: int, until: float) -> None:
    fetch(location, target, most_bytes=most, until=until)


def _fetched(repository: Repository, file: RepositoryFile, folder: Path, until: float) -> Path:
    target = folder / file.path.replace("/", "_")
    _fetch(_below(repository.location, file.path), target, file.size, until)
    digest = hashlib.new(file.hash)
    with target.open("rb") as content:
        while piece := content.read(_PIECE):
            digest.update(piece)
    if digest.hexdigest() != file.digest:
        raise Refused(f"{file.path} is not the file that the signed head names: its hash is another")
    return target
