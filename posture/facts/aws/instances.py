"""The virtual machines of an AWS account (ec2:DescribeInstances)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.aws.gap import Gap


@dataclass(frozen=True, slots=True)
class Ec2Instance:
    """A virtual machine that is not terminated.

    `name` is that of its tag Name. `state` is AWS's word (``running``, ``stopped``). `launched` is when it was started
    last, `image` the AMI's id, `system` AWS's words for it (``Linux/UNIX``, ``Windows``). `profile` is the ARN of its
    instance profile, `group` the Auto Scaling group that made it; both may be empty.

    Of the metadata service: `metadata` is whether it is on, `metadata_tokens` ``required`` (version 2 alone) or
    ``optional`` (version 1 answers too), empty where AWS did not say, `metadata_hops` how far its answers go.
    """

    id: str
    name: str
    region: str
    state: str
    launched: datetime | None
    image: str
    system: str
    vpc: str = ""
    subnet: str = ""
    security_groups: tuple[str, ...] = ()  # ids, of all its interfaces
    public_addresses: tuple[str, ...] = ()  # IPv4 and IPv6
    profile: str = ""
    group: str = ""
    metadata: bool = True
    metadata_tokens: str = ""
    metadata_hops: int = 0


@dataclass(frozen=True, slots=True)
class Ec2Instances:
    """Those of all regions that were read; `gaps` are of ec2:DescribeInstances alone."""

    account: str
    instances: tuple[Ec2Instance, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime
