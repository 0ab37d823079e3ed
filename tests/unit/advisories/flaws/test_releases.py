"""Releases: their names in OSV, their lives, and their packages without support."""

from datetime import UTC, date, datetime

import pytest
from feed_file import NOW
from flawed_host import DEBIAN, installed, package

from posture.advisories.feeds.records import Cycle, Unsupported
from posture.advisories.flaws.ecosystems import ecosystems_of
from posture.facts.host import OsRelease
from posture.facts.packages import Support
from posture.facts.unavailable import Unavailable

KNOWN = (
    "Debian:12", "Debian:1", "Ubuntu:22.04:LTS", "Ubuntu:24.10", "Ubuntu:Pro:22.04:LTS", "Ubuntu:Pro:FIPS:22.04:LTS",
    "Alpine:v3.20", "AlmaLinux:9", "Rocky Linux:9", "Red Hat:enterprise_linux:9::baseos", "Red Hat:enterprise_linux:9",
    "Red Hat:enterprise_linux:9::appstream", "Red Hat:rhel_eus:9.2::baseos", "openSUSE:Leap 15.6",
    "SUSE:Linux Enterprise Server 15 SP5", "SUSE:Linux Enterprise Server 15 SP6",
    "SUSE:Linux Enterprise Module for Basesystem 15 SP5", "openSUSE:Tumbleweed",
)  # fmt: skip


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        (("debian", "12", ""), ("Debian:12",)),
        (("debian", "", "Debian GNU/Linux trixie/sid"), ()),
        (("ubuntu", "22.04", ""), ("Ubuntu:22.04:LTS", "Ubuntu:Pro:22.04:LTS")),
        (("ubuntu", "24.10", ""), ("Ubuntu:24.10",)),
        (("alpine", "3.20.3", ""), ("Alpine:v3.20",)),
        (("alpine", "3.21_alpha20240807", "Alpine Linux edge"), ()),
        (("almalinux", "9.4", ""), ("AlmaLinux:9",)),
        (("rocky", "9.3", ""), ("Rocky Linux:9",)),
        (("ol", "9.3", "Oracle Linux 9.3"), ()),
        (
            ("rhel", "9.4", ""),
            (
                "Red Hat:enterprise_linux:9",
                "Red Hat:enterprise_linux:9::appstream",
                "Red Hat:enterprise_linux:9::baseos",
            ),
        ),
        (
            ("sles", "15.5", "SUSE Linux Enterprise Server 15 SP5"),
            ("SUSE:Linux Enterprise Module for Basesystem 15 SP5", "SUSE:Linux Enterprise Server 15 SP5"),
        ),
        (("opensuse-leap", "15.6", "openSUSE Leap 15.6"), ("openSUSE:Leap 15.6",)),
        (("opensuse-tumbleweed", "20261120", "openSUSE Tumbleweed"), ("openSUSE:Tumbleweed",)),
        (("linuxmint", "12", "Linux Mint"), ()),
    ],
)
def test_a_release_has_its_own_advisories_only(release, expected) -> None:
    """Never those of another release, of a paid variant it may not have, or of a relative."""
    distribution, version, name = release
    assert ecosystems_of(OsRelease(distribution, version, "", name), KNOWN) == expected


CYCLES = [
    Cycle("almalinux", "8", Support.REGULAR, date(2029, 5, 31), released=date(2021, 3, 30)),
    Cycle("almalinux", "9", Support.REGULAR, date(2032, 5, 31), released=date(2022, 5, 26)),
    Cycle("rhel", "7", Support.REGULAR, date(2024, 6, 30), released=date(2014, 6, 10)),
    Cycle("rhel", "7", Support.PAID, date(2029, 5, 31), released=date(2014, 6, 10)),
    Cycle("rhel", "8", Support.REGULAR, date(2029, 5, 31), released=date(2019, 5, 7)),
    Cycle("centos", "7", Support.REGULAR, date(2024, 6, 30), released=date(2014, 7, 7)),
    Cycle("fedora", "41", Support.REGULAR, date(2025, 12, 15), released=date(2024, 10, 29)),
    Cycle("fedora", "42", Support.REGULAR, date(2026, 5, 13), released=date(2025, 4, 15)),
    Cycle("fedora", "43", Support.REGULAR, date(2026, 12, 9), released=date(2025, 10, 28)),
    Cycle("fedora", "45", Support.REGULAR, None, released=date(2027, 4, 20)),
    Cycle("alpine-linux", "3.16", Support.REGULAR, date(2024, 5, 23), released=date(2022, 5, 23)),
    Cycle("alpine-linux", "3.23", Support.REGULAR, date(2027, 11, 1), released=date(2025, 12, 4)),
    Cycle("alpine-linux", "3.24", Support.REGULAR, date(2028, 6, 1), released=date(2026, 6, 9)),
    Cycle("opensuse", "42.3", Support.REGULAR, date(2019, 7, 1), released=date(2017, 7, 26)),
    Cycle("opensuse", "16.0", Support.REGULAR, date(2027, 10, 31), released=date(2025, 10, 1)),
]


@pytest.mark.parametrize(
    ("release", "product", "phase", "way"),
    [
        (("almalinux", "8.10", "AlmaLinux 8.10"), "AlmaLinux 8", Support.REGULAR, ()),
        (("rhel", "7.9", "RHEL"), "Red Hat Enterprise Linux 7", Support.PAID, ("Red Hat Enterprise Linux 8",)),
        (("centos", "7", "CentOS Linux 7 (Core)"), "CentOS Linux 7", Support.ENDED, ("AlmaLinux 8",)),
        (("fedora", "41", "F"), "Fedora Linux 41", Support.ENDED, ("Fedora Linux 42", "Fedora Linux 43")),
        (("alpine", "3.16.9", "A"), "Alpine Linux 3.16", Support.ENDED, ("Alpine Linux 3.24",)),
        (("opensuse-leap", "42.3", "L"), "openSUSE Leap 42.3", Support.ENDED, ("openSUSE Leap 16.0",)),
    ],
)
def test_a_release_has_its_phase_and_its_way_out(release, product, phase, way, book) -> None:
    """Free updates, paid ones, none; and the releases to go through, never one that is not out."""
    known = book(eol=CYCLES)
    answer = known.support(OsRelease(release[0], release[1], "", release[2]), NOW)
    assert (answer.product, answer.phase) == (product, phase)
    assert tuple(step.product for step in answer.upgrades) == way


def test_the_last_day_still_counts(book) -> None:
    """A release ends after its last day, at midnight UTC."""
    known = book(eol=CYCLES)
    fedora = OsRelease("fedora", "43", "", "Fedora Linux 43")
    last = datetime(2026, 12, 9, 23, 59, tzinfo=UTC)
    assert known.support(fedora, last).phase is Support.REGULAR
    ended = known.support(fedora, datetime(2026, 12, 10, tzinfo=UTC))
    assert (ended.phase, ended.free_until) == (Support.ENDED, datetime(2026, 12, 9, tzinfo=UTC))


def test_an_unknown_release_is_not_guessed(book) -> None:
    """A derivative, a release that is too new for the data, and no data at all."""
    known = book(eol=CYCLES)
    for release in (
        ("virtuozzo", "8", "V", ("rhel",)),
        ("fedora", "46", "Fedora 46", ()),
        ("sles", "15.5", "SLES", ()),
    ):
        distribution, version, name, like = release
        assert isinstance(known.support(OsRelease(distribution, version, "", name, like), NOW), Unavailable)


def test_packages_without_support_are_named(book) -> None:
    """By source package, from the day on which it ended; a pattern names many; what is only limited is told apart."""
    known = book(
        lists=[
            Unsupported("Debian:12", "pdns", limited=False, since=date(2025, 10, 1), note="abandoned"),
            Unsupported("Debian:12", "lxd", limited=False, since=date(2027, 1, 1)),
            Unsupported("Debian:12", "golang.*", limited=True, note="static linking"),
            Unsupported("Debian:11", "openssl", limited=False),
        ]
    )
    host = installed(
        package("pdns-server", "4.7-2", "pdns"), package("pdns-backend-pgsql", "4.7-2", "pdns"), package("lxd", "5"),
        package("golang-1.19-go", "1.19", "golang-1.19"), package("openssl", "3"),
    )  # fmt: skip
    golang, pdns = known.unsupported(DEBIAN, host, NOW).packages
    assert (golang.source, golang.limited) == ("golang-1.19", True)
    assert (pdns.packages, pdns.since, pdns.limited) == (
        ("pdns-backend-pgsql", "pdns-server"),
        date(2025, 10, 1),
        False,
    )
    assert isinstance(known.unsupported(OsRelease("fedora", "43", "", "Fedora"), host, NOW), Unavailable)
    assert isinstance(book().unsupported(OsRelease("debian", "13", "", "D"), host, NOW), Unavailable)


def test_a_host_names_the_feeds_that_its_answers_stand_on(book) -> None:
    """The list of its packages without support, or its cycles; what is missing too, nothing of others."""
    known = book(lists=[Unsupported("Debian:12", "pdns", limited=False)], eol=CYCLES)
    fedora = OsRelease("fedora", "43", "", "Fedora Linux 43")
    of_debian, of_fedora = ({s.name for s in known.sources_for(one, installed(), NOW)} for one in (DEBIAN, fedora))
    assert of_debian - of_fedora == {"feed: advisories of Debian:12", "feed: lists"}
    assert of_fedora - of_debian == {"feed: advisories of Fedora Linux 43", "feed: eol"}


def test_from_release_10_on_red_hat_names_its_repositories_with_a_minor_release() -> None:
    """Advisories of RHEL 10 count for a host, whatever minor release they were published under; paid ones do not."""
    known = ("Red Hat:enterprise_linux:10.0", "Red Hat:enterprise_linux:10.1::baseos", "Red Hat:enterprise_linux:1.0")
    release = OsRelease("rhel", "10.1", "", "Red Hat Enterprise Linux 10.1 (Coughlan)")

    assert ecosystems_of(release, (*known, "Red Hat:enterprise_linux_eus:10.0")) == known[:2]
