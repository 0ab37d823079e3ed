"""The state of patches of an account's machines, as Systems Manager keeps it.

Source: AWS Systems Manager API Reference, DescribeInstanceInformation, DescribeInstancePatchStates (50 ids at once).
"""

from __future__ import annotations

from collections import defaultdict

from posture.collect.aws.api import Call, Listing
from posture.collect.aws.asked import Asked
from posture.collect.aws.fields import Item, moment, number, text
from posture.collect.aws.regional import listed
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.patches import InstancePatches, ManagedInstance, PatchState
from posture.facts.factset import Facts

AT_ONCE = 50


def read_patches(asked: Asked) -> Facts:
    """`InstancePatches`."""
    told = listed(asked, Call("ssm", "DescribeInstanceInformation", {"MaxResults": 50}), "InstanceInformationList")
    managed = [_managed(item, region) for region, item in told.items if text(item, "InstanceId")]
    ids: dict[str, list[str]] = defaultdict(list)
    for one in managed:
        ids[one.region].append(one.id)
    batches = [(region, some[at : at + AT_ONCE]) for region, some in ids.items() for at in range(0, len(some), AT_ONCE)]
    answers, lost = asked.api.each(lambda batch: (batch[0], _states(asked, *batch)), batches)
    states: list[PatchState] = []
    gaps: list[Gap] = [*told.gaps, *lost]
    for region, listing in answers:
        gaps += listing.gaps
        for item in listing.items:
            state = _state(item, region)
            if state is None:
                gaps.append(Gap("ssm:DescribeInstancePatchStates", Why.FAULT, region, text(item, "InstanceId")))
            else:
                states.append(state)
    fact = InstancePatches(tuple(managed), tuple(states), asked.api.regions, tuple(dict.fromkeys(gaps)), asked.at)
    return {InstancePatches: fact}


def _states(asked: Asked, region: str, ids: list[str]) -> Listing:
    call = Call("ssm", "DescribeInstancePatchStates", {"InstanceIds": ids}, region)
    return asked.api.listing(call, "InstancePatchStates")


def _managed(item: Item, region: str) -> ManagedInstance:
    system = " ".join(part for part in (text(item, "PlatformName"), text(item, "PlatformVersion")) if part)
    return ManagedInstance(
        text(item, "InstanceId"),
        text(item, "ComputerName") or text(item, "Name"),
        region,
        text(item, "PingStatus"),
        moment(item, "LastPingDateTime"),
        system or text(item, "PlatformType"),
    )


def _state(item: Item, region: str) -> PatchState | None:
    """None where the counts are not there: their absence is no zero."""
    missing, failed = number(item, "MissingCount"), number(item, "FailedCount")
    if not text(item, "InstanceId") or missing is None or failed is None:
        return None
    return PatchState(
        instance=text(item, "InstanceId"),
        region=region,
        missing=missing,
        failed=failed,
        pending_reboot=number(item, "InstalledPendingRebootCount") or 0,
        rejected=number(item, "InstalledRejectedCount") or 0,
        critical=number(item, "CriticalNonCompliantCount"),
        security=number(item, "SecurityNonCompliantCount"),
        other=number(item, "OtherNonCompliantCount"),
        scanned=moment(item, "OperationEndTime"),
        baseline=text(item, "BaselineId"),
        group=text(item, "PatchGroup"),
    )
