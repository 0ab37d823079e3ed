from dataclasses import replace
from types import SimpleNamespace

import pytest
from typical_updates import PENDING

from posture.engine.derive import _pending
from posture.facts.host import KernelState, OsRelease
from posture.facts.packages import InstalledPackages
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
