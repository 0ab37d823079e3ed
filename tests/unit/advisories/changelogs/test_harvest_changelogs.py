"""CVE names out of the changelogs of new security uploads, by apt-get from a signed archive."""

from datetime import timedelta

import pytest

from posture.advisories.errors import NoSources, Refused, Unreachable
from posture.advisories.feeds.changelogs import harvest as harvesting
from posture.advisories.feeds.changelogs.gather import gather
from posture.advisories.feeds.changelogs.harvest import Limits, harvest
from posture.advisories.feeds.formats import debian_changelogs
from posture.advisories.feeds.records import Advisory, Affected, Dated, Scheme
from posture.advisories.indexes.apt.archives import Archives

SECURITY = "bookworm-security"


def _advisories(folder):
    files = [(path.name, path.read_bytes()) for path in folder.iterdir()]
    return {
        each.id: each for each in debian_changelogs.read(files, frozenset({"Debian"})) if isinstance(each, Advisory)
    }


def _dated(folder):
    [path] = folder.iterdir()
    every = debian_changelogs.read([(path.name, path.read_bytes())], frozenset())
    [date] = [each.at for each in every if isinstance(each, Dated)]
    return date


def test_uploads_to_the_release_become_advisories(sources, soon, tmp_path):
    """Point releases as well as security updates; what came from unstable before the release is none of its updates."""
    sources.upload(
        "hello",
        "1:1.0-1+deb12u2",
        ("1:1.0-1+deb12u2", SECURITY, "Fix CVE-2026-1111 and CVE-2026-2222, again CVE-2026-1111."),
        ("1:1.0-1+deb12u1", "bookworm", "CVE-2025-3333: point release."),
        ("1:1.0-1", "unstable", "New upstream version: CVE-2020-4444."),
    )
    sources.upload("quiet", "2.0-1~deb12u1", ("2.0-1~deb12u1", SECURITY, "New certificates."))
    sources.publish()
    done = harvest(tmp_path, sources.entry, soon())
    assert (done.suite, done.read, done.left, done.refused) == (SECURITY, 2, 0, ())
    found = _advisories(tmp_path)
    assert set(found) == {"hello 1:1.0-1+deb12u2", "hello 1:1.0-1+deb12u1"}
    newest = found["hello 1:1.0-1+deb12u2"]
    assert newest.cves == ("CVE-2026-1111", "CVE-2026-2222")
    assert newest.affected == (Affected("Debian:12", "hello", Scheme.DPKG, fixed="1:1.0-1+deb12u2"),)
    assert newest.published
    assert newest.published.isoformat() == "2026-11-02T09:00:00+00:00"


def test_only_what_is_new_is_fetched_and_what_is_known_is_kept(sources, soon, tmp_path):
    """The second update reads one changelog; the first one's CVEs stay, though its file is gone from the archive."""
    sources.upload("old", "1.0-1+deb12u1", ("1.0-1+deb12u1", SECURITY, "CVE-2026-1111"))
    sources.publish(timedelta(hours=2))
    assert harvest(tmp_path, sources.entry, soon()).read == 1
    for path in sources.pool.glob("old_*.debian.tar.*"):
        path.unlink()
    sources.upload("new", "1.0-1+deb12u1", ("1.0-1+deb12u1", SECURITY, "CVE-2026-2222"))
    sources.publish()
    done = harvest(tmp_path, sources.entry, soon())
    assert (done.read, done.left) == (1, 0)
    assert set(_advisories(tmp_path)) == {"old 1.0-1+deb12u1", "new 1.0-1+deb12u1"}


def test_an_update_is_bounded_and_the_next_one_goes_on(sources, soon, tmp_path):
    """By count; the size of a file alone can rule it out."""
    for name in ("aa", "bb", "cc"):
        sources.upload(name, "1.0-1", ("1.0-1", SECURITY, "CVE-2026-1111"))
    sources.publish()
    first = harvest(tmp_path, sources.entry, soon(), Limits(sources=2))
    assert (first.read, first.left) == (2, 1)
    second = harvest(tmp_path, sources.entry, soon(), Limits(sources=2))
    assert (second.read, second.left) == (1, 0)
    huge = harvest(tmp_path / "other", sources.entry, soon(), Limits(one_file=10))
    assert (huge.read, huge.left, len(huge.refused)) == (0, 0, 3)


def test_a_native_package_is_told_and_not_fetched_whole(sources, soon, tmp_path):
    """Its changelog lies in the whole of the source."""
    sources.upload("native", "1.0", ("1.0", SECURITY, "CVE-2026-1111"), native=True)
    sources.publish()
    done = harvest(tmp_path, sources.entry, soon())
    assert (done.read, [each.what for each in done.refused]) == (0, ["native 1.0"])


def test_a_changed_file_is_refused_by_itself(sources, soon, tmp_path):
    """apt-get holds each file against the signed index; the next update tries it again."""
    for name in ("bad", "good"):
        sources.upload(name, "1.0-1", ("1.0-1", SECURITY, "CVE-2026-1111"))
    sources.publish()
    [file] = sources.pool.glob("bad_*.debian.tar.*")
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"x")
    done = harvest(tmp_path, sources.entry, soon())
    assert (done.read, [each.what for each in done.refused]) == (1, ["bad 1.0-1"])
    assert set(_advisories(tmp_path)) == {"good 1.0-1"}
    file.write_bytes(whole)
    assert harvest(tmp_path, sources.entry, soon()).read == 1
    assert set(_advisories(tmp_path)) == {"good 1.0-1", "bad 1.0-1"}


