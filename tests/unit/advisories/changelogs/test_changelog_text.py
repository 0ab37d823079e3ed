"""Changelogs and their archives as a stranger may have made them."""

import io
import lzma
import tarfile

import pytest

from posture.advisories.feeds.changelogs import debian_tar
from posture.advisories.feeds.changelogs.changelog import MOST_ENTRIES, entries
from posture.advisories.feeds.changelogs.debian_tar import Unreadable, changelog_of
from posture.advisories.feeds.changelogs.memory import place, recall
from posture.advisories.feeds.changelogs.sources_file import read_sources

ONE = """hello (1.0-1) bookworm-security; urgency=HIGH, binary-only=yes

  [ Jane Doe ]
  * CVE-2026-1111/CVE-2026-2222: text (Closes: #1)

 -- Jane Doe <jane@example.test>  Mon, 02 Nov 2026 10:00:00 +0100
"""


def _archive(path, *members):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    path.write_bytes(lzma.compress(raw.getvalue()))
    return path


def test_an_entry_tells_its_suites_urgency_date_and_cves():
    """As deb-changelog(5) lays them out."""
    [entry] = entries(ONE.splitlines())
    assert (entry.source, entry.version, entry.suites, entry.urgency) == (
        "hello",
        "1.0-1",
        ("bookworm-security",),
        "high",
    )
    assert entry.cves == ("CVE-2026-1111", "CVE-2026-2222")


@pytest.mark.parametrize(
    "text",
    ["", "nonsense\n" * 1000, ONE.splitlines()[0], ONE.replace(" -- ", "--"), "hello (1.0-1) x; " + "a" * 10_000_000],
)
def test_what_is_no_whole_entry_is_none(text):
    """Cut short, without its closing line, or a line without end."""
    assert list(entries(text.splitlines())) == []


def test_a_date_that_is_none_leaves_the_entry():
    """Its CVEs count all the same."""
    [entry] = entries(ONE.replace("Mon, 02 Nov 2026 10:00:00 +0100", "some day in November").splitlines())
    assert (entry.at, len(entry.cves)) == (None, 2)


def test_entries_are_bounded():
    """A changelog may be of any length."""
    assert len(list(entries((ONE * 1000).splitlines()))) == MOST_ENTRIES


def test_a_changelog_behind_a_bomb_is_not_read(tmp_path, monkeypatch):
    """Nor is anything unpacked."""
    monkeypatch.setattr(debian_tar, "MOST_UNPACKED", 1 << 20)
    big = tarfile.TarInfo("debian/big")
    path = _archive(tmp_path / "a.debian.tar.xz", (big, bytes(8 << 20)), (tarfile.TarInfo("debian/changelog"), b"x"))
    with pytest.raises(Unreadable, match="before its changelog"):
        changelog_of(path)


def test_links_and_damage_are_told(tmp_path):
    """A changelog that is a link could name any file of this machine."""
    link = tarfile.TarInfo("debian/changelog")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with pytest.raises(Unreadable, match="no regular file"):
        changelog_of(_archive(tmp_path / "link.tar.xz", (link, b"")))
    with pytest.raises(Unreadable, match="no changelog"):
        changelog_of(_archive(tmp_path / "none.tar.xz"))
    (tmp_path / "cut.tar.xz").write_bytes(
        _archive(tmp_path / "x.tar.xz", (tarfile.TarInfo("a"), b"a")).read_bytes()[:60]
    )
    (tmp_path / "odd.tar.zst").write_bytes(b"")
    for name in ("cut.tar.xz", "odd.tar.zst", "gone.tar.gz"):
        with pytest.raises(Unreadable):
            changelog_of(tmp_path / name)


def test_a_damaged_memory_is_none(tmp_path):
    """Everything is read again."""
    place(tmp_path, "bookworm-security").write_text('{"schema": 1, "sources": []}')
    assert recall(tmp_path, "bookworm-security").sources == {}


def test_sources_that_only_back_binaries_are_left_out(tmp_path):
    """A third of the pocket's are old versions kept for their binaries; of the others the newest counts."""
    checksum = f"Checksums-Sha256:\n {'a' * 64} 10"
    listed = "".join(
        f"Package: {name}\nVersion: {version}\n{extra}{checksum} {name}_{version}.debian.tar.xz\n\n"
        for name, version, extra in (
            ("aa", "1.0-1", ""),
            ("aa", "1.0-10", ""),
            ("aa", "1.0-9", ""),
            ("bb", "1.0-1", "Extra-Source-Only: yes\n"),
            ("../cc", "1.0-1", ""),
            ("ee", "1.0-1/../../x", ""),
            ("dd", "-", ""),
        )
    )
    (tmp_path / "Sources").write_text(listed)
    found = read_sources(tmp_path / "Sources")
    assert {source: packaging.file for source, packaging in found.items()} == {"aa": "aa_1.0-10.debian.tar.xz"}


def test_a_file_name_stays_in_its_folder(tmp_path):
    """One that leads elsewhere is none: the source is taken as without a part of its own."""
    listed = f"Package: aa\nVersion: 1.0-1\nChecksums-Sha256:\n {'a' * 64} 10 ../../aa_1.0-1.debian.tar.xz\n"
    (tmp_path / "Sources").write_text(listed)
    assert read_sources(tmp_path / "Sources")["aa"].file == ""
