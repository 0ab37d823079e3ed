from dataclasses import replace
from types import SimpleNamespace

import pytest
from typical_updates import PENDING

from posture.engine.derive import _pending, _stale
from posture.facts.host import KernelState, OsRelease
from posture.facts.packages import InstalledPackages
from posture.facts.software import StaleProcesses
from posture.facts.unavailable import Unavailable

RELEASE = OsRelease("debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)")
PACKAGES = InstalledPackages("dpkg", (), (), PENDING.observed)
DOCKER = KernelState("6.1.0", "", False, (), "docker", PENDING.observed)


@pytest.mark.parametrize(
    ("kernel", "container"), [(DOCKER, "docker"), (replace(DOCKER, container=""), ""), (Unavailable("denied"), "")]
)
def test_updates_know_the_container_and_do_not_need_it(kernel, container) -> None:
    """An image is rebuilt, which the text has to say; where it is not known, no finding is lost."""
    advisor = SimpleNamespace(pending=lambda release, packages, now: PENDING)
    assert _pending(RELEASE, PACKAGES, kernel, advisor) == replace(PENDING, container=container)


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, False), ({"updated": ("glibc",)}, True), ({"newest_installed": "6.1.9"}, True),
        ({"newest_installed": "6.1.9", "livepatches": ("lp",)}, False),
        ({"updated": ("glibc",), "livepatches": ("lp",)}, True), ({"container": "lxc", "updated": ("glibc",)}, False),
        ({"container": "lxc", "reboot_required": True}, True),
    ],
)  # fmt: skip
def test_processes_know_of_a_reboot_that_another_finding_asks_for(changes, due) -> None:
    """Not of one that a patched kernel may wait for; where nothing is known of the kernel, they lose nothing."""
    seen = StaleProcesses((), 9, 9, PENDING.observed)
    state = replace(KernelState("6.1.0", "6.1.0", False, (), "", PENDING.observed), **changes)
    assert _stale(seen, state) == replace(seen, reboot_due=due)
    assert _stale(seen, Unavailable("denied")) == seen
