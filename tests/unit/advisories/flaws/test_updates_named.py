"""The updates that an index offers, with the flaws that each mends."""

from datetime import date, timedelta

import pytest
from feed_file import NOW
from flawed_host import ALMA, DEBIAN, advisory, fixed_in, installed, offered, package, update

from posture.advisories.feeds.records import Exploited, Probability, Scheme, State
from posture.facts.host import OsRelease
from posture.model.severity import Severity

SSL = package("libssl3", "3.0.14-1", "openssl")


def names(flaws) -> list[str]:
    return [flaw.id for flaw in flaws]


def test_an_update_carries_what_it_mends_and_no_more(book) -> None:
    """Mended before, mended by the update, and mended only later are told apart."""
    known = book(
        lists=[
            advisory("DSA-1-1", fixed_in("3.0.13-1")),
            advisory("DSA-2-1", fixed_in("3.0.15-1")),
            advisory("DSA-3-1", fixed_in("3.0.17-1")),
            advisory("DSA-4-1", fixed_in("3.0.15-1", ecosystem="Debian:11")),
        ]
    )
    answer = known.named(DEBIAN, installed(SSL), offered(update(SSL, "3.0.15-1")), NOW)
    assert names(answer.updates[0].flaws) == ["DSA-2-1"]
    assert [(one.package, names(one.flaws)) for one in answer.unfixed] == [("openssl", ["DSA-3-1"])]
    assert answer.named.startswith("advisories: lists of 2026-11-22")


def test_the_worst_comes_first(book) -> None:
    """Exploited, then severity, then score, then probability, then the newest; an unknown severity is not low."""
    cves = {name: (f"CVE-2026-{number}000",) for number, name in enumerate(("K", "C", "H", "E", "N", "L"), 1)}
    older = NOW - timedelta(days=9)
    known = book(
        lists=[
            advisory("L", fixed_in("2"), severity=Severity.LOW, cves=cves["L"]),
            advisory("N", fixed_in("2"), cves=cves["N"], published=older),
            advisory("E", fixed_in("2"), cves=cves["E"], published=older),
            advisory("H", fixed_in("2"), severity=Severity.HIGH, score=8.0, cves=cves["H"]),
            advisory("C", fixed_in("2"), severity=Severity.CRITICAL, cves=cves["C"]),
            advisory("K", fixed_in("2"), severity=Severity.MEDIUM, cves=cves["K"]),
        ],
        kev=[Exploited("CVE-2026-1000", date(2026, 1, 2), date(2026, 1, 23))],
        epss=[Probability("CVE-2026-4000", 0.5)],
    )
    old = package("openssl", "1")
    flaws = known.named(DEBIAN, installed(old), offered(update(old, "2")), NOW).updates[0].flaws
    assert names(flaws) == ["K", "C", "H", "E", "N", "L"]
    assert (flaws[0].exploited, flaws[0].due) == (date(2026, 1, 2), date(2026, 1, 23))
    assert (flaws[3].probability, flaws[3].severity) == (0.5, None)


def test_a_bulletin_takes_in_the_records_of_its_cves(book) -> None:
    """One flaw is told once, by the bulletin, with the severity that only the tracker's record has."""
    both = ("CVE-2026-1000", "CVE-2026-2000")
    known = book(
        lists=[advisory("DSA-1-1", fixed_in("2"), cves=both)],
        osv=[advisory("DEBIAN-CVE-2026-1000", fixed_in("2"), cves=both[:1], severity=Severity.HIGH)],
    )
    old = package("openssl", "1")
    (flaw,) = known.named(DEBIAN, installed(old), offered(update(old, "2")), NOW).updates[0].flaws
    assert (flaw.id, flaw.severity) == ("DSA-1-1", Severity.HIGH)


def test_one_feed_knows_the_fix_that_another_does_not(book) -> None:
    """What one feed still calls unfixed is not told when the version that another names is installed."""
    open_still = fixed_in("", state=State.UNFIXED)
    known = book(
        lists=[advisory("DSA-1-1", fixed_in("2"), cves=("CVE-2026-1000",))],
        osv=[
            advisory("DEBIAN-CVE-2026-1000", open_still, cves=("CVE-2026-1000",)),
            advisory("DEBIAN-CVE-2026-2000", open_still, cves=("CVE-2026-2000",)),
        ],
    )
    answer = known.named(DEBIAN, installed(package("openssl", "2")), offered(), NOW)
    assert [names(one.flaws) for one in answer.unfixed] == [["DEBIAN-CVE-2026-2000"]]


def test_binaries_are_judged_by_their_source(book) -> None:
    """A rebuilt binary, a binary with a version of its own, and a signed kernel go by the version of their source."""
    known = book(
        lists=[
            advisory("DSA-1-1", fixed_in("1.204", "gcc-defaults")),
            advisory("DSA-2-1", fixed_in("3.0.15-1")),
            advisory("DSA-3-1", fixed_in("6.1.120-1", "linux")),
        ]
    )
    cpp = package("cpp", "4:12.2.0-3", "gcc-defaults", "1.203")
    rebuilt = package("libssl3", "3.0.14-1+b1", "openssl", "3.0.14-1")
    done = package("openssl", "3.0.15-1+b2", "openssl", "3.0.15-1")
    kernel = package("linux-image-amd64", "6.1.119-1", "linux-signed-amd64", "6.1.119+1")
    pending = offered(update(cpp, "4:12.2.0-4"), update(rebuilt, "3.0.15-1+b2"), update(kernel, "6.1.120-1"))
    answer = known.named(DEBIAN, installed(cpp, rebuilt, done, kernel), pending, NOW)
    assert [names(one.flaws) for one in answer.updates] == [["DSA-1-1"], ["DSA-2-1"], ["DSA-3-1"]]
    assert answer.unfixed == ()


def test_of_several_kernels_the_newest_counts(book) -> None:
    """A flaw of an old kernel that is only kept to boot from is neither waiting nor unfixed."""
    known = book(lists=[advisory("DSA-1-1", fixed_in("6.1.120-1", "linux"))])
    kernels = [
        package(f"linux-image-6.1.0-{abi}-amd64", version, "linux-signed-amd64", "1")
        for abi, version in ((18, "6.1.76-1"), (28, "6.1.120-1"))
    ]
    assert known.named(DEBIAN, installed(*kernels), offered(), NOW).unfixed == ()


def test_what_only_a_paid_programme_mends_is_never_pending(book) -> None:
    """It is told as unfixed, with the programme's name."""
    known = book(lists=[advisory("ELA-1-1", fixed_in("3.0.15-1", channel="ELTS"))])
    answer = known.named(DEBIAN, installed(SSL), offered(update(SSL, "3.0.15-1")), NOW)
    assert answer.updates[0].flaws == ()
    assert answer.unfixed[0].flaws[0].paid == "ELTS"


def test_without_a_security_pocket_a_mended_flaw_makes_a_security_update(book) -> None:
    """Alpine's index marks nothing; on Debian the pocket decides, except for what attackers use."""
    alpine = OsRelease("alpine", "3.20.3", "", "Alpine Linux v3.20")
    flaw = fixed_in("3.3.3-r0", ecosystem="Alpine:v3.20", scheme=Scheme.APK)
    old = package("libssl3", "3.3.2-r0", "openssl")
    quiet = offered(update(old, "3.3.3-r0", pocket="main", security=False), manager="apk")
    known = book(lists=[advisory("CVE-2026-1000", flaw), advisory("CVE-2026-2000", fixed_in("3.3.3", "jq"))])
    assert known.named(alpine, installed(old, manager="apk"), quiet, NOW).updates[0].security
    jq = package("jq", "3.3.2")
    quiet = offered(update(jq, "3.3.3", pocket="bookworm", security=False))
    assert not known.named(DEBIAN, installed(jq), quiet, NOW).updates[0].security
    attacked = advisory("CVE-2026-2000", fixed_in("3.3.3", "jq"), cves=("CVE-2026-2000",))
    known = book(lists=[attacked], kev=[Exploited("CVE-2026-2000", date(2026, 1, 2), None)])
    assert known.named(DEBIAN, installed(jq), quiet, NOW).updates[0].security


