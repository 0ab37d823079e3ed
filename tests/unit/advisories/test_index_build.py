"""An index that cannot be finished leaves the last good one alone."""

import resource
from datetime import UTC, datetime

import pytest
from repository import Deb

from posture.advisories.errors import NotWritten, Refused
from posture.advisories.indexes.apt.fetch import FetchedSuite
from posture.advisories.indexes.apt.refresh import part, plausible
from posture.advisories.indexes.apt.release_file import ReleaseFile
from posture.advisories.indexes.apt.sources import ArchiveEntry
from posture.advisories.indexes.build import build_index
from posture.advisories.indexes.file import open_index
from posture.advisories.indexes.name import IndexName, IndexPlace

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ENTRY = ArchiveEntry("file:/archive", "bookworm", ("main",))
NAME = IndexName("debian", "bookworm", "amd64")


@pytest.fixture
def suite(tmp_path):
    """Makes a fetched suite that offers so many packages."""

    def make(count):
        path = tmp_path / f"{count}_Packages"
        path.write_text("".join(Deb(f"package{number}", "1.0").stanza() for number in range(count)))
        head = ReleaseFile("Debian", "stable", "bookworm", NOW, None, frozenset({"amd64"}))
        suites = {"bookworm": FetchedSuite(ENTRY, head, (path,)), "bookworm-security": FetchedSuite(ENTRY, head, ())}
        return {pocket: part(suite) for pocket, suite in suites.items()}

    return make


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir()
    return IndexPlace(folder, NAME)


def state(place):
    with open_index(place) as index:
        return index.pockets, index.candidates(["package1"])


def test_a_full_disk_leaves_the_last_good_index(place, suite):
    """The file-size limit stands for the disk's end."""
    build_index(place, suite(10), (), NOW, plausible(NAME))
    before = state(place)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    big = suite(5000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(NotWritten, match="cannot store the index"):
            build_index(place, big, before[0], NOW, plausible(NAME))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert state(place) == before
    assert [path.name for path in place.folder.iterdir()] == ["debian-bookworm-amd64.sqlite"]


def test_an_archive_without_packages_is_no_index(place, suite):
    """Every package of every host would be foreign."""
    with pytest.raises(Refused, match="offers no package"):
        build_index(place, suite(0), (), NOW, plausible(NAME))
    assert list(place.folder.iterdir()) == []


def test_a_reader_keeps_its_index_while_a_new_one_takes_its_place(place, suite):
    """The new file is renamed over the old one: no audit sees half of each."""
    build_index(place, suite(10), (), NOW, plausible(NAME))
    with open_index(place) as index:
        build_index(place, suite(20), (), NOW, plausible(NAME))
        assert index.candidates(["package15"]) == {}
    with open_index(place) as index:
        assert index.candidates(["package15"])["package15"]
