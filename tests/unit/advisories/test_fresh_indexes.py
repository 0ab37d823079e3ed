"""What hosts may make the auditor fetch: known names, few of them, each once, and never past their own time."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from posture.advisories.errors import Unreachable
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.apt.of_host import MOST_FOREIGN, needed_indexes
from posture.advisories.indexes.fresh import FreshIndexes
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package
from posture.facts.unavailable import Unavailable
from posture.model.run import SourceState

BOOKWORM = OsRelease("debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=15)
KNOWN = ("amd64", "arm64", "armel", "armhf", "i386", "ppc64el", "riscv64", "s390x")


def installed(*architectures: str) -> InstalledPackages:
    packages = (Package(f"p{n}", name, "1.0", f"p{n}", "1.0") for n, name in enumerate(architectures))
    return InstalledPackages("dpkg", tuple(packages), (), NOON)


class Counted(IndexAdvisor):
    """Notes what is asked for, and fails with what it is given; nothing is fetched."""

    def __init__(self, cache, error=None, kept=()):
        super().__init__(cache, tables=cache)
        self.asked, self.error, self.kept = [], error, kept

    def keeps(self, name):
        return name.release in self.kept

    def refresh(self, name, now, *_, time_limit, **__):
        self.asked.append((str(name), time_limit))
        if self.error:
            raise self.error


@pytest.fixture
def run(tmp_path):
    """Makes the indexes of one run; `now` is what its clock says."""

    def make(error=None, kept=(), most=24):
        advisor = Counted(tmp_path, error, kept)
        fresh = FreshIndexes(advisor, lambda: make.now, most)
        return advisor, fresh

    make.now = NOON
    return make


def test_made_up_architectures_order_nothing(tmp_path):
    """A package list of a few megabytes may claim a quarter of a million of them."""
    hostile = (f"x{n}" for n in range(250_000))
    packages = installed("amd64", "amd64", "amd64", "i386", *hostile, "all", "../../etc")
    names = needed_indexes(BOOKWORM, packages, tmp_path)
    assert [name.architecture for name in names] == ["amd64", "i386"]


def test_the_commonest_foreign_architectures_are_fetched_and_no_more(tmp_path):
    names = needed_indexes(BOOKWORM, installed("amd64", *KNOWN, *KNOWN, "s390x", "amd64"), tmp_path)
    assert [name.architecture for name in names] == ["amd64", "s390x", "arm64"]
    assert len(names) == 1 + MOST_FOREIGN


@pytest.mark.parametrize(
    ("release", "architecture"),
    [
        (OsRelease("debian", "12", "evilword", ""), "amd64"),
        (OsRelease("debian", "24.04", "noble", ""), "amd64"),
        (OsRelease("ubuntu", "12", "bookworm", ""), "amd64"),
        (BOOKWORM, "evilarch"),
        (BOOKWORM, "all"),
        (BOOKWORM, ""),
    ],
)
def test_words_of_a_host_leave_no_trace_in_the_cache_and_name_no_source(tmp_path, run, release, architecture):
    """Not judged, with the reason; nothing asked for, no file, no name for others' eyes."""
    advisor, fresh = run()
    packages = installed(architecture)
    fresh.prepare(release, packages, LATER)
    pending = advisor.pending(release, packages, NOON)
    assert isinstance(pending, Unavailable)
    assert pending.reason.startswith("pending updates are not known: ")
    assert advisor.asked == []
    assert list(tmp_path.iterdir()) == []
    assert [source.name for source in advisor.sources_for(release, packages, NOON)] == [
        "release life cycles: distro-info-data"
    ]


def test_notes_of_names_that_none_may_ask_for_are_not_fetched_again(tmp_path):
    for stem in ("debian-evilword-amd64", "debian-bookworm-evilarch", "plan9-bookworm-amd64", "debian-bookworm-i386"):
        (tmp_path / f"{stem}.failed.json").write_text("{}")
    advisor = IndexAdvisor(tmp_path)
    assert [str(name) for name in advisor.known()] == ["debian bookworm i386"]
    assert "evil" not in str(advisor.sources(NOON))


