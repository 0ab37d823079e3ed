"""The state of patches, on answers of the documented shape."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aws_answers import Answers, asked

from posture.collect.aws.patches import read_patches
from posture.facts.aws.gap import Why
from posture.facts.aws.patches import InstancePatches

AT = datetime(2026, 11, 20, 3, 4, tzinfo=UTC)


def machine(number: int) -> dict[str, Any]:
    return {
        "InstanceId": f"i-{number}", "PingStatus": "Online", "LastPingDateTime": AT, "PlatformType": "Linux",
        "PlatformName": "Ubuntu", "PlatformVersion": "22.04", "ComputerName": "shop", "ResourceType": "EC2Instance",
    }  # fmt: skip


def state(number: int, **more: object) -> dict[str, Any]:
    counts = {"MissingCount": 3, "FailedCount": 1, "InstalledPendingRebootCount": 2, "CriticalNonCompliantCount": 1}
    return {"InstanceId": f"i-{number}", "BaselineId": "pb-1", "OperationEndTime": AT, "Operation": "Scan", **counts,
            **more}  # fmt: skip


def read(given: Mapping[str, Any]) -> tuple[InstancePatches, Answers]:
    answers = Answers(given)
    fact = read_patches(asked(answers))[InstancePatches]
    assert isinstance(fact, InstancePatches)
    return fact, answers


def test_states_are_asked_for_fifty_machines_at_once():
    """Of 120 managed machines each state comes with its counts, in three questions."""

    def states(params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"InstancePatchStates": [state(int(one[2:])) for one in params["InstanceIds"]]}

    machines = {"InstanceInformationList": [machine(number) for number in range(120)]}
    fact, answers = read({"ssm:DescribeInstanceInformation": machines, "ssm:DescribeInstancePatchStates": states})
    assert answers.count("ssm:DescribeInstancePatchStates") == 3
    assert (len(fact.managed), len(fact.states), fact.gaps) == (120, 120, ())
    first = fact.states[0]
    assert (first.missing, first.failed, first.pending_reboot, first.critical, first.security) == (3, 1, 2, 1, None)
    assert (first.scanned, fact.managed[0].system) == (AT, "Ubuntu 22.04")


def test_a_state_without_its_counts_is_no_machine_in_order():
    """What was not said is a gap, never a zero."""
    machines = {"InstanceInformationList": [machine(1)]}
    without = {"InstancePatchStates": [{"InstanceId": "i-1"}]}
    fact, _ = read({"ssm:DescribeInstanceInformation": machines, "ssm:DescribeInstancePatchStates": without})
    assert fact.states == ()
    assert [(gap.about, gap.why) for gap in fact.gaps] == [("i-1", Why.FAULT)]


def test_the_states_that_were_refused_leave_the_machines():
    """The other question's answer stands, and the permission that is missing is named."""
    fact, _ = read({"ssm:DescribeInstanceInformation": {"InstanceInformationList": [machine(1)]}})
    assert len(fact.managed) == 1
    assert [gap.action for gap in fact.gaps] == ["ssm:DescribeInstancePatchStates"]
