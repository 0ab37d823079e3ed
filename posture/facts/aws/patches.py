"""What AWS Systems Manager says of the patches of an account's machines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.aws.gap import Gap


@dataclass(frozen=True, slots=True)
class ManagedInstance:
    """A machine whose agent of Systems Manager has been heard of (ssm:DescribeInstanceInformation).

    `id` is that of the EC2 instance, or ``mi-...`` of a machine elsewhere. `ping` is AWS's word: ``Online``,
    ``ConnectionLost`` or ``Inactive``; `heard` is when it was heard of last. `system` is its name and version.
    """

    id: str
    name: str
    region: str
    ping: str
    heard: datetime | None
    system: str


@dataclass(frozen=True, slots=True)
class PatchState:
    """The result of the last scan or installation of patches on a machine (ssm:DescribeInstancePatchStates).

    `missing`, `failed`, `pending_reboot` and `rejected` count patches of its baseline. Of those that are not in order
    `critical`, `security` and `other` count by what the baseline makes of them, None where AWS did not tell.
    `scanned` is when the operation ended.
    """

    instance: str
    region: str
    missing: int
    failed: int
    pending_reboot: int
    rejected: int
    critical: int | None
    security: int | None
    other: int | None
    scanned: datetime | None
    baseline: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class InstancePatches:
    """Those of all `regions`; a managed machine without a state was never scanned.

    `gaps` are of both questions.
    """

    managed: tuple[ManagedInstance, ...]
    states: tuple[PatchState, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime
