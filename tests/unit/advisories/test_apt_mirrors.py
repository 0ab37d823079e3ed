"""Mirrors of Debian and Ubuntu for auditors whose own apt has another distribution; real apt-get over loopback HTTP."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from repository import Archive, Deb, open_folder

from posture.advisories.errors import NoSources, Refused
from posture.advisories.feeds.config import Feeds, Mirror, load_feeds
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.apt import archives as asked
from posture.advisories.indexes.apt.archives import Archives
from posture.advisories.indexes.apt.of_host import index_name
from posture.advisories.indexes.name import IndexName
from posture.facts.host import OsRelease

NOBLE = OsRelease("ubuntu", "24.04", "noble", "Ubuntu 24.04 LTS")
NAME = IndexName("ubuntu", "noble", "amd64")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def mirror(keys, tmp_path, monkeypatch):
    """A mirror of noble on loopback, and its configuration with an armoured key."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with open_folder() as folder:
        archive = Archive(folder, keys(), "noble", origin="Ubuntu")
        for pocket, version in (("noble", "1.0"), ("noble-updates", "1.0"), ("noble-security", "1.1")):
            archive.publish(pocket, [Deb("hello", version)], valid_for=None)
        key = tmp_path / "archive.asc"
        key.write_bytes(archive.key._gpg("--armor", "--export"))
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                address = f"http://127.0.0.1:{server.server_port}/"
                yield Mirror("mine", "ubuntu", (), dict.fromkeys(("release", "updates", "security"), address), (key,))
            finally:
                server.shutdown()
                thread.join()


@pytest.fixture
def on_debian(monkeypatch, tmp_path):
    """The auditor is a Debian 12 whose apt configuration is in this folder."""
    monkeypatch.setattr(asked, "machine_release", lambda: ("debian", "bookworm"))
    etc = tmp_path / "apt"
    (etc / "sources.list.d").mkdir(parents=True)
    (etc / "sources.list").write_text("deb https://own.example/debian bookworm main\n")
    return etc


def test_an_ubuntu_host_is_judged_from_a_debian_machine(mirror, on_debian, host, now, tmp_path):
    """Fetched from the mirror, and verified with its key."""
    advisor = IndexAdvisor(tmp_path / "cache", etc_apt=on_debian, feeds=Feeds((), (mirror,)))
    advisor.refresh(index_name(NOBLE, "amd64"), now)
    (update,) = advisor.pending(NOBLE, host(hello="1.0"), now).updates
    assert (update.candidate, update.pocket, update.security) == ("1.1", "noble-security", True)


def test_ubuntus_own_key_comes_with_posture(mirror, on_debian, now, tmp_path):
    """What a stranger has signed is refused where the mirror names no key."""
    shipped = Mirror("mine", "ubuntu", (), mirror.repositories)
    advisor = IndexAdvisor(tmp_path / "cache", etc_apt=on_debian, feeds=Feeds((), (shipped,)))
    with pytest.raises(Refused, match=r"NO_PUBKEY|[Mm]issing key|couldn't be verified"):
        advisor.refresh(index_name(NOBLE, "amd64"), now)


def test_a_list_goes_before_the_machine_and_the_machine_before_a_mirror(mirror, on_debian, tmp_path):
    """For its own distribution a machine takes the mirror only where apt's configuration names no archive."""
    debian = Mirror("d", "debian", (), {"release": "https://m.example/d", "security": "https://m.example/s"})
    feeds = Feeds((), (mirror, debian))
    bookworm = IndexName("debian", "bookworm", "amd64")
    assert [each.uri for each in Archives(None, on_debian, feeds).of(bookworm)] == ["https://own.example/debian"]
    found = Archives(None, tmp_path / "none", feeds).of(bookworm)
    assert [(each.uri, each.suite) for each in found] == [
        ("https://m.example/d", "bookworm"),
        ("https://m.example/s", "bookworm-security"),
    ]
    listed = tmp_path / "mine.list"
    listed.write_text("deb https://listed.example/ubuntu noble main\n")
    assert [each.uri for each in Archives(listed, on_debian, feeds).of(NAME)] == ["https://listed.example/ubuntu"]


def test_ports_serve_the_other_architectures(on_debian):
    """As shipped: the security pocket from its own host, all components where the mirror has them, the shipped key."""
    archives = Archives(None, on_debian, load_feeds())
    entries = {arch: archives.of(IndexName("ubuntu", "noble", arch)) for arch in ("amd64", "arm64")}
    assert [each.suite for each in entries["amd64"]] == ["noble", "noble-updates", "noble-security"]
    assert len({each.uri for each in entries["amd64"]}) == 2
    assert all(each.uri.endswith("/ubuntu-ports/") for each in entries["arm64"])
    assert {(each.components, each.optional) for each in entries["amd64"]} == {
        (("main",), ("restricted", "universe", "multiverse"))
    }
    assert all("BEGIN PGP PUBLIC KEY BLOCK" in each.signed_by for each in entries["amd64"])


def test_without_a_mirror_the_next_step_is_told(on_debian):
    """The file of feeds, or a list of archives."""
    with pytest.raises(NoSources, match=r"file of feeds.*POSTURE_APT_SOURCES"):
        Archives(None, on_debian).of(NAME)
