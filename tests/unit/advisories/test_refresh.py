"""Real apt-get on archives of our own: what is taken, what is refused, and what is said of it."""

import sqlite3
import threading
from datetime import timedelta

import pytest
from repository import Archive, Deb, open_folder

from posture.advisories.errors import NoSources, NotWritten, RefreshError, Refused, Unreachable
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.apt import refresh
from posture.advisories.indexes.apt.of_host import index_name
from posture.advisories.indexes.name import IndexName
from posture.facts.host import OsRelease
from posture.facts.unavailable import Unavailable
from posture.model.run import SourceState

BOOKWORM = OsRelease("debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)")
NAME = IndexName("debian", "bookworm", "amd64")


def index_source(advisor, now):
    return next(source for source in advisor.sources(now) if source.name.startswith("package index"))


def expect_refused(advisor, host, now, match):
    """A newer index was refused: the last good one answers, and says that it is not the last word."""
    with pytest.raises(Refused, match=match):
        advisor.refresh(NAME, now, timedelta(0))
    pending = advisor.pending(BOOKWORM, host(hello="1.0"), now)
    assert [(update.package, update.candidate) for update in pending.updates] == [("hello", "1.0+deb12u1")]
    assert "no known update as of" in pending.stale
    assert "refused" in pending.stale
    source = index_source(advisor, now)
    assert source.state is SourceState.STALE
    assert source.note == pending.stale


def test_a_well_signed_archive_is_taken(advisor, host, now):
    """The index answers afterwards, is not stale, and names what it stands on."""
    done = advisor.refresh(NAME, now)
    assert set(done.changed) == {"bookworm", "bookworm-security"}
    assert done.rows == 3
    pending = advisor.pending(BOOKWORM, host(hello="1.0"), now)
    assert pending.stale == ""
    assert pending.index == "debian bookworm: main security"
    assert pending.fetched == now
    assert pending.index_date < now
    assert index_source(advisor, now).state is SourceState.CURRENT


def test_an_index_that_was_just_confirmed_is_not_fetched_again(advisor, archive, now):
    """Within the given age the mirror is left alone; beyond it only what has changed is fetched."""
    advisor.refresh(NAME, now)
    archive.publish("bookworm-security", [Deb("hello", "1.0+deb12u2")], date=now)
    assert advisor.refresh(NAME, now + timedelta(hours=5)).changed == ()
    assert advisor.refresh(NAME, now + timedelta(hours=7)).changed == ("bookworm-security",)


def test_another_key_is_refused(advisor, archive, keys, host, now):
    """An archive signed by somebody else does not count, however new."""
    advisor.refresh(NAME, now)
    archive.publish("bookworm-security", [], date=now, key=keys("theirs"))
    expect_refused(advisor, host, now, "NO_PUBKEY|not available|[Mm]issing key|couldn't be verified")


def test_an_unsigned_archive_is_refused(advisor, archive, host, now):
    """Also where the machine's own apt configuration would allow it."""
    advisor.refresh(NAME, now)
    archive.publish("bookworm-security", [], date=now, signed=False)
    expect_refused(advisor, host, now, "not signed")


def test_a_tampered_packages_file_is_refused(advisor, archive, host, now):
    """Its hash stands in the signed head."""
    advisor.refresh(NAME, now)
    suite = archive.publish("bookworm-security", [Deb("hello", "1.0+deb12u2")], date=now)
    path = suite / "main/binary-amd64/Packages"
    path.write_bytes(path.read_bytes().replace(b"deb12u2", b"deb12u0"))
    expect_refused(advisor, host, now, "Hash Sum mismatch|unexpected size")


def test_an_expired_archive_is_refused(advisor, archive, host, now):
    """A mirror that stands still hides updates; Valid-Until shows it."""
    advisor.refresh(NAME, now)
    archive.publish("bookworm-security", [], date=now - timedelta(minutes=20), valid_for=timedelta(minutes=10))
    expect_refused(advisor, host, now, "expired")


