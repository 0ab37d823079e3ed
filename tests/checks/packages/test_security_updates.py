from pathlib import Path

import pytest

from checks.packages.security_updates import IN_COMMAND, IN_EVIDENCE, security_updates
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
    assert found.summary.endswith("; the index is not fresh")
    assert dict(found.details)["stale"] == stale
    assert f"not fresh: {stale}" in found.evidence[-1].observed


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


def test_packages_newer_than_the_archive_are_told(pending, only) -> None:
    """What comes from backports is fixed there: a pass says that it does not speak of it."""
    verdict = only(security_updates, pending(newer=("git", "curl")))
    assert verdict.outcome is Outcome.PASS
    assert "; 2 packages newer than the archive's were not compared" in verdict.summary
    assert "1 package newer than the archive's was not" in only(security_updates, pending(newer=("git",))).summary
    assert only(security_updates, pending(compared=0, newer=("git",))).outcome is Outcome.NOT_ASSESSED


def test_a_kernel_of_another_name_is_installed_under_that_name(update, pending, only) -> None:
    """An upgrade of the old name changes nothing, held or not."""
    old, new = "linux-image-6.1.0-18-amd64", "linux-image-6.1.0-28-amd64"
    verdict = only(security_updates, pending(updates=(update(package=old, replaced_by=new, held=True),)))
    details = dict(verdict.details)
    assert (details["packages"], details["held"], details["images"], details["kernel"]) == ((), (), (new,), True)
    assert verdict.summary.startswith("1 package is behind")
    assert f"{old} 3.0.14-1 -> {new} 3.0.15-1" in verdict.evidence[0].observed


def test_the_evidence_has_an_end(update, pending, only) -> None:
    """As many lines as the file of a report takes whole, the last of which counts the rest."""
    many = tuple(update(package=f"p{n:05}") for n in range(5_000))
    listed = only(security_updates, pending(updates=many)).evidence[0].observed.splitlines()
    assert (len(listed), listed[-1]) == (IN_EVIDENCE, f"and {5_000 - IN_EVIDENCE + 1} more")


@pytest.mark.parametrize("language", ["", ".de"])
def test_verify_counts_updates_that_bring_new_packages(language) -> None:
    """A plain simulated upgrade keeps new kernels back and would call them done."""
    source = Path(__file__).parents[3] / f"checks/packages/security_updates{language}.md"
    assert "apt-get -s upgrade --with-new-pkgs |" in source.read_text(encoding="utf-8")


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


def test_flaws_are_counted_once_and_alike(update, pending, flaw, only) -> None:
    """An advisory of three CVEs is three flaws, in the sentence as in the text; a CVE of two advisories is one."""
    three = flaw(id="DSA-1", cves=("CVE-2026-1", "CVE-2026-2", "CVE-2026-3"), severity=None)
    again = flaw(id="DSA-2", cves=("CVE-2026-3",), severity=None)
    verdict = only(security_updates, pending(updates=(update(flaws=(three, again)),)))
    assert verdict.summary.endswith("; these mend 3 known flaws")
    assert dict(verdict.details)["flaws"] == 3
