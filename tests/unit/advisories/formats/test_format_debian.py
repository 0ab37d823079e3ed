"""Debian's lists of advisories and of packages without full support."""

from datetime import UTC, date, datetime

from posture.advisories.feeds.records import Advisory, Affected, Dated, Scheme, State, Unsupported

ENDED = b"""
# 1. source package name
wpewebkit\t2.38.6-1\t\t2023-05-09\thttps://bugs.example.test/1
php-horde.*\t0\t\t2025-03-22\tincompatible with PHP8
broken
"""


def test_the_lists_give_every_release_an_advisory_names(sample):
    """States instead of versions, several packages, regression updates without CVEs; notices are no advisories."""
    records, refused = sample("debian_list", "debian/DSA.list", "debian/DLA.list")
    advisories = {each.id: each for each in records if isinstance(each, Advisory)}
    assert not refused
    assert set(advisories) == {
        *("DSA-5843-2", "DSA-5776-1", "DSA-3699-1", "DSA-2275-1", "DSA-2015-1", "DSA-827-1", "DLA-4051-1", "DLA-4038-2")
    }
    assert advisories["DSA-2275-1"].affected == (
        Affected("Debian:6.0", "openoffice.org", Scheme.DPKG, State.FIXED, "1:3.2.1-11+squeeze3"),
        Affected("Debian:5.0", "openoffice.org", Scheme.DPKG, State.NOT_AFFECTED),
    )
    assert advisories["DSA-3699-1"].affected[0].state is State.UNFIXED
    assert [line.name for line in advisories["DSA-2015-1"].affected] == ["drbd8", "linux-modules-extra-2.6"]
    assert advisories["DSA-5843-2"].cves == ()
    assert advisories["DLA-4051-1"].cves[0] == "CVE-2025-24143"
    assert advisories["DLA-4051-1"].published == datetime(2025, 2, 13, tzinfo=UTC)


def test_each_list_is_as_new_as_its_newest_advisory(sample):
    """Both dates come out; the age of the data is told by them."""
    records, _ = sample("debian_list", "debian/DSA.list", "debian/DLA.list")
    dates = [each.at for each in records if isinstance(each, Dated)]
    assert dates == [datetime(2025, 1, 16, tzinfo=UTC), datetime(2025, 2, 13, tzinfo=UTC)]


def test_a_line_that_cannot_be_read_is_told_and_the_rest_stays(parsed):
    """An unknown release, a strange state, a date that is none."""
    lists = b"""[16 Jan 2025] DSA-1-1 a - security update
\t{CVE-2025-0001 nonsense}
\t[nosuch] - a 1
\t[bookworm] - a <whatever>
\t[bookworm] - a 1-1
\tfree words
[31 Feb 2025] DSA-2-1 b - security update
\t[bookworm] - b 1-1
nothing
"""
    records, refused = parsed("debian_list", lists, "list")
    assert [(each.id, len(each.affected)) for each in records if isinstance(each, Advisory)] == [("DSA-1-1", 1)]
    assert [(each.what, each.why.partition(":")[0]) for each in refused] == [
        ("DSA-1-1", "no CVE"),
        ("DSA-1-1", "the release is not known"),
        ("DSA-1-1", "the state is not known"),
        ("DSA-1-1", "neither a package, CVEs nor a note"),
        ("list line 7", "no date"),
        ("list line 9", "no advisory begins so"),
    ]


def test_ended_support_is_of_the_release_in_the_name_of_the_list(parsed):
    """A version of 0 names none; a name may be a pattern."""
    records, refused = parsed("debian_support", ENDED, "usr/share/security-support-ended.deb12")
    assert records == [
        Unsupported("Debian:12", "wpewebkit", False, date(2023, 5, 9), "2.38.6-1", "https://bugs.example.test/1"),
        Unsupported("Debian:12", "php-horde.*", False, date(2025, 3, 22), "", "incompatible with PHP8"),
    ]
    assert [each.what for each in refused] == ["security-support-ended.deb12 line 5"]


def test_limited_support_holds_for_every_release_of_the_lists_beside_it(parsed_files):
    """The list itself names none."""
    limited = b"adns   Stub resolver\ngolang.*\tSee notes\n"
    lists = [
        ("security-support-limited", limited),
        ("security-support-ended.deb11", b""),
        ("x/security-support-ended.deb12", b""),
    ]
    records, refused = parsed_files("debian_support", lists)
    assert not refused
    assert records == [
        Unsupported(f"Debian:{release}", source, True, note=note)
        for source, note in (("adns", "Stub resolver"), ("golang.*", "See notes"))
        for release in (11, 12)
    ]


def test_a_list_that_does_not_tell_its_release_is_refused(parsed_files):
    """Unless it is the package's link to a list that does."""
    link, own = ("security-support-ended", ENDED), ("security-support-ended.deb12", ENDED)
    records, refused = parsed_files("debian_support", [link])
    assert (records, [each.what for each in refused]) == ([], ["security-support-ended"])
    records, refused = parsed_files("debian_support", [link, own])
    assert (len(records), [each.what for each in refused]) == (2, ["security-support-ended.deb12 line 5"])