def test_an_older_archive_is_refused(advisor, archive, host, now):
    """Playing back a validly signed older index would hide updates."""
    advisor.refresh(NAME, now)
    archive.publish("bookworm-security", [], date=now - timedelta(days=1))
    expect_refused(advisor, host, now, "older than the one")


def test_a_mirror_that_turns_older_between_two_looks_is_refused(advisor, archive, host, now, monkeypatch):
    """What is taken is looked at again: an old one may be played back once the first look has passed."""
    advisor.refresh(NAME, now)
    archive.publish("bookworm-security", [Deb("hello", "1.0+deb12u2")], date=now)
    first_look = refresh._heads

    def then_played_back(*arguments):
        heads = first_look(*arguments)
        archive.publish("bookworm-security", [], date=now - timedelta(days=1))
        return heads

    monkeypatch.setattr(refresh, "_heads", then_played_back)
    expect_refused(advisor, host, now, "older than the one")


def test_one_pocket_served_as_another_is_refused(advisor, archive, host, now):
    """What a pocket is stands in the signed head, not in the address: the release cannot pose as -security."""
    advisor.refresh(NAME, now)
    release = archive.folder / "dists/bookworm/InRelease"
    (archive.folder / "dists/bookworm-security/InRelease").write_bytes(release.read_bytes())
    with pytest.raises(RefreshError, match="no signed index of bookworm-security"):
        advisor.refresh(NAME, now, timedelta(0))


def test_an_archive_that_lost_its_packages_is_refused_until_forced(advisor, archive, host, now):
    """An archive does not shrink by a tenth from one day to the next."""
    archive.publish("bookworm", [Deb(f"package{number}", "1") for number in range(20)])
    advisor.refresh(NAME, now)
    archive.publish("bookworm", [Deb(f"package{number}", "1") for number in range(17)], date=now)
    with pytest.raises(Refused, match="offers 17 packages, last time it offered 20"):
        advisor.refresh(NAME, now, timedelta(0))
    assert advisor.refresh(NAME, now, timedelta(0), force=True).changed == ("bookworm",)
    assert advisor.pending(BOOKWORM, host(package18="1"), now).foreign == ("dpkg", "package18")


def test_a_success_ends_the_staleness(advisor, archive, keys, host, now):
    """After the archive is in order again nothing is held against it, also within the age."""
    advisor.refresh(NAME, now)
    archive.publish("bookworm-security", [], date=now, key=keys("theirs"))
    with pytest.raises(Refused):
        advisor.refresh(NAME, now, timedelta(0))
    archive.publish("bookworm-security", [Deb("hello", "1.0+deb12u1")], date=now)
    advisor.refresh(NAME, now)
    assert advisor.pending(BOOKWORM, host(hello="1.0"), now).stale == ""


def test_a_mirror_that_is_gone_makes_the_index_stale_with_time(advisor, archive, host, now):
    """It is no sign of fraud: the index is good for three days, then its age is said."""
    advisor.refresh(NAME, now)
    (archive.folder / "dists").rename(archive.folder / "gone")
    with pytest.raises(Unreachable, match="sources file"):
        advisor.refresh(NAME, now + timedelta(days=2))
    assert advisor.pending(BOOKWORM, host(hello="1.0"), now + timedelta(days=2)).stale == ""
    stale = advisor.pending(BOOKWORM, host(hello="1.0"), now + timedelta(days=4)).stale
    assert stale.startswith(f"no known update as of {now:%Y-%m-%d}")


def test_without_an_index_the_reason_and_the_next_step_are_told(advisor, archive, keys, host, now):
    """Nothing is judged, and nothing is called up to date."""
    archive.publish("bookworm-security", [], key=keys("theirs"))
    with pytest.raises(Refused):
        advisor.refresh(NAME, now)
    pending = advisor.pending(BOOKWORM, host(hello="1.0"), now)
    assert isinstance(pending, Unavailable)
    assert "bookworm-security" in pending.reason
    assert "posture feeds update" in pending.reason
    assert index_source(advisor, now).state is SourceState.MISSING


