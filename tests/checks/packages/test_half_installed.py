from dataclasses import replace

import typical_sources as t

from checks.packages.half_installed import half_installed
from posture.sdk import Outcome


def test_an_interrupted_installation_is_one_finding_with_its_packages(only) -> None:
    """However many there are, the command that finishes them is one."""
    assert only(half_installed, t.WHOLE).outcome is Outcome.PASS
    assert only(half_installed, replace(t.WHOLE, packages=())).outcome is Outcome.NOT_ASSESSED
    verdict = only(half_installed, replace(t.WHOLE, broken=tuple(f"p{n}" for n in range(40))))
    assert verdict.outcome is Outcome.FAIL
    assert verdict.summary == "40 packages are half installed: p0, p1, p2, p3, p4 and 35 more"
    assert "p39" in verdict.evidence[0].observed
    twice = only(half_installed, replace(t.WHOLE, manager="rpm", broken=("glibc",)))
    assert twice.summary == "1 package is installed twice: glibc"
