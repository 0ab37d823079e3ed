"""The archives a machine is configured with are read as apt reads them."""

import pytest

from posture.advisories.errors import NoSources
from posture.advisories.indexes.apt.sources import ArchiveEntry, from_file, from_machine, machine_entries
from posture.advisories.indexes.name import IndexName

BOOKWORM = IndexName("debian", "bookworm", "amd64")
TRIXIE = IndexName("debian", "trixie", "amd64")
OWN = ("debian", "bookworm")

ONE_LINE = """\
# deb http://mirror.example/debian sid main
deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] http://mirror.example/debian bookworm main contrib # why
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian-security bookworm-security main
deb cdrom:[Debian 12]/ bookworm main
deb http://tools.example/apt bookworm stable
deb http://mirror.example/debian bookworm-backports main
"""

DEB822 = """\
Types: deb deb-src
URIs: http://one.example/debian/ http://two.example/debian/
Suites: bookworm
  bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEZ
# a comment inside
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
Enabled: no
URIs: http://three.example/debian/
Suites: bookworm
Components: main

types: deb
uris: http://four.example/debian/
suites: stable-security
components: main
"""


@pytest.fixture
def etc(tmp_path):
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_one_line_entries_are_read(etc):
    """Comments, source archives and discs are left out."""
    (etc / "sources.list").write_text(ONE_LINE)
    first, *rest = machine_entries(etc)
    assert first == ArchiveEntry(
        "http://mirror.example/debian", "bookworm", ("main", "contrib"), "/usr/share/keyrings/a.gpg"
    )
    assert [entry.suite for entry in rest] == ["bookworm-security", "bookworm", "bookworm-backports"]


def test_paragraphs_are_read(etc):
    """Disabled ones are left out; a key block is kept whole; field names have no case."""
    (etc / "sources.list.d/debian.sources").write_text(DEB822)
    entries = machine_entries(etc)
    assert [(entry.uri[7:10], entry.suite) for entry in entries] == [
        ("one", "bookworm"),
        ("one", "bookworm-updates"),
        ("two", "bookworm"),
        ("two", "bookworm-updates"),
        ("fou", "stable-security"),
    ]
    assert entries[0].signed_by.count("\n") == 4
    assert "comment" not in entries[0].signed_by


def test_only_the_releases_own_pockets_are_asked_for(etc):
    """No backports, no archive without the component main."""
    (etc / "sources.list").write_text(ONE_LINE)
    found = from_machine(machine_entries(etc), OWN, BOOKWORM)
    assert [(entry.uri, entry.suite) for entry in found] == [
        ("http://mirror.example/debian", "bookworm"),
        ("http://mirror.example/debian-security", "bookworm-security"),
    ]
    assert found[0].optional == ("non-free", "non-free-firmware")


def test_another_release_is_looked_for_where_this_machines_own_is(etc):
    """The codename changes, the pocket stays; suites named by age become codenames."""
    (etc / "sources.list.d/debian.sources").write_text(DEB822)
    found = from_machine(machine_entries(etc), OWN, TRIXIE)
    assert {entry.suite for entry in found} == {"trixie", "trixie-updates", "trixie-security"}


def test_another_distribution_needs_a_sources_file():
    with pytest.raises(NoSources, match="sources file"):
        from_machine((), OWN, IndexName("ubuntu", "noble", "amd64"))


def test_a_machine_without_archives_needs_a_sources_file(etc):
    with pytest.raises(NoSources, match="sources file"):
        from_machine(machine_entries(etc), OWN, BOOKWORM)


def test_a_sources_file_is_taken_as_written(etc):
    (etc / "mirrors.list").write_text("deb http://m.example/debian trixie main\n" + ONE_LINE)
    assert [entry.suite for entry in from_file(etc / "mirrors.list", TRIXIE)] == ["trixie"]
    with pytest.raises(NoSources, match="names no archive of debian forky amd64: add the suites forky"):
        from_file(etc / "mirrors.list", IndexName("debian", "forky", "amd64"))
    with pytest.raises(NoSources, match="cannot read"):
        from_file(etc / "none.list", TRIXIE)
