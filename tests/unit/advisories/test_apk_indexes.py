"""Alpine's indexes over HTTP: what is taken and what is pending; what is not taken changes nothing, and it is said."""

import functools
import gzip
import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from apk_repository import Apk, Builder, Repository, index, member
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from posture.advisories.errors import NoSources, Refused, Unreachable
from posture.advisories.feeds.config import Feeds, Mirror, load_feeds
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.apk import index_file
from posture.advisories.indexes.apk.mirrors import KEYS, repositories, shipped_keys
from posture.advisories.indexes.apk.signed_file import load_keys
from posture.advisories.indexes.name import IndexName
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package
from posture.facts.unavailable import Unavailable

NAME = IndexName("alpine", "v3.20", "x86_64")
ALPINE = OsRelease("alpine", "3.20.3", "", "Alpine Linux v3.20")
MAIN = [
    Apk("musl", "1.2.5-r1"),
    Apk("busybox", "1.36.1-r30"),
    Apk("ssl_client", "1.36.1-r30", "busybox"),
    Apk("openssl", "3.3.3-r0"),
    Apk("libcrypto3", "3.3.3-r0", "openssl"),
    Apk("nginx", "1.26.3-r0"),
]
COMMUNITY = [Apk("py3-pip", "24.0-r2"), Apk("nginx", "1.26.2-r9"), Apk("odd", "1.0-r0")]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def builder(tmp_path_factory) -> Builder:
    return Builder(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def at() -> datetime:
    return datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def mirror(tmp_path, builder, at) -> Repository:
    """The repository main of a mirror that has community as well."""
    branch = tmp_path / "mirror" / "v3.20"
    made = Repository(branch / "main" / "x86_64", builder)
    made.publish(at, MAIN)
    Repository(branch / "community" / "x86_64", builder).publish(at, COMMUNITY)
    return made


@pytest.fixture
def feeds(tmp_path, builder, mirror) -> Iterator[Feeds]:
    """The mirror on loopback, by HTTP."""
    handler = functools.partial(Quiet, directory=str(tmp_path / "mirror"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        base = f"http://127.0.0.1:{server.server_port}"
        places = {name: f"{base}/{{branch}}/{name}/{{arch}}/" for name in ("main", "community")}
        yield Feeds((), (Mirror("test", "alpine", (), places, (builder.public,)),))
        server.shutdown()
        thread.join()


@pytest.fixture
def advisor(tmp_path, feeds) -> IndexAdvisor:
    return IndexAdvisor(tmp_path / "cache", feeds=feeds)


def host(now, held=(), **versions):
    named = {name.replace("_", "-"): version for name, version in versions.items()}
    packages = (
        Package(name, "x86_64", version, name, version, name in held)
        for name, version in {"musl": "1.2.5-r1", **named}.items()
    )
    return InstalledPackages("apk", tuple(packages), (), now)


def told(pending):
    return {update.package: (update.installed, update.candidate, update.pocket) for update in pending.updates}


def test_what_apk_upgrade_would_bring_is_pending(advisor, at):
    """The highest version of all repositories; what no repository has is foreign, what is above them is newer."""
    assert advisor.refresh(NAME, at).changed == ("main", "community")
    installed = host(
        at,
        held=("nginx",),
        busybox="1.36.1-r29",
        openssl="3.3.3_rc1-r0",
        nginx="1.26.2-r0",
        py3_pip="24.0-r10",
        mine="1.0-r0",
        odd="one.two",
    )
    pending = advisor.pending(ALPINE, installed, at)
    assert told(pending) == {
        "busybox": ("1.36.1-r29", "1.36.1-r30", "main"),
        "openssl": ("3.3.3_rc1-r0", "3.3.3-r0", "main"),
        "nginx": ("1.26.2-r0", "1.26.3-r0", "main"),
    }
    assert [update.package for update in pending.updates if update.held] == ["nginx"]
    assert not any(update.security for update in pending.updates)
    assert pending.untold == ("community", "main")
    assert (pending.newer, pending.foreign, pending.not_comparable) == (("py3-pip",), ("mine",), ("odd",))
    assert pending.compared == 4
    assert (pending.manager, pending.index, pending.stale) == ("apk", "alpine v3.20: main community", "")
    assert pending.index_date == at - timedelta(hours=5)


def test_a_mirror_that_stands_still_proves_nothing(advisor, at):
    advisor.refresh(NAME, at)
    late = at + timedelta(days=31)
    advisor.refresh(NAME, late)
    assert "the distribution signed nothing of main" in advisor.pending(ALPINE, host(late), late).stale


@pytest.mark.parametrize(
    ("version", "branch"),
    [("3.20.3", "v3.20"), ("3.21.0_rc1", "v3.21"), ("3.23.0_alpha20250612", "edge"), ("3.22_alpha20250108", "edge")],
)
def test_the_version_tells_the_branch(advisor, at, version, branch):
    assert advisor.needed(OsRelease("alpine", version, "", "Alpine"), host(at)) == (
        IndexName("alpine", branch, "x86_64"),
    )


@pytest.mark.parametrize("version", ["", "3", "../3.20", "3.20.3-1", "v3.20", "9" * 400])
def test_no_index_answers_for_a_version_that_is_none(advisor, at, version):
    pending = advisor.pending(OsRelease("alpine", version, "", "Alpine"), host(at), at)
    assert isinstance(pending, Unavailable)
    assert "is not a version of Alpine Linux" in pending.reason


def test_signatures_over_sha256_are_taken(advisor, mirror, at):
    mirror.publish(at, MAIN, kind="RSA256")
    assert advisor.refresh(NAME, at).rows == len(MAIN) + len(COMMUNITY)


def test_a_repository_without_a_signature_is_taken_only_where_that_is_said(tmp_path, advisor, feeds, mirror, at):
    mirror.put(index("".join(package.record(at) for package in MAIN), ""))
    with pytest.raises(Refused, match="not signed"):
        advisor.refresh(NAME, at)
    places = feeds.mirrors[0].repositories
    trusting = IndexAdvisor(tmp_path / "c2", feeds=Feeds((), (Mirror("test", "alpine", (), places, signed=False),)))
    assert trusting.refresh(NAME, at).rows == len(MAIN) + len(COMMUNITY)
    source = next(each for each in trusting.sources(at) if "alpine" in each.name)
    assert "not signed" in source.note


def forged(mirror, at):
    packed = index("".join(package.record(at) for package in MAIN), "")
    return mirror.builder.signature(packed) + index("P:evil\nV:9\nA:x86_64\nt:1\n\n", "")


def named(mirror, at, name):
    packed = index(f"P:{name}\nV:9\nA:x86_64\nt:{int(at.timestamp())}\n\n", "")
    return mirror.builder.signature(packed) + packed


def bomb(mirror):
    packed = gzip.compress(member("APKINDEX", bytes(index_file.MOST_OPEN)))
    return mirror.builder.signature(packed) + packed


def endless_signatures(mirror):
    return gzip.compress(bytes(1 << 20)) + mirror.file.read_bytes()


BAD = {
    "forged": (forged, "does not fit its content"),
    "changed": (lambda mirror, _: mirror.file.read_bytes() + gzip.compress(b"more"), "does not fit its content"),
    "short": (lambda mirror, _: mirror.file.read_bytes()[:-9], "does not fit its content"),
    "shorter": (lambda mirror, _: mirror.file.read_bytes()[:40], "cut short"),
    "empty": (lambda *_: b"", "cut short"),
    "no gzip": (lambda *_: b"<html>login</html>", "cannot be unpacked"),
    "bomb": (lambda mirror, _: bomb(mirror), "holds more than"),
    "bomb of signatures": (lambda mirror, _: endless_signatures(mirror), "not signed"),
    "hostile name": (lambda mirror, at: named(mirror, at, "$(reboot)"), "not the name of a package"),
    "control characters": (lambda mirror, at: named(mirror, at, "a\x1b[2J"), "not the name of a package"),
    "hostile path": (lambda mirror, at: named(mirror, at, "../../etc/x"), "not the name of a package"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_to_be_trusted_changes_nothing_and_it_is_said(advisor, mirror, at, case):
    advisor.refresh(NAME, at)
    make, words = BAD[case]
    mirror.put(make(mirror, at))
    expect_kept(advisor, at, words)


def expect_kept(advisor, at, words):
    with pytest.raises(Refused, match=words) as caught:
        advisor.refresh(NAME, at, timedelta(0))
    assert str(caught.value).isprintable()
    pending = advisor.pending(ALPINE, host(at, busybox="1.36.1-r29"), at)
    assert told(pending) == {"busybox": ("1.36.1-r29", "1.36.1-r30", "main")}
    assert "a newer index was refused" in pending.stale


def test_a_key_is_chosen_by_name_among_those_configured_only(advisor, mirror, at, tmp_path):
    """Neither a stranger's key, nor one that calls itself by the name of ours."""
    advisor.refresh(NAME, at)
    mirror.publish(at, MAIN, builder=Builder(tmp_path / "theirs", "stranger.rsa.pub"))
    expect_kept(advisor, at, "stranger.rsa.pub, which is not among the keys")
    mirror.publish(at, MAIN, builder=Builder(tmp_path / "theirs"))
    expect_kept(advisor, at, "does not fit its content")


def test_an_older_index_is_refused(advisor, mirror, at):
    advisor.refresh(NAME, at)
    mirror.publish(at - timedelta(days=3), MAIN)
    expect_kept(advisor, at, "plays back an old one")


def test_the_well_signed_index_of_another_branch_or_repository_is_refused(advisor, mirror, at):
    """The same keys sign them all, and an older branch would hide every update."""
    advisor.refresh(NAME, at)
    mirror.publish(at, MAIN, description="v3.19.4-12-gabcdef0")
    expect_kept(advisor, at, "the index of v3.19, not of v3.20")
    mirror.publish(at, COMMUNITY)
    expect_kept(advisor, at, "the packages of main in its place")


@pytest.mark.parametrize(
    ("description", "taken"),
    [("v3.13.0-1030-gbabf0a1684", True), ("v3.22_alpha20250108-7-g1c2d3e4", True), ("v3.20.1-47-gf11a40c5e1e", False)],
)
def test_edge_counts_on_from_the_last_branch(tmp_path, advisor, builder, at, description, taken):
    """Descriptions as mirrors served them: one of a point release is never edge's."""
    edge = tmp_path / "mirror" / "edge"
    Repository(edge / "main" / "x86_64", builder).publish(at, MAIN, description=description)
    Repository(edge / "community" / "x86_64", builder).publish(at, COMMUNITY, description=description)
    name = IndexName("alpine", "edge", "x86_64")
    if taken:
        assert advisor.refresh(name, at).rows == len(MAIN) + len(COMMUNITY)
    else:
        with pytest.raises(Refused, match=r"the index of v3.20, not of edge"):
            advisor.refresh(name, at)


def test_an_archive_does_not_shrink(advisor, mirror, at):
    advisor.refresh(NAME, at)
    mirror.publish(at, MAIN[:2])
    expect_kept(advisor, at, "does not shrink")
    assert advisor.refresh(NAME, at, timedelta(0), force=True).rows == 2 + len(COMMUNITY)


def test_a_build_in_the_future_does_not_date_the_index(advisor, mirror, at):
    """One builder's wrong clock would make every later index look played back."""
    mirror.publish(at, [*MAIN, Apk("late", "1-r0", built=timedelta(days=-400))])
    advisor.refresh(NAME, at)
    assert advisor.pending(ALPINE, host(at), at).index_date == at - timedelta(hours=5)


def test_a_mirror_that_is_away_leaves_the_last_index(advisor, mirror, at):
    advisor.refresh(NAME, at)
    mirror.file.unlink()
    with pytest.raises(Unreachable, match="main: "):
        advisor.refresh(NAME, at, timedelta(0))
    assert told(advisor.pending(ALPINE, host(at, busybox="1.36.1-r29"), at))


def test_alpine_is_known_without_any_configuration():
    """The shipped mirror and keys fit together; each key is an RSA key under the name signatures use."""
    feeds = load_feeds()
    main, community = repositories(feeds, NAME)
    assert main.location.endswith("/v3.20/main/x86_64/")
    assert community.location.endswith("/v3.20/community/x86_64/")
    assert set(load_keys(main.keys)) == {"alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub"}
    for path in KEYS.glob("*.pub"):
        assert load_pem_public_key(path.read_bytes()).key_size == 4096
    assert shipped_keys(IndexName("alpine", "v3.20", "armhf")) == ()


def test_no_key_is_a_reason_that_one_can_act_on(tmp_path, feeds, at):
    places = {"main": feeds.mirrors[0].repositories["main"].replace("{arch}", "x86_64")}
    advisor = IndexAdvisor(tmp_path / "c3", feeds=Feeds((), (Mirror("test", "alpine", (), places),)))
    with pytest.raises(NoSources, match="name Alpine's public keys with the mirror"):
        advisor.refresh(IndexName("alpine", "v3.20", "armhf"), at)
