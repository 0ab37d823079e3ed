"""Secrets that stand in the settings of an AWS account's resources: never a value, only what may be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.aws.gap import Gap
from posture.facts.leaks import LeakedSecret


@dataclass(frozen=True, slots=True)
class UserData:
    """The user data of one virtual machine. `launched` as the machine's; `secrets` may be empty.

    `path` of a secret is ``user data``, or the part of it (``user data, part 2``), `line` counts within that.
    """

    instance: str
    region: str
    launched: datetime | None
    secrets: tuple[LeakedSecret, ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceUserData:
    """The user data of the virtual machines (ec2:DescribeInstanceAttribute), one entry a machine that was judged.

    `rules` is the version of the rules for secrets (a digest). `gaps` are of the machines' list, too.
    """

    machines: tuple[UserData, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    rules: str
    observed: datetime


@dataclass(frozen=True, slots=True)
class LeakPlace:
    """A resource with secrets in its settings.

    `name` is its name for people, `id` what names it in commands (an ARN, a launch template's id). `version` is the
    revision or version that was read, where it has one, else empty. `path` of each secret is the variable, the
    parameter, the output or the part that it stands in, with the container's name before it where there are some.
    """

    name: str
    id: str
    region: str
    secrets: tuple[LeakedSecret, ...]
    version: str = ""


@dataclass(frozen=True, slots=True)
class PlaceLeaks:
    """The resources of one kind with secrets in them; `read` counts all that were judged."""

    places: tuple[LeakPlace, ...]
    read: int
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime


@dataclass(frozen=True, slots=True)
class LaunchTemplateLeaks(PlaceLeaks):
    """User data of EC2 launch templates, the latest and the default version (ec2:DescribeLaunchTemplateVersions)."""


@dataclass(frozen=True, slots=True)
class TaskDefinitionLeaks(PlaceLeaks):
    """Environments and commands of ECS, the newest active revision of each family (ecs:DescribeTaskDefinition)."""


@dataclass(frozen=True, slots=True)
class BuildProjectLeaks(PlaceLeaks):
    """Plain variables of CodeBuild projects, and build commands kept in them (codebuild:BatchGetProjects)."""


@dataclass(frozen=True, slots=True)
class StackLeaks(PlaceLeaks):
    """Parameters without NoEcho and outputs of CloudFormation stacks (cloudformation:DescribeStacks).

    `path` of a secret is ``parameter NAME`` or ``output NAME``.
    """


@dataclass(frozen=True, slots=True)
class PlainParameter:
    """A parameter of Systems Manager that is kept in clear and whose name says that it is a secret; never its value.

    `kind` is AWS's word, ``String`` or ``StringList``.
    """

    name: str
    region: str
    kind: str
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class PlainParameters:
    """Those of all regions; `read` counts the parameters kept in clear (ssm:DescribeParameters)."""

    parameters: tuple[PlainParameter, ...]
    read: int
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime
