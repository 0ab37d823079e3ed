"""Policies that stand at resources of an AWS account: who may use a bucket, a queue, a key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.aws.gap import Gap


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """A policy at a resource.

    `kind` is one of ``s3-bucket``, ``s3-access-point``, ``lambda-function``, ``ecr-repository``, ``sqs-queue``,
    ``sns-topic``, ``kms-key``, ``opensearch-domain``, ``secret``. `name` is its name for people.
    """

    kind: str
    name: str
    arn: str
    region: str
    document: str


@dataclass(frozen=True, slots=True)
class ResourcePolicies:
    """Those that were read. `kinds` are the kinds that were looked for; a resource without a policy is not among them.

    `regions` are those that were read.
    """

    account: str
    policies: tuple[ResourcePolicy, ...]
    kinds: tuple[str, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime
