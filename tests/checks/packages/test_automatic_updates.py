from dataclasses import replace
from datetime import timedelta

import pytest
import typical_sources as t

from checks.packages.automatic_updates import automatic_updates
from posture.sdk import Installs, Outcome, Severity

WORKING = replace(t.NOTHING, tool="dnf-automatic", installs=Installs.SECURITY, last=t.AT - timedelta(days=1))


def test_a_working_tool_passes(only) -> None:
    for automatic in (WORKING, replace(WORKING, last=None)):
        assert only(automatic_updates, automatic, t.MACHINE).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("automatic", "severity", "says"),
    [
        (t.NOTHING, None, "Nothing installs"),
        (replace(t.NOTHING, installs=Installs.DOWNLOADS, tool="dnf-automatic", missing="apply_updates is no"), None,
         "nobody installs them: apply_updates is no"),
        (replace(t.NOTHING, tool="unattended-upgrades", missing="its timer is off"), Severity.MEDIUM, "timer is off"),
        (replace(WORKING, missing="no cron daemon runs"), Severity.MEDIUM, "no cron daemon runs"),
        (replace(WORKING, last=t.AT - timedelta(days=20)), Severity.MEDIUM, "last ran on 2026-11-02"),
    ],
)  # fmt: skip
def test_what_people_believe_in_is_worse_than_nothing(automatic, severity, says, only) -> None:
    """Low where nothing is set up; medium where something is, and does not work."""
    verdict = only(automatic_updates, automatic, t.MACHINE)
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, severity)
    assert says in verdict.summary


def test_unknown_is_not_nothing(only) -> None:
    unknown = replace(t.NOTHING, installs=Installs.UNKNOWN, missing="apt-config did not answer")
    verdict = only(automatic_updates, unknown, t.MACHINE)
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "apt-config did not answer" in verdict.summary


def test_an_image_is_rebuilt_a_system_container_is_updated(only) -> None:
    assert only(automatic_updates, t.NOTHING, replace(t.MACHINE, container="docker")).outcome is Outcome.NOT_APPLICABLE
    assert only(automatic_updates, t.NOTHING, replace(t.MACHINE, container="lxc")).outcome is Outcome.FAIL