def test_a_missing_file_holds_up_no_other(sources, soon, tmp_path, monkeypatch):
    """A mirror may lack many; a mirror without any of them is told as such."""
    monkeypatch.setattr(harvesting, "_LOST", 2)
    for name in ("aa", "bb", "cc", "dd"):
        sources.upload(name, "1.0-1", ("1.0-1", SECURITY, "CVE-2026-1111"))
    sources.publish()
    for gone in (*sources.pool.glob("aa_*.debian.tar.*"), *sources.pool.glob("bb_*.debian.tar.*")):
        gone.unlink()
    done = harvest(tmp_path, sources.entry, soon())
    assert (done.read, {each.what for each in done.refused}) == (2, {"aa 1.0-1", "bb 1.0-1"})
    for gone in sources.pool.glob("*.debian.tar.*"):
        gone.unlink()
    with pytest.raises(Unreachable, match="none of 4 source packages came"):
        harvest(tmp_path / "other", sources.entry, soon())


def test_what_is_missing_for_ever_holds_up_no_update(sources, soon, tmp_path):
    """The next update tries the others first, though they are larger."""
    for name in ("aa", "bb", "cc"):
        sources.upload(name, "1.0-1", ("1.0-1", SECURITY, "CVE-2026-1111" + " more" * 400 * (name == "cc")))
    sources.publish()
    for gone in (*sources.pool.glob("aa_*.debian.tar.*"), *sources.pool.glob("bb_*.debian.tar.*")):
        gone.unlink()
    with pytest.raises(Unreachable):
        harvest(tmp_path, sources.entry, soon(), Limits(sources=2))
    assert harvest(tmp_path, sources.entry, soon(), Limits(sources=2)).read == 1
    assert set(_advisories(tmp_path)) == {"cc 1.0-1"}


def test_a_stranger_cannot_sign_it_and_an_older_index_is_not_taken(sources, keys, soon, tmp_path):
    """Neither changes what is known."""
    sources.upload("good", "1.0-1", ("1.0-1", SECURITY, "CVE-2026-1111"))
    sources.publish()
    harvest(tmp_path, sources.entry, soon())
    sources.publish(timedelta(days=2))
    with pytest.raises(Refused, match="older than the one of"):
        harvest(tmp_path, sources.entry, soon())
    sources.key = keys("theirs")
    sources.publish()
    with pytest.raises(Refused):
        harvest(tmp_path, sources.entry, soon())
    assert set(_advisories(tmp_path)) == {"good 1.0-1"}


def test_no_time_and_no_pocket_are_told(sources, tmp_path, soon):
    """Before anything is fetched."""
    sources.publish()
    with pytest.raises(Unreachable, match="no time was left"):
        harvest(tmp_path, sources.entry, 0.0)
    with pytest.raises(NoSources, match="no security pocket"):
        harvest(tmp_path, type(sources.entry)("file:/nowhere", "noble-security", ("main",)), soon())


def test_the_index_dates_the_data(sources, soon, tmp_path):
    """Also where it has nothing new."""
    sources.upload("good", "1.0-1", ("1.0-1", SECURITY, "CVE-2026-1111"))
    sources.publish(timedelta(hours=5))
    harvest(tmp_path, sources.entry, soon())
    first = _dated(tmp_path)
    sources.publish(timedelta(hours=1))
    harvest(tmp_path, sources.entry, soon())
    assert timedelta(hours=4) <= _dated(tmp_path) - first < timedelta(hours=5)


def test_a_feed_of_several_releases_keeps_what_one_of_them_gave(sources, soon, tmp_path):
    """The other's failure is told; a location that is no release is a mistake of whoever wrote it."""
    sources.upload("good", "1.0-1", ("1.0-1", SECURITY, "CVE-2026-1111"))
    sources.publish()
    listed = tmp_path / "archive.sources"
    head = f"Types: deb\nURIs: file:{sources.folder}\nComponents: main\nSigned-By: {sources.key.public}\n"
    listed.write_text(f"{head}Suites: bookworm-security trixie-security\n")
    done = gather(tmp_path / "kept", ["apt:bookworm", "apt:trixie"], soon(), Archives(listed))
    assert [each.read for each in done.harvests] == [1]
    assert [str(each).partition(":")[0] for each in done.failures] == ["trixie-security"]
    records = debian_changelogs.read([(path.name, path.read_bytes()) for path in done.files], frozenset())
    assert [each.id for each in records if isinstance(each, Advisory)] == ["good 1.0-1"]
    with pytest.raises(NoSources, match="apt:nosuch names no release"):
        gather(tmp_path / "kept", ["apt:nosuch"], soon(), Archives(listed))
    with pytest.raises(Unreachable):
        gather(tmp_path / "kept", ["apt:trixie"], soon(), Archives(listed))