def test_archives_of_other_origins_do_not_count(advisor, archive, host, now, tmp_path):
    """A third-party archive may carry the release's codename; its packages are not the distribution's."""
    archive.origin = "Example Corp"
    for pocket in ("bookworm", "bookworm-security"):
        archive.publish(pocket, [Deb("hello", "9")])
    with pytest.raises(NoSources, match="do not include it"):
        advisor.refresh(NAME, now)


def test_sources_without_the_security_pocket_are_refused(archive, now, tmp_path):
    """Without it every host would look up to date."""
    advisor = IndexAdvisor(tmp_path, archive.sources(tmp_path / "test.sources", ("",)))
    with pytest.raises(NoSources, match="no signed index of bookworm-security"):
        advisor.refresh(NAME, now)


def test_an_architecture_the_archive_lacks_is_named(advisor, now):
    with pytest.raises(NoSources, match="not offered for riscv64"):
        advisor.refresh(index_name(BOOKWORM, "riscv64"), now)


def test_ubuntu_names_its_pockets_by_suite(keys, host, now, tmp_path):
    """Its codename is the same in every pocket."""
    with open_folder() as folder:
        archive = Archive(folder, keys(), "noble", origin="Ubuntu")
        archive.publish("noble", [Deb("hello", "1.0")], valid_for=None)
        archive.publish("noble-updates", [Deb("hello", "1.2")], valid_for=None)
        archive.publish("noble-security", [Deb("hello", "1.1")], valid_for=None)
        advisor = IndexAdvisor(tmp_path, archive.sources(tmp_path / "test.sources"))
        noble = OsRelease("ubuntu", "24.04", "noble", "Ubuntu 24.04 LTS")
        advisor.refresh(index_name(noble, "amd64"), now)
    (update,) = advisor.pending(noble, host(hello="1.0"), now).updates
    assert (update.candidate, update.pocket, update.security) == ("1.2", "noble-updates", True)


def test_a_damaged_index_is_said_and_built_again(advisor, host, now):
    """Half a file is no index."""
    advisor.refresh(NAME, now)
    (path,) = advisor._cache.glob("*.sqlite")
    path.write_bytes(path.read_bytes()[:3000])
    pending = advisor.pending(BOOKWORM, host(hello="1.0"), now)
    assert isinstance(pending, Unavailable)
    assert index_source(advisor, now).state is SourceState.MISSING
    advisor.refresh(NAME, now)
    assert advisor.pending(BOOKWORM, host(hello="1.0"), now).updates


def test_a_folder_that_cannot_be_written_is_said(archive, now, tmp_path):
    (tmp_path / "file").write_text("")
    advisor = IndexAdvisor(tmp_path / "file" / "cache", archive.sources(tmp_path / "test.sources"))
    with pytest.raises(NotWritten, match="cannot write to the folder"):
        advisor.refresh(NAME, now)


def test_two_updaters_do_not_disturb_each_other(advisor, host, now):
    """The second one waits, and finds the work done."""
    done = []
    threads = [threading.Thread(target=lambda: done.append(advisor.refresh(NAME, now))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(each.changed) for each in done) == [0, 0, 2]
    assert [path.name for path in advisor._cache.iterdir() if path.suffix == ".new"] == []


def test_nothing_is_left_among_the_temporary_files(advisor, archive, keys, now, monkeypatch):
    """Neither after a success nor after a refusal."""
    with open_folder() as folder:
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        advisor.refresh(NAME, now)
        archive.publish("bookworm", [], key=keys("theirs"))
        with pytest.raises(Refused):
            advisor.refresh(NAME, now, timedelta(0))
        monkeypatch.undo()
        assert list(folder.iterdir()) == []


def test_an_index_of_another_layout_is_not_read(advisor, host, now):
    """A later version of the program may write other tables."""
    advisor.refresh(NAME, now)
    (path,) = advisor._cache.glob("*.sqlite")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    pending = advisor.pending(BOOKWORM, host(hello="1.0"), now)
    assert "another version of the program" in pending.reason
