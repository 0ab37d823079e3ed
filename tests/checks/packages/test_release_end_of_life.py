from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.packages.release_end_of_life import release_end_of_life
from posture.model.finding import System
from posture.report import markdown, remediation
from posture.sdk import Outcome, Release, Severity, Support

DEBIAN = System("debian", "10", "Debian GNU/Linux 10 (buster)", "systemd")


@pytest.mark.parametrize(
    ("phase", "outcome", "severity"),
    [
        (Support.REGULAR, Outcome.PASS, None),
        (Support.LTS, Outcome.PASS, None),
        (Support.PAID, Outcome.FAIL, Severity.MEDIUM),
        (Support.ENDED, Outcome.FAIL, None),
    ],
)
def test_phase_decides(phase, outcome, severity, release, only) -> None:
    """No updates is a high finding, updates for money a medium one."""
    verdict = only(release_end_of_life, release(phase=phase))
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


def test_pass_tells_until_when(release, only) -> None:
    """A release that is supported today carries the day on which that ends."""
    assert "until 2028-06-30" in only(release_end_of_life, release()).summary


def test_end_tells_since_when(release, only) -> None:
    """The last day of free updates is the one that counts."""
    ended = release(phase=Support.ENDED, free_until=datetime(2024, 6, 30, tzinfo=UTC))
    assert "since 2024-06-30" in only(release_end_of_life, ended).summary


def test_unknown_dates_are_no_dates(release, only) -> None:
    """Without a date the finding still stands."""
    verdict = only(release_end_of_life, release(phase=Support.ENDED, until=None))
    assert verdict.summary == "Debian 12 (bookworm) has had no security updates"


WAY = (Release("Debian 11 (bullseye)", "bullseye"), Release("Debian 12 (bookworm)", "bookworm"))


@pytest.fixture
def text():
    source = (Path(__file__).parents[3] / "checks/packages/release_end_of_life.md").read_text(encoding="utf-8")

    def rendered(verdict, system=DEBIAN) -> remediation.Remediation:
        text = remediation.load(source, "release_end_of_life.md")
        return remediation.render(text, details=verdict.details, system=system, subject="", resource="web1")

    return rendered


def test_the_way_goes_on_until_a_release_that_is_supported(release, only, text) -> None:
    """The release after an ended one may have ended too: every hop has its commands, its copy and its time."""
    old = release(product="Debian 10 (buster)", phase=Support.ENDED, codename="buster", upgrades=WAY)
    done = text(only(release_end_of_life, old))
    first, second = markdown.commands(done.fix_md)
    assert "s/buster/bullseye/g" in first
    assert "/etc/apt.buster" in first
    assert "s/bullseye/bookworm/g" in second
    assert "/etc/apt.bullseye" in second
    assert "until you are on Debian 12" in done.fix_md
    assert "Debian 12 \\(bookworm\\) or newer" in done.verify_md
    assert done.effort_minutes == 2 * text(only(release_end_of_life, release(phase=Support.ENDED))).effort_minutes


def test_without_a_known_way_the_text_promises_no_end(release, only, text) -> None:
    """One hop is shown, and that it may not be the last is said."""
    done = text(only(release_end_of_life, release(product="Debian 10 (buster)", phase=Support.ENDED)))
    (hop,) = [code for code in markdown.commands(done.fix_md) if "sed" in code]
    assert "s/buster/bullseye/g" in hop
    assert "Repeat steps 2 and 3 until you are on a release that gets security updates" in done.fix_md
    assert "not just one newer" in done.verify_md


@pytest.mark.parametrize(
    ("system", "product", "way", "commands"),
    [
        (
            System("almalinux", "8.4", "AlmaLinux 8.4", "systemd"), "AlmaLinux 8", ("AlmaLinux 9",),
            ("sudo yum install leapp-upgrade leapp-data-almalinux", "sudo leapp preupgrade", "sudo leapp upgrade"),
        ),
        (
            System("rhel", "8.4", "Red Hat Enterprise Linux 8.4", "systemd"), "Red Hat Enterprise Linux 8",
            ("Red Hat Enterprise Linux 9",), ("sudo yum install leapp-upgrade\n",),
        ),
        (
            System("fedora", "40", "Fedora Linux 40", "systemd"), "Fedora Linux 40",
            ("Fedora Linux 41", "Fedora Linux 42"), ("--releasever=41", "--releasever=42", "dnf system-upgrade reboot"),
        ),
        (
            System("alpine", "3.16.2", "Alpine Linux v3.16", ""), "Alpine Linux 3.16", ("Alpine Linux 3.24",),
            ("s#/v[0-9][0-9.]*/#/v3.24/#", "sudo apk upgrade --available"),
        ),
        (
            System("opensuse-leap", "15.5", "openSUSE Leap 15.5", "systemd"), "openSUSE Leap 15.5",
            ("openSUSE Leap 15.6", "openSUSE Leap 16.0"), ("--releasever=15.6 dup", "sudo opensuse-migration-tool"),
        ),
    ],
)  # fmt: skip
def test_every_distribution_has_its_own_way(system, product, way, commands, release, only, text) -> None:
    """The commands are those of the host's own distribution, for the releases on its way, and never apt's."""
    steps = tuple(Release(one, one.rpartition(" ")[2]) for one in way)
    old = release(product=product, phase=Support.ENDED, codename=product.rpartition(" ")[2], upgrades=steps)
    done = text(only(release_end_of_life, old), system)
    script = "\n".join(markdown.commands(done.fix_md))
    assert all(command in script + "\n" for command in commands)
    assert "apt" not in script
    assert done.effort_minutes == len(way) * 180


def test_old_dates_show_an_end_and_not_that_there_is_none(release, only) -> None:
    """What the dates said years ago is no pass; an end that they knew of is one all the same."""
    assert only(release_end_of_life, release(stale="of 2020")).outcome is Outcome.NOT_ASSESSED
    assert only(release_end_of_life, release(phase=Support.ENDED, stale="of 2020")).outcome is Outcome.FAIL
