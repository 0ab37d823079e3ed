"""What the principals of an AWS account may do, and whom policies let in: concluded from its policies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.facts.aws.gap import Gap


class Level(StrEnum):
    """How far a principal's permissions reach."""

    LIMITED = "limited"
    ESCALATION = "escalation"  # can make itself an administrator
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """A policy that somebody has. `arn` is empty for an inline one.

    `holder_kind` is ``user``, ``role`` or ``group``, and ``boundary`` for a permissions boundary.
    """

    name: str
    arn: str
    holder_kind: str
    holder: str

    def __str__(self) -> str:
        inline = "" if self.arn else " (inline)"
        by = f" by group {self.holder}" if self.holder_kind == "group" else ""
        return f"{self.name}{inline}{by}"


@dataclass(frozen=True, slots=True)
class EscalationPath:
    """One way to more rights. `id` names it in the reference list, `permissions` are what it takes, `target` over what.

    `granted_by` names the policies that grant them together; `needs` says in words what else must exist or happen.
    """

    id: str
    title: str
    permissions: tuple[str, ...]
    target: str
    granted_by: tuple[str, ...]
    needs: str = ""


@dataclass(frozen=True, slots=True)
class PrincipalPower:
    """A user or role. `without_mfa` is the level it reaches when nobody gave a second factor.

    `kind` is ``user`` or ``role``. `granted_by` names the policies (and the group they come by) that make the level, or
    that grant the `wildcards` where the level is LIMITED; `policies` are the same, for commands. `unclear` says in
    words which conditions could not be judged (they are taken as met, those of a denial as not) and which policies of
    it are not known; with one that is not known a level below ADMIN is a lower bound. `reserved`: a role that only AWS
    changes (service-linked, or of Identity Center); its `paths` are not looked for.
    """

    kind: str
    name: str
    arn: str
    level: Level
    without_mfa: Level
    granted_by: tuple[str, ...] = ()
    paths: tuple[EscalationPath, ...] = ()
    wildcards: tuple[str, ...] = ()  # services granted whole on all resources (``s3:*``)
    unclear: str = ""
    policies: tuple[PolicyRef, ...] = ()
    unread: tuple[str, ...] = ()  # its policies that are not known
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class AwsPowers:
    """All users and roles of an account; `gaps` as of the policies they were concluded from."""

    principals: tuple[PrincipalPower, ...]
    gaps: tuple[Gap, ...]
    observed: datetime


class Whom(StrEnum):
    """Whom a policy at a resource or the trust policy of a role lets in."""

    ANYONE = "anyone"  # anybody on the internet, or anybody with any AWS account
    ACCOUNT = "account"  # another account
    FEDERATED = "federated"  # users of an identity provider
    SERVICE = "service"  # a service of AWS, for resources of any account


@dataclass(frozen=True, slots=True)
class Opening:
    """One statement that lets somebody from outside in, after denials and conditions.

    `kind`, `name`, `arn`, `region` are of the resource (``iam-role`` for a trust policy). `who` names the account, the
    provider or the service; `actions` as the policy has them, in small letters. `external_id`: a trust that asks for
    one. `limits` says in words the conditions that narrow it: whoever is outside of them is not let in. Conditions
    that narrow nothing (a ``*``, all addresses) are not among them. `unclear` are those that could not be judged and
    are taken as met. `statement` is its Sid, empty where it has none.
    """

    kind: str
    name: str
    arn: str
    region: str
    whom: Whom
    who: str
    actions: tuple[str, ...]
    writes: bool = False  # something besides reading is allowed
    external_id: bool = False
    subject_checked: bool = True  # FEDERATED: the condition names whose identities of the provider
    limits: tuple[str, ...] = ()
    unclear: str = ""
    statement: str = ""


@dataclass(frozen=True, slots=True)
class AwsOpenings:
    """All openings of the policies at resources.

    `judged` counts policies by kind; `gaps` are those of what was read, a policy that was not understood is one of the
    permission that reads it.
    """

    openings: tuple[Opening, ...]
    judged: tuple[tuple[str, int], ...]
    gaps: tuple[Gap, ...]
    observed: datetime


@dataclass(frozen=True, slots=True)
class AwsTrusts:
    """All openings of the trust policies of roles (kind ``iam-role``), but for those that only AWS changes.

    Services of AWS are not among them: a role is made for one. `judged` counts roles.
    """

    openings: tuple[Opening, ...]
    judged: int
    gaps: tuple[Gap, ...]
    observed: datetime
