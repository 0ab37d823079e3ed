import pytest

from checks.packages.security_updates import IN_COMMAND, security_updates
from posture.sdk import Outcome


def test_waiting_updates_fail_as_one_finding(update, pending, only) -> None:
    """All waiting packages of a host are one finding, whose evidence names each with both versions."""
    verdict = only(security_updates, pending(updates=(update(), update(package="curl", source="curl"))))
    assert (verdict.outcome, verdict.subject) == (Outcome.FAIL, "")
    assert verdict.summary.startswith("2 packages are behind")
    assert "libssl3 3.0.14-1 -> 3.0.15-1 (bookworm-security)" in verdict.evidence[0].observed
    assert dict(verdict.details)["packages"] == ("curl", "libssl3")


def test_same_package_of_two_architectures_counts_once(update, pending, only) -> None:
    """libssl3 for amd64 and i386 is one name in the command."""
    verdict = only(security_updates, pending(updates=(update(), update(architecture="i386"))))
    assert dict(verdict.details)["packages"] == ("libssl3",)
    assert verdict.summary.startswith("1 package is behind")


def test_long_lists_are_cut_and_counted(update, pending, only) -> None:
    """More packages than a page holds: the command upgrades all, the count stays true."""
    many = tuple(update(package=f"p{n:03}") for n in range(100))
    details = dict(only(security_updates, pending(updates=many)).details)
    assert (len(details["packages"]), details["count"], details["more"]) == (IN_COMMAND, 100, 100 - IN_COMMAND)


def test_held_packages_fail_and_are_named_apart(update, pending, only) -> None:
    """A held package is as open as any other, but the plain command would not touch it."""
    verdict = only(security_updates, pending(updates=(update(held=True),)))
    assert verdict.outcome is Outcome.FAIL
    assert "held back by hand" in verdict.summary
    assert (dict(verdict.details)["packages"], dict(verdict.details)["held"]) == ((), ("libssl3",))


def test_other_updates_pass_and_are_counted(update, pending, only) -> None:
    """Updates without a security fix do not fail the check."""
    verdict = only(security_updates, pending(updates=(update(security=False),)))
    assert verdict.outcome is Outcome.PASS
    assert "1 other update waiting" in verdict.summary


def test_stale_index_never_passes(update, pending, only) -> None:
    """An old index can prove that something is missing, never that nothing is."""
    stale = "the index is 9 days old: the mirror is not updated"
    silent = only(security_updates, pending(stale=stale))
    assert silent.outcome is Outcome.NOT_ASSESSED
    assert silent.summary == f"No known update as of 2026-11-22: {stale}"
    found = only(security_updates, pending(updates=(update(),), stale=stale))
    assert found.outcome is Outcome.FAIL
    assert stale in found.summary


def test_versions_that_cannot_be_compared_never_pass(pending, only) -> None:
    """The packages in doubt are named."""
    verdict = only(security_updates, pending(not_comparable=("odd1", "odd2")))
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "odd1, odd2" in verdict.summary


def test_nothing_compared_never_passes(pending, only) -> None:
    """An index that knows none of the packages says nothing about them."""
    assert only(security_updates, pending(compared=0)).outcome is Outcome.NOT_ASSESSED


def test_foreign_packages_are_told(pending, only) -> None:
    """A pass says what it does not speak of."""
    verdict = only(security_updates, pending(foreign=("docker-ce",)))
    assert verdict.outcome is Outcome.PASS
    assert "1 package from other sources not compared" in verdict.summary


def test_every_package_stands_in_the_evidence(update, pending, only) -> None:
    """A report cuts the list and counts the rest itself; what the check leaves out nobody could find again."""
    many = tuple(update(package=f"p{n:03}") for n in range(100))
    listed = only(security_updates, pending(updates=many)).evidence[0].observed.splitlines()
    assert [line.split()[0] for line in listed] == [f"p{n:03}" for n in range(100)]


@pytest.mark.parametrize(
    ("package", "source", "kernel"),
    [
        ("linux-image-6.1.0-28-amd64", "linux-signed-amd64", True),
        ("linux-image-generic", "linux-meta", True),
        ("linux-libc-dev", "linux", False),
        ("linux-perf", "linux", False),
        ("linux-base", "linux-base", False),
    ],
)
def test_only_an_image_is_a_kernel(package, source, kernel, update, pending, only) -> None:
    """A reboot is asked for when a kernel comes, not when headers or tools of the same source do."""
    verdict = only(security_updates, pending(updates=(update(package=package, source=source),)))
    assert dict(verdict.details)["kernel"] is kernel