def test_each_index_is_asked_for_once_in_a_run(run):
    """Also when its mirror failed: ten thousand hosts must not wait for it each."""
    advisor, fresh = run(Unreachable("down"))
    for _ in range(3):
        fresh.prepare(BOOKWORM, installed("amd64"), LATER)
    assert advisor.asked == [("debian bookworm amd64", timedelta(minutes=15))]


def test_nothing_is_fetched_after_a_hosts_time_and_the_next_host_may(run):
    """The reason says so, and names a step that helps."""
    advisor, fresh = run()
    fresh.prepare(BOOKWORM, installed("amd64"), NOON)
    assert advisor.asked == []
    assert "the next audit fetches it" in advisor.pending(BOOKWORM, installed("amd64"), NOON).reason
    fresh.prepare(BOOKWORM, installed("amd64"), LATER)
    assert len(advisor.asked) == 1


def test_the_last_seconds_of_a_slow_host_are_not_everybodys_only_try(run):
    """A fetch cut short by one host's time says nothing of the mirror."""
    advisor, fresh = run(Unreachable("not fetched within 3 seconds"))
    fresh.prepare(BOOKWORM, installed("amd64"), NOON + timedelta(seconds=3))
    fresh.prepare(BOOKWORM, installed("amd64"), LATER)
    assert [limit.total_seconds() for _, limit in advisor.asked] == [3, 900]


def test_a_run_fetches_so_many_new_indexes_and_says_what_it_left_out(run):
    """Those kept from earlier runs do not count: hostile hosts cannot use up what a fleet lives on."""
    advisor, fresh = run(kept=("trixie",), most=2)
    trixie = OsRelease("debian", "13", "trixie", "")
    for name in ("amd64", "i386", "armhf", "arm64"):
        fresh.prepare(BOOKWORM, installed(name), LATER)
    fresh.prepare(trixie, installed("amd64"), LATER)
    assert [name for name, _ in advisor.asked] == [
        "debian bookworm amd64",
        "debian bookworm i386",
        "debian trixie amd64",
    ]
    assert "as many new indexes as one run may" in advisor.pending(BOOKWORM, installed("armhf"), NOON).reason
    missing, _ = advisor.sources_for(BOOKWORM, installed("armhf"), NOON)
    assert (missing.name, missing.state) == ("package index: debian bookworm armhf", SourceState.MISSING)
    assert "as many new indexes as one run may" in missing.note


def test_hosts_of_another_release_do_not_wait(run):
    """One mirror that hangs holds up those who need it, until their own time is over."""
    advisor, fresh = run()
    hanging, free = threading.Event(), threading.Event()

    def refresh(name, *_, **__):
        if name.release == "bookworm":
            hanging.set()
            assert free.wait(20)

    advisor.refresh = refresh
    first = threading.Thread(target=fresh.prepare, args=(BOOKWORM, installed("amd64"), LATER))
    first.start()
    try:
        assert hanging.wait(20)
        fresh.prepare(OsRelease("debian", "13", "trixie", ""), installed("amd64"), LATER)
        fresh.prepare(BOOKWORM, installed("amd64"), NOON + timedelta(milliseconds=50))
        assert first.is_alive()
    finally:
        free.set()
        first.join()


def test_apt_get_ends_with_the_time_it_is_given(advisor, archive, now, monkeypatch, tmp_path):
    """A mirror that sends nothing, and a deadline that comes before apt-get's own."""
    slow = tmp_path / "bin" / "apt-get"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 8\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(slow.parent), prepend=":")
    name = needed_indexes(BOOKWORM, installed("amd64"))[0]
    with pytest.raises(Unreachable, match="bookworm: not fetched within 1 seconds"):
        advisor.refresh(name, now, time_limit=timedelta(seconds=0.4))
    reason = advisor.pending(BOOKWORM, installed("amd64"), now).reason
    assert "bookworm-security: no time was left to fetch it" in reason
    assert "posture feeds update" in reason
