from pathlib import Path

import pytest

from checks.packages.reboot_needed import reboot_needed
from posture.model.finding import System
from posture.report import remediation
from posture.sdk import Outcome, Severity


@pytest.mark.parametrize(
    ("running", "newest"),
    [
        ("6.1.0-18-amd64", "6.1.0-28-amd64"),
        ("6.1.0-9-amd64", "6.1.0-10-amd64"),
        ("5.15.0-125-generic", "6.8.0-48-generic"),
        ("6.1.0-0.deb11.21-amd64", "6.1.0-0.deb11.22-amd64"),
        ("5.14.0-427.13.1.el9_4.x86_64", "5.14.0-427.40.1.el9_4.x86_64"),
        ("5.14.0-70.el9.x86_64", "5.14.0-70.2.1.el9_0.x86_64"),
    ],
)
def test_older_kernel_runs(running, newest, kernel, only) -> None:
    """A newer installed kernel waits for a reboot; numbers count as numbers."""
    verdict = only(reboot_needed, kernel(running=running, newest_installed=newest))
    assert verdict.outcome is Outcome.FAIL
    assert f"kernel {running} runs, {newest} is installed" in verdict.summary


def test_system_asks_for_it(kernel, only) -> None:
    """The distribution's own flag counts also when the kernel is the newest, or no kernel was found."""
    for newest in ("6.1.0-28-amd64", ""):
        asked = kernel(newest_installed=newest, reboot_required=True, reboot_packages=("libc6",))
        verdict = only(reboot_needed, asked)
        assert verdict.outcome is Outcome.FAIL
        assert "because of libc6" in verdict.summary


def test_core_packages_of_systems_that_set_no_flag(kernel, only) -> None:
    """The C library was updated after the boot; in a container that is not the kernel's business."""
    verdict = only(reboot_needed, kernel(updated=("glibc", "systemd")))
    assert verdict.outcome is Outcome.FAIL
    assert "glibc, systemd updated since the last one" in verdict.summary
    assert only(reboot_needed, kernel(updated=("glibc",), container="lxc")).outcome is Outcome.NOT_APPLICABLE


def test_a_patched_kernel_is_less_urgent_unless_more_waits(kernel, only) -> None:
    """livepatch mends the gravest flaws of the kernel, of nothing else."""
    patched = {"running": "6.1.0-18-amd64", "livepatches": ("kpatch_1",)}
    assert only(reboot_needed, kernel(**patched)).severity is Severity.LOW
    assert only(reboot_needed, kernel(**patched, reboot_required=True)).severity is None


@pytest.mark.parametrize("running", ["6.1.0-28-amd64", "6.1.0-28-cloud-amd64"])
def test_newest_kernel_runs(running, kernel, only) -> None:
    """The newest build passes, whatever its flavour."""
    assert only(reboot_needed, kernel(running=running)).outcome is Outcome.PASS


def test_a_container_has_no_kernel_but_may_ask_for_a_restart(kernel, only) -> None:
    """A container cannot reboot its host's kernel; its own request for a restart counts all the same."""
    quiet = only(reboot_needed, kernel(container="docker", running="6.1.0-18-amd64"))
    assert quiet.outcome is Outcome.NOT_APPLICABLE
    asking = only(reboot_needed, kernel(container="lxc", running="6.1.0-18-amd64", reboot_required=True))
    assert asking.outcome is Outcome.FAIL
    assert "6.1.0-28" not in asking.summary, "the kernel in /boot is not the container's business"


@pytest.mark.parametrize(("running", "newest"), [("6.1.0-28-amd64", ""), ("6.12.5-linode", "6.1.0-28-amd64")])
def test_kernel_from_elsewhere_is_not_judged(running, newest, kernel, only) -> None:
    """With no kernel in /boot, or a provider's newer one running, a reboot may change nothing."""
    assert only(reboot_needed, kernel(running=running, newest_installed=newest)).outcome is Outcome.NOT_ASSESSED


@pytest.mark.parametrize(("init", "command"), [("systemd", "systemctl --failed"), ("", "ps -eo")])
def test_the_look_before_a_reboot_shows_what_the_text_says(init, command, kernel, only) -> None:
    """What failed or ran before is seen before and after, with or without systemd."""
    source = (Path(__file__).parents[3] / "checks/packages/reboot_needed.md").read_text(encoding="utf-8")
    text = remediation.load(source, "reboot_needed.md")
    details = only(reboot_needed, kernel(running="6.1.0-18-amd64")).details
    done = remediation.render(text, details=details, system=System("debian", "12", "", init), subject="", resource="w")
    assert command in done.fix_md
    assert command in done.verify_md
    assert ("failing already" in done.fix_md) is (init == "systemd")
