"""The S3 buckets of an AWS account, and what keeps them from being public.

Whether a bucket is public follows from four things: its policy and its access points' (ResourcePolicies), its access
control list, and the settings "Block Public Access" of the bucket and of the account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.facts.aws.gap import Gap


@dataclass(frozen=True, slots=True)
class PublicAccessBlock:
    """The four settings of "Block Public Access". Two act on what is there, two only refuse what is new.

    `ignore_acls` makes public access control lists count for nothing, `restrict_policies` lets nobody but the account's
    own users and AWS's services use a bucket whose policy is public. `refuse_acls` and `refuse_policies` leave what was
    set before as it is.
    """

    refuse_acls: bool = False
    ignore_acls: bool = False
    refuse_policies: bool = False
    restrict_policies: bool = False

    @property
    def whole(self) -> bool:
        """Whether all four are on."""
        return self.refuse_acls and self.ignore_acls and self.refuse_policies and self.restrict_policies

    @property
    def effective(self) -> bool:
        """Whether nothing can be public under it, whatever was set before."""
        return self.ignore_acls and self.restrict_policies


class AclGroup(StrEnum):
    """Whom an access control list may let in from outside."""

    ANYONE = "anyone"  # AllUsers
    ANY_ACCOUNT = "anybody with an AWS account"  # AuthenticatedUsers


@dataclass(frozen=True, slots=True)
class BucketGrant:
    """A line of an access control list that lets everybody in.

    `permission` is one of ``READ`` (lists the objects), ``WRITE``, ``READ_ACP``, ``WRITE_ACP``, ``FULL_CONTROL``.
    """

    group: AclGroup
    permission: str


@dataclass(frozen=True, slots=True)
class BucketVersions:
    """Whether a bucket keeps old versions of its objects, and whether erasing one takes a second factor."""

    kept: bool
    mfa_delete: bool = False


@dataclass(frozen=True, slots=True)
class S3Bucket:
    """A bucket. `region` is empty where it was not told.

    `block` is its own setting; None where it was not told, or not asked since the account's keeps all buckets private.
    `grants` are those of its access control list that let everybody in; None where the list was not read: it counts
    for nothing, or there is a gap. `versions` is None where it was not told.
    """

    name: str
    region: str
    block: PublicAccessBlock | None
    grants: tuple[BucketGrant, ...] | None
    versions: BucketVersions | None


@dataclass(frozen=True, slots=True)
class S3AccessPoint:
    """A second door to a bucket that the internet reaches, with a policy and a block of its own.

    `block` is None where it was not told.
    """

    name: str
    arn: str
    region: str
    bucket: str
    block: PublicAccessBlock | None


@dataclass(frozen=True, slots=True)
class S3Buckets:
    """All buckets of the account, whatever their region.

    `block` is the account's own setting, None where it was not told. `access_points` are those with network origin
    Internet in the regions that are read; none are looked for where the account's setting keeps all private.
    """

    buckets: tuple[S3Bucket, ...]
    access_points: tuple[S3AccessPoint, ...]
    block: PublicAccessBlock | None
    gaps: tuple[Gap, ...]
    observed: datetime

    def restricted(self, block: PublicAccessBlock | None) -> bool:
        """Whether a public policy counts for nothing: by the account's setting, or by this one of a bucket or point."""
        return any(one is not None and one.restrict_policies for one in (self.block, block))

    def ignored(self, bucket: S3Bucket) -> bool:
        """Whether the bucket's access control list counts for nothing."""
        return any(one is not None and one.ignore_acls for one in (self.block, bucket.block))
