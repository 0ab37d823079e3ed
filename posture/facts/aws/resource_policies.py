"""Policies that stand at resources of an AWS account: who may use a bucket, a queue, a key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.aws.gap import Gap


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """A policy at a resource.

    `kind` is one of ``s3-bucket``, ``s3-access-point``, ``lambda-function``, ``ecr-repository``, ``sqs-queue``,
    ``sns-topic``, ``kms-key``, ``opensearch-domain``, ``secret``. `name` is its name for people: ``NAME:ALIAS`` of an
    alias of a function, ``alias/shop`` of a key that has one. `region` is empty for a bucket whose region AWS did not
    tell. `document` is the JSON text, as AWS gave it.
    """

    kind: str
    name: str
    arn: str
    region: str
    document: str


@dataclass(frozen=True, slots=True)
class ResourcePolicies:
    """Those that were read. `kinds` are the kinds that were looked for; a resource without a policy is not among them.

    Nor are buckets and access points whose public policies S3 restricts (S3Buckets says which), and keys that AWS
    manages. Of functions there are the policies of the unpublished versions, and of aliases that have a URL. `regions`
    are those that were read. A gap's action tells the kind that it is about: ``s3:``, ``lambda:``, ``ecr:`` and so on.
    """

    account: str
    policies: tuple[ResourcePolicy, ...]
    kinds: tuple[str, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime
