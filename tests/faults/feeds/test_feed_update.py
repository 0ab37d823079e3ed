from __future__ import annotations

import fcntl
import gzip
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from feed_server import plain, serving

from posture.advisories.errors import NotWritten, RefreshError, Refused, Unreachable
from posture.advisories.feeds.config import Feed
from posture.advisories.feeds.file import FeedPlace, read_head
from posture.advisories.feeds.status import feed_source
from posture.advisories.feeds.update import Updated, update_feed
from posture.model.run import SourceState

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def catalogue(entries: int = 100, released: datetime = NOW - DAY, **extra: object) -> bytes:
    rows = [
        {"cveID": f"CVE-2026-{1000 + n}", "dateAdded": "2026-11-01", "dueDate": "2026-11-22"} for n in range(entries)
    ]
    return json.dumps(
        {"dateReleased": released.isoformat(), "count": entries, "vulnerabilities": rows} | extra
    ).encode()


def advisory(number: int, package: str = "a", version: str = "1.2-1", ecosystem: str = "Debian:12") -> bytes:
    """The OSV record of one advisory."""
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": version}]}],
    }
    return json.dumps({"id": f"DSA-{number}-1", "modified": "2026-11-20T00:00:00Z", "affected": [affected]}).encode()


@pytest.fixture
def feed(tmp_path) -> Feed:
    source = tmp_path / "source" / "kev.json"
    source.parent.mkdir()
    source.write_bytes(catalogue())
    return Feed("kev", "kev", (str(source),), max_silence=30 * DAY)


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "feeds"


def bring(feed: Feed, folder: Path, content: bytes | None = None, at: datetime = NOW, **options) -> Updated:
    if content is not None:
        Path(feed.locations[0]).write_bytes(content)
    return update_feed(feed, folder, at, **options)


def kept(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if ".feed.sqlite" in path.name}


def hostile() -> bytes:
    """A good catalogue, as many entries of which again are none."""
    bad = "x\x1b[2J\u202e\ud800" + "A" * 9000
    rows = json.loads(catalogue())["vulnerabilities"]
    odd = [{"cveID": bad, "dateAdded": bad}, {"cveID": [[]]}, None, 7] * 25
    return catalogue(vulnerabilities=[*rows, *odd], count=200)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (catalogue()[:-200], "not JSON"),
        (gzip.compress(catalogue())[:-9], "damaged or cut short"),
        (b"", "no record"),
        (b"<html>Please sign in</html>", "no record"),
        (catalogue(60), "last time it had 100"),
        (catalogue(released=NOW - 9 * DAY), "older than what is kept"),
        (catalogue(released=NOW + 9 * DAY), "in the future"),
        (hostile(), "cannot be read"),
        (gzip.compress(bytes(64 << 20)) * 160, "unpacks to more than"),
    ],
)
def test_a_feed_that_is_not_to_be_trusted_changes_nothing_and_says_so(feed, folder, content: bytes, why: str):
    """Truncated, emptied, shrunk, older, of tomorrow, hostile, a bomb: the last good one stays, byte for byte."""
    bring(feed, folder)
    before = kept(folder)
    with pytest.raises(Refused, match=why) as caught:
        bring(feed, folder, content)
    assert kept(folder) == before
    assert {path.name for path in folder.iterdir()} == {*before, "kev.lock", "kev.failed.json"}
    source = feed_source(folder, feed, NOW)
    assert source.state is SourceState.STALE
    assert "a newer one was refused" in source.note
    assert "\x1b" not in str(caught.value)
    assert not bring(feed, folder, catalogue()).changed
    assert feed_source(folder, feed, NOW).state is SourceState.CURRENT


def test_a_feed_that_has_shrunk_is_taken_when_forced_but_never_an_older_one(feed, folder):
    """Force is the operator's word that entries were withdrawn; it does not undo time."""
    bring(feed, folder)
    assert bring(feed, folder, catalogue(60), force=True).head.rows == {"exploited": 60}
    with pytest.raises(Refused, match="older"):
        bring(feed, folder, catalogue(released=NOW - 9 * DAY), force=True)


def test_growth_and_the_loss_of_a_few_entries_are_told_only(feed, folder):
    """A few entries come and go; the one before is told."""
    bring(feed, folder)
    grown = bring(feed, folder, catalogue(300))
    assert (grown.before, grown.head.total) == (100, 300)
    assert bring(feed, folder, catalogue(296)).head.total == 296


def test_hostile_strings_are_stored_harmless(feed, folder, tmp_path):
    """What an advisory says reaches the file without control characters, and no name is a path."""
    record = json.loads(advisory(1))
    record["summary"] = "boom\x1b[2J\u202e' ; DROP TABLE advisory; --" + "x" * 10_000
    (tmp_path / "osv").mkdir()
    (tmp_path / "osv/a.json").write_bytes(json.dumps(record).encode())
    osv = Feed("osv-debian", "osv", (str(tmp_path / "osv"),))
    assert bring(osv, folder).head.rows == {"Debian:12": 1}
    with closing(sqlite3.connect(folder / "osv-debian.feed.sqlite")) as connection:
        (summary,) = connection.execute("SELECT summary FROM advisory").fetchone()
    assert "\x1b" not in summary
    assert len(summary) < 500


def test_an_advisory_that_several_archives_hold_is_kept_once(folder, tmp_path):
    """The same again says nothing new, and a later text about the same versions adds no line."""
    other = json.loads(advisory(2)) | {"modified": "2026-11-21T00:00:00Z"}
    for name, record in (("a", advisory(1)), ("b", advisory(1)), ("c", advisory(2)), ("d", json.dumps(other).encode())):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.json").write_bytes(record)
    osv = Feed("osv-suse", "osv", tuple(str(tmp_path / name) for name in "abcd"))
    head = bring(osv, folder).head
    assert (head.rows, head.refused) == ({"Debian:12": 2}, 0)


def test_versions_that_do_not_parse_are_counted_and_too_many_refused(folder, tmp_path):
    """A version is kept as text and named as not comparable; a feed of nothing else is not what it says."""
    (tmp_path / "osv").mkdir()
    for number in range(100):
        odd = number % 20 == 0
        (tmp_path / f"osv/{number}.json").write_bytes(advisory(number, version="1 !!" if odd else f"1.{number}-1"))
    osv = Feed("osv-debian", "osv", (str(tmp_path / "osv"),))
    head = bring(osv, folder).head
    assert head.not_comparable + head.refused == 5
    for number in range(60):
        (tmp_path / f"osv/{number}.json").write_bytes(advisory(number, version="~:!!"))
    with pytest.raises(Refused, match=r"do not parse|cannot be read"):
        bring(osv, folder)


def test_what_has_not_changed_is_only_confirmed(feed, folder):
    """By the server's validators without another byte, by its hash where it has none; the data stays the same file."""

    def answer(connection: socket.socket, head: str) -> None:
        same = "If-None-Match: e1" in head
        plain(b"" if same else catalogue(), "ETag: e1", status="304 Not Modified" if same else "200 OK")(
            connection, head
        )

    for answers in (answer, plain(catalogue())):
        with serving(answers) as (url, heads):
            remote = replace(feed, locations=(f"{url}/kev.json",))
            bring(remote, folder)
            later = bring(remote, folder, at=NOW + DAY)
        assert not later.changed
        assert later.head.fetched == NOW + DAY
        assert len(heads) == 2
    assert read_head(folder / "kev.feed.sqlite").newest == NOW - DAY


def test_another_configuration_builds_it_again(feed, folder):
    """Unchanged content is read again where the format or the ecosystems are others."""
    bring(feed, folder)
    assert not bring(feed, folder).changed
    assert bring(replace(feed, ecosystems=frozenset({"Debian"})), folder).changed


def test_the_two_before_the_last_are_kept(feed, folder):
    """For whoever wants to go back by hand."""
    for entries in (100, 101, 102, 103):
        bring(feed, folder, catalogue(entries))
    names = ("kev.feed.sqlite", "kev.feed.sqlite.1", "kev.feed.sqlite.2")
    assert [read_head(folder / name).total for name in names] == [103, 102, 101]
    assert set(kept(folder)) == set(names)


def test_a_feed_of_several_files_is_whole_or_not_at_all(folder, tmp_path):
    """One of three files is not there: nothing is taken. One has changed: all are read again."""
    names = ("security-support-limited", "security-support-ended.deb12")
    (tmp_path / names[0]).write_text("webkit2gtk sandboxed only\n")
    support = Feed("s", "debian-support", tuple(str(tmp_path / name) for name in names))
    with pytest.raises(Unreachable, match="deb12"):
        bring(support, folder)
    (tmp_path / names[1]).write_text("golang-1 1.0-1 2025-01-01 ended\n")
    assert bring(support, folder).head.total == 2
    (tmp_path / names[1]).write_text("golang-1 1.0-1 2025-01-01 ended\nfoo 1 2025-01-02 x\n")
    assert bring(support, folder).head.total == 3


@pytest.fixture(scope="module")
def gnupg(tmp_path_factory):
    """Makes keys and signatures: key(name) -> its armoured file, sign(name, file)."""
    home = tmp_path_factory.mktemp("gnupg")
    home.chmod(0o700)

    def gpg(*arguments: str) -> bytes:
        command = ["gpg", "--homedir", str(home), "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""]
        return subprocess.run([*command, *arguments], check=True, capture_output=True).stdout

    for name in ("publisher", "stranger"):
        gpg("--quick-generate-key", f"{name}@example.org", "ed25519", "sign", "never")
    yield home, gpg
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)


def test_a_signed_feed_is_taken_from_its_publisher_only(feed, folder, tmp_path, gnupg):
    """A stranger's signature, a signature of other content or none at all: nothing changes."""
    _, gpg = gnupg
    keys = tmp_path / "publisher.asc"
    keys.write_bytes(gpg("--armor", "--export", "publisher@example.org"))
    signature = tmp_path / "kev.sig"
    signed = replace(feed, signature=str(signature), keys=(keys,))

    def sign(who: str) -> None:
        gpg("-u", f"{who}@example.org", "-o", str(signature), "--detach-sign", feed.locations[0])

    sign("publisher")
    bring(signed, folder)
    before = kept(folder)
    with closing(sqlite3.connect(folder / "kev.feed.sqlite")) as connection:
        (signer,) = connection.execute("SELECT value FROM meta WHERE key = 'signer'").fetchone()
    assert len(signer) == 40
    with pytest.raises(Refused):
        bring(signed, folder, catalogue(101))
    sign("stranger")
    with pytest.raises(Refused):
        bring(signed, folder, catalogue(102))
    signature.unlink()
    with pytest.raises(RefreshError):
        bring(signed, folder, catalogue(103))
    assert kept(folder) == before


def test_a_pinned_hash_is_that_of_the_content(feed, folder):
    """Other content than the pinned one changes nothing, however plausible."""
    sha256 = subprocess.run(["sha256sum", feed.locations[0]], check=True, capture_output=True, text=True).stdout[:64]
    pinned = replace(feed, sha256=sha256)
    bring(pinned, folder)
    before = kept(folder)
    with pytest.raises(Refused, match="not the pinned"):
        bring(pinned, folder, catalogue(101))
    assert kept(folder) == before


def test_a_server_that_drips_costs_the_time_it_was_given(feed, folder):
    """The last good feed stays, and the reason is told while it is still young."""
    bring(feed, folder)

    def drip(connection: socket.socket, _: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b" ")
            time.sleep(0.02)

    with serving(drip) as (url, _), pytest.raises(Unreachable):
        bring(feed, folder, locations=(f"{url}/kev.json",), time_limit=timedelta(seconds=0.4))
    source = feed_source(folder, feed, NOW)
    assert source.state is SourceState.CURRENT
    assert "within the time" in source.note


def test_a_full_disk_keeps_the_last_good_one(feed, folder):
    """A limit on the size of files stands for the disk: SQLite and downloads both fail."""
    bring(feed, folder)
    before = kept(folder)
    script = (
        "import resource, signal, sys\n"
        "from datetime import datetime, UTC\n"
        "from pathlib import Path\n"
        "from posture.advisories.feeds.config import Feed\n"
        "from posture.advisories.feeds.update import update_feed\n"
        "from posture.advisories.errors import NotWritten\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)\n"
        "try:\n"
        "    at = datetime(2026, 11, 22, 13, tzinfo=UTC)\n"
        "    update_feed(Feed('kev', 'kev', (sys.argv[1],)), Path(sys.argv[2]), at)\n"
        "except NotWritten as error:\n"
        "    sys.exit(f'not written: {error}')\n"
    )
    many = catalogue(2000)
    for content, said in ((many, "cannot write"), (gzip.compress(many), "cannot store the feed kev")):
        Path(feed.locations[0]).write_bytes(content)
        command = [sys.executable, "-c", script, feed.locations[0], str(folder), "60000"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert f"not written: {said}" in done.stderr
        assert kept(folder) == before
    assert bring(feed, folder).changed


def test_a_killed_update_leaves_the_last_good_one(feed, folder):
    """Killed while it builds: the next one starts afresh and leaves nothing of it behind."""
    bring(feed, folder)
    before = kept(folder)
    script = (
        "import sys, time\n"
        "from datetime import datetime, UTC\n"
        "from pathlib import Path\n"
        "from posture.advisories.feeds import build\n"
        "from posture.advisories.feeds.config import Feed\n"
        "from posture.advisories.feeds.update import update_feed\n"
        "def stuck(new, path):\n"
        "    print('built', flush=True)\n"
        "    time.sleep(60)\n"
        "build._publish = stuck\n"
        "update_feed(Feed('kev', 'kev', (sys.argv[1],)), Path(sys.argv[2]), datetime(2026, 11, 22, 13, tzinfo=UTC))\n"
    )
    Path(feed.locations[0]).write_bytes(catalogue(150))
    process = subprocess.Popen([sys.executable, "-c", script, feed.locations[0], str(folder)], stdout=subprocess.PIPE)
    with process:
        assert process.stdout.readline() == b"built\n"
        os.kill(process.pid, signal.SIGKILL)
    assert kept(folder) == before
    assert (folder / "kev.new").exists()
    assert bring(feed, folder).head.total == 150
    assert {path.name for path in folder.iterdir()} == {"kev.feed.sqlite", "kev.feed.sqlite.1", "kev.lock"}


def test_a_damaged_file_is_missing_and_built_again(feed, folder):
    """What cannot be read is no source; neither is the file of another version of the program."""
    bring(feed, folder)
    path = FeedPlace(folder, "kev").file()
    path.write_bytes(path.read_bytes()[:5000])
    assert feed_source(folder, feed, NOW).state is SourceState.MISSING
    assert bring(feed, folder).changed
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    source = feed_source(folder, feed, NOW)
    assert source.state is SourceState.MISSING
    assert "another version of posture" in source.note


def test_age_is_told(feed, folder):
    """Not confirmed for too long, or silent for too long: as of that day, and no longer current."""
    assert feed_source(folder, feed, NOW).state is SourceState.MISSING
    bring(feed, folder)
    assert feed_source(folder, feed, NOW + 6 * DAY).state is SourceState.CURRENT
    unconfirmed = feed_source(folder, feed, NOW + 8 * DAY)
    assert (unconfirmed.state, unconfirmed.fetched) == (SourceState.STALE, NOW)
    assert "not confirmed since" in unconfirmed.note
    bring(feed, folder, at=NOW + 31 * DAY)
    assert "its publisher has added nothing since" in feed_source(folder, feed, NOW + 31 * DAY).note


def test_a_folder_that_cannot_be_written_is_told(feed, tmp_path):
    """A file stands where the folder should be."""
    (tmp_path / "feeds").write_bytes(b"")
    with pytest.raises(NotWritten, match="cannot write to the folder"):
        bring(feed, tmp_path / "feeds")


def test_two_updates_at_once_take_turns(feed, folder):
    """The second one waits no longer than it may."""
    folder.mkdir()

    with (folder / "kev.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(NotWritten, match="another process"):
            bring(feed, folder, time_limit=timedelta(seconds=0.2))
    assert bring(feed, folder).changed
