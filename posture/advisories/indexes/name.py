"""What an index is of, a release of a distribution for one architecture, and where its files lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class IndexName:
    """A release of a distribution for one architecture, the latter two in the distribution's own words.

    ``debian bookworm amd64``, ``almalinux 9 x86_64``, ``alpine v3.20 x86_64``. No release and no architecture has a
    dash in it: a family takes only what its tables know or what fits a strict pattern.
    """

    distribution: str
    release: str
    architecture: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.release} {self.architecture}"


@dataclass(frozen=True, slots=True)
class IndexPlace:
    """Where the files of an index lie."""

    folder: Path
    name: IndexName

    def file(self, ending: str) -> Path:
        """One of its files: sqlite (the index itself), lock, failed.json."""
        return self.folder / f"{self.name.distribution}-{self.name.release}-{self.name.architecture}.{ending}"


def places(folder: Path, *endings: str) -> tuple[IndexPlace, ...]:
    """The indexes that have a file of one of these endings in a folder."""
    stems = {path.name.removesuffix(f".{end}") for end in endings for path in folder.glob(f"*-*-*.{end}")}
    return tuple(IndexPlace(folder, IndexName(*stem.rsplit("-", 2))) for stem in sorted(stems))
