"""Which archives the changelogs are fetched from."""

from posture.advisories.feeds.changelogs.pockets import security_pockets
from posture.advisories.indexes.apt.archives import Archives


def test_the_security_pocket_of_each_release_is_taken_from_the_list(tmp_path):
    """Not its other pockets, and each once."""
    path = tmp_path / "archive.sources"
    suites = "bookworm bookworm-updates bookworm-security trixie trixie-security"
    path.write_text(f"Types: deb\nURIs: https://mirror.example.test/debian\nSuites: {suites}\nComponents: main\n")
    found = security_pockets(["bookworm", "trixie"], Archives(path))
    assert [entry.suite for entry in found] == ["bookworm-security", "trixie-security"]
