"""Releases whose signed index is not at hand."""

from datetime import timedelta

from feed_file import NOW, write_feed
from flawed_host import ALMA, DEBIAN, advisory, fixed_in, installed, package

from posture.advisories.feeds.records import State
from posture.advisories.flaws.book import AdvisoryBook
from posture.facts.host import OsRelease
from posture.facts.unavailable import Unavailable


def node(version: str, module: str, **changes):
    """A version of nodejs that AlmaLinux's advisories name."""
    return fixed_in(version, "nodejs", "AlmaLinux:8", binary=True, module=module, **changes)


def test_what_is_found_is_pending_and_nothing_else_is_a_pass(book) -> None:
    """The lowest version that mends all is offered; "nothing waits" is never said on the word of advisories."""
    known = book(lists=[advisory("DSA-1-1", fixed_in("3.0.15-1")), advisory("DSA-2-1", fixed_in("3.0.16-1"))])
    answer = known.pending(DEBIAN, installed(package("libssl3", "3.0.14-1", "openssl")), NOW)
    (update,) = answer.updates
    assert (update.candidate, update.pocket, update.security) == ("3.0.16-1", "", True)
    assert answer.stale == "no known update as of 2026-11-22 (by advisories alone)"
    patched = known.pending(DEBIAN, installed(package("libssl3", "3.0.16-1", "openssl")), NOW)
    assert patched.updates == ()
    assert patched.stale


def test_only_the_same_stream_counts(book) -> None:
    """nodejs 18 is not mended by nodejs 20's version, and a package outside of modules by neither."""
    known = book(lists=[advisory("ALSA-1", node("1:20.9-1.module_el8", "nodejs:20"))])

    def pending(module: str):
        host = installed(package("nodejs", "1:18.1-1.module_el8", module=module, vendor="AlmaLinux"), manager="rpm")
        return known.pending(ALMA, host, NOW)

    assert [len(pending(module).updates) for module in ("nodejs:20", "nodejs:18", "")] == [1, 0, 0]
    assert pending("nodejs:18").not_comparable == ()


def test_an_untold_stream_is_never_a_finding_and_never_silent(book) -> None:
    """A modular fix without its stream leaves the package not comparable, if it could be about it at all."""
    known = book(lists=[advisory("ALSA-1", node("1:20.9-1.module_el8", "?"))])
    old = installed(package("nodejs", "1:18.1-1.module_el8", module="nodejs:18"), manager="rpm")
    new = installed(package("nodejs", "1:22.1-1.module_el8", module="nodejs:22"), manager="rpm")
    plain = installed(package("nodejs", "1:18.1-1.el8"), manager="rpm")
    answers = [known.pending(ALMA, host, NOW) for host in (old, new, plain)]
    assert [answer.updates for answer in answers] == [(), (), ()]
    assert [answer.not_comparable for answer in answers] == [("nodejs",), (), ()]


def test_others_packages_are_not_judged(book) -> None:
    """A package that somebody else built has versions of its own."""
    known = book(lists=[advisory("ALSA-1", fixed_in("2-1.el8", "redis", "AlmaLinux:8", binary=True))])
    remi = package("redis", "1-1.el8.remi", vendor="Remi's RPM repository")
    answer = known.pending(ALMA, installed(remi, manager="rpm"), NOW)
    assert (answer.updates, answer.foreign) == ((), ("redis",))


def test_of_several_installed_kernels_the_newest_counts(book) -> None:
    """rpm keeps old kernels; only the newest is behind or not."""
    known = book(lists=[advisory("ALSA-1", fixed_in("4.18.0-553.el8", "kernel-core", "AlmaLinux:8", binary=True))])
    kernels = [package("kernel-core", version, "kernel") for version in ("4.18.0-425.el8", "4.18.0-553.el8")]
    assert known.pending(ALMA, installed(*kernels, manager="rpm"), NOW).updates == ()
    assert len(known.pending(ALMA, installed(kernels[0], manager="rpm"), NOW).updates) == 1


def test_the_architecture_that_an_advisory_names_counts(book) -> None:
    """A flaw of another architecture's build is not this host's."""
    only_arm = fixed_in("2-1.el8", "redis", "AlmaLinux:8", binary=True, architectures=("aarch64",))
    known = book(lists=[advisory("ALSA-1", only_arm)])
    assert known.pending(ALMA, installed(package("redis", "1-1.el8"), manager="rpm"), NOW).updates == ()


def test_unfixed_flaws_are_told_and_not_pending(book) -> None:
    """Nothing can be installed against them."""
    known = book(lists=[advisory("CVE-2026-1", fixed_in("", state=State.UNFIXED))])
    answer = known.pending(DEBIAN, installed(package("libssl3", "3", "openssl"), package("ssl", "3", "openssl")), NOW)
    assert answer.updates == ()
    assert [one.package for one in answer.unfixed] == ["openssl"]


def test_a_notice_of_ordinary_faults_is_no_flaw(book) -> None:
    """AlmaLinux publishes bug fixes in the same place."""
    affected = fixed_in("2-1.el8", "redis", "AlmaLinux:8", binary=True)
    known = book(lists=[advisory("ALBA-2026:1", affected, cves=()), advisory("ALSA-2026:2", affected, cves=())])
    (update,) = known.pending(ALMA, installed(package("redis", "1-1.el8"), manager="rpm"), NOW).updates
    assert [flaw.id for flaw in update.flaws] == ["ALSA-2026:2"]


def test_versions_that_do_not_parse_are_named(book) -> None:
    """On the host's side and on the advisory's."""
    known = book(lists=[advisory("DSA-1-1", fixed_in("2")), advisory("DSA-2-1", fixed_in("1:", "jq"))])
    host = installed(package("openssl", "!"), package("jq", "1.6"), package("curl", "!"))
    assert known.pending(DEBIAN, host, NOW).not_comparable == ("jq", "openssl")


def test_a_derivative_is_not_judged_as_its_parent(book) -> None:
    """Nor is a release of which no advisory is at hand."""
    known = book(lists=[advisory("DSA-1-1", fixed_in("2"))])
    for release in (OsRelease("linuxmint", "12", "", "Linux Mint", ("debian",)), OsRelease("debian", "11", "", "D")):
        assert isinstance(known.pending(release, installed(package("openssl", "1")), NOW), Unavailable)


def test_old_feeds_say_how_old_they_are(tmp_path) -> None:
    """Data that stands still, or was not confirmed, is named with its date."""
    then = NOW - timedelta(days=60)
    write_feed(tmp_path, "lists", [advisory("DSA-1-1", fixed_in("2"))], newest=then)
    answer = AdvisoryBook(tmp_path).pending(DEBIAN, installed(package("openssl", "2")), NOW)
    assert answer.stale.startswith("no known update as of 2026-09-23 (by advisories alone): the newest entry")
    assert answer.index_date == then


def test_a_damaged_feed_is_told_and_the_others_serve(book, tmp_path) -> None:
    """A file that cannot be read takes nothing else with it."""
    known = book(lists=[advisory("DSA-1-1", fixed_in("2"))])
    (tmp_path / "feeds/broken.feed.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 4000)
    assert known.pending(DEBIAN, installed(package("openssl", "1")), NOW).updates
    assert [(s.name, s.state.value) for s in known.sources(NOW)] == [
        ("feed: lists", "current"), ("feed: broken", "missing"),
    ]  # fmt: skip
    missing = [s.name for s in known.sources_for(DEBIAN, installed(), NOW) if s.state.value == "missing"]
    assert len(missing) == 2


def test_a_feed_that_rots_is_no_clean_bill(book, tmp_path) -> None:
    """A file whose head is sound and whose rows cannot be read finds nothing, and says why that means nothing."""
    known = book(lists=[advisory(f"DSA-{n}-1", fixed_in("2", f"source{n}")) for n in range(3000)])
    path = tmp_path / "feeds/lists.feed.sqlite"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + b"\xff" * (len(whole) - len(whole) // 2 - 4096) + whole[-4096:])
    answer = known.pending(DEBIAN, installed(package("source2999", "1")), NOW)
    assert isinstance(answer, Unavailable) or "cannot be read to its end" in answer.stale