@pytest.mark.parametrize(("days", "stale"), [(2, True), (-2, False), (-30, True)])
def test_an_index_without_a_known_fix_proves_nothing(days, stale, book) -> None:
    """A published fix that is not in the index makes it stale, unless both came in the same days; it is always said."""
    known = book(lists=[advisory("DSA-9-1", fixed_in("3.0.17-1"), published=NOW + timedelta(days=days))])
    answer = known.named(DEBIAN, installed(SSL), offered(), NOW)
    assert bool(answer.stale) is stale
    assert "the mirror may be behind: openssl 3.0.17-1 (DSA-9-1)" in answer.named


def test_packages_from_elsewhere_are_left_alone(book) -> None:
    """What is in no official index, or newer than it, is not judged by the distribution's advisories."""
    known = book(lists=[advisory("DSA-1-1", fixed_in("9"), published=NOW + timedelta(days=2))])
    for kind in ("foreign", "newer"):
        answer = known.named(DEBIAN, installed(SSL), offered(**{kind: ("libssl3",)}), NOW)
        assert (answer.unfixed, answer.stale) == ((), "")


def test_missing_feeds_are_told(book) -> None:
    """Without advisories the updates stay as they are; without KEV and EPSS only the rank suffers, and that is said."""
    pending = offered(update(SSL, "3.0.15-1"))
    bare = book().named(DEBIAN, installed(SSL), pending, NOW)
    assert bare.updates == pending.updates
    assert bare.named == "no advisories of Debian:12 are at hand: run `posture feeds update`"
    known = book(lists=[advisory("DSA-1-1", fixed_in("3.0.15-1"))])
    assert "no known exploited vulnerabilities (KEV) at hand" in known.named(DEBIAN, installed(SSL), pending, NOW).named


def test_a_long_list_is_cut_and_counted(book) -> None:
    """Fifty flaws of an update are named, the worst; how many more there are is told."""
    known = book(lists=[advisory(f"DSA-{n}-1", fixed_in("3.0.15-1")) for n in range(60)])
    (one,) = known.named(DEBIAN, installed(SSL), offered(update(SSL, "3.0.15-1")), NOW).updates
    assert (len(one.flaws), one.more_flaws) == (50, 10)


def test_a_feed_that_was_replaced_counts_at_once(book) -> None:
    """A book that lives through an update of the feeds answers by the new ones."""
    known = book(lists=[])
    assert "no advisories" in known.named(DEBIAN, installed(SSL), offered(), NOW).named
    book(lists=[advisory("DSA-1-1", fixed_in("3.0.15-1"))])
    assert known.named(DEBIAN, installed(SSL), offered(update(SSL, "3.0.15-1")), NOW).updates[0].flaws


def test_alma_packages_go_by_their_own_names(book) -> None:
    """AlmaLinux lists built packages: another one of the same source is not meant."""
    known = book(lists=[advisory("ALSA-1", fixed_in("3.0-2.el8", "bpftool", "AlmaLinux:8", binary=True))])
    bpftool, kernel = package("bpftool", "3.0-1.el8", "kernel"), package("python3-perf", "3.0-1.el8", "kernel")
    pending = offered(update(bpftool, "3.0-2.el8"), update(kernel, "3.0-2.el8"), manager="rpm")
    answer = known.named(ALMA, installed(bpftool, kernel, manager="rpm"), pending, NOW)
    assert [names(one.flaws) for one in answer.updates] == [["ALSA-1"], []]
