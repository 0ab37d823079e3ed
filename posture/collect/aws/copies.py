"""Snapshots and images that every AWS account can take: AWS is asked for the public ones alone.

Sources: Amazon EC2 API Reference, DescribeSnapshots (RestorableByUserIds), DescribeImages (ExecutableUsers),
GetSnapshotBlockPublicAccessState; Amazon RDS API Reference, DescribeDBSnapshotAttributes; Amazon RDS User Guide,
"Sharing encrypted snapshots" (an encrypted one cannot be public).
"""

from __future__ import annotations

from dataclasses import dataclass

from posture.collect.aws.api import Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.fields import Item, flag, items, moment, tag, text, texts
from posture.collect.aws.regional import listed
from posture.facts.aws.copies import PublicCopy, PublicImages, PublicSnapshots
from posture.facts.aws.gap import Gap, Why
from posture.facts.factset import Facts

_MOST_ASKED = 2_000  # database snapshots, each a question of its own


def read_public_images(asked: Asked) -> Facts:
    """`PublicImages`."""
    call = Call("ec2", "DescribeImages", {"Owners": ["self"], "ExecutableUsers": ["all"]})
    told = listed(asked, call, "Images")
    images = tuple(
        PublicCopy("image", text(one, "ImageId"), text(one, "Name"), region, text(one, "SourceInstanceId"))
        for region, one in told.items
        if one.get("OwnerId") == asked.api.account
    )
    return {PublicImages: PublicImages(asked.api.account, images, asked.api.regions, told.gaps, asked.at)}


def read_public_snapshots(asked: Asked) -> Facts:
    """`PublicSnapshots`."""
    disks, gaps = _disks(asked)
    databases, count, more = _databases(asked)
    blocked, unknown = _blocked(asked, sorted({copy.region for copy in disks}))
    return {
        PublicSnapshots: PublicSnapshots(
            asked.api.account,
            (*disks, *databases),
            blocked,
            count,
            asked.api.regions,
            (*gaps, *more, *unknown),
            asked.at,
        )
    }


def _disks(asked: Asked) -> tuple[tuple[PublicCopy, ...], tuple[Gap, ...]]:
    call = Call("ec2", "DescribeSnapshots", {"OwnerIds": ["self"], "RestorableByUserIds": ["all"], "MaxResults": 1000})
    told = listed(asked, call, "Snapshots")
    copies = tuple(
        PublicCopy(
            "ebs",
            text(one, "SnapshotId"),
            tag(one, "Name") or text(one, "Description"),
            region,
            text(one, "VolumeId"),
            moment(one, "StartTime"),
        )
        for region, one in told.items
        if one.get("OwnerId") == asked.api.account
    )
    return copies, told.gaps


def _blocked(asked: Asked, regions: list[str]) -> tuple[tuple[str, ...], tuple[Gap, ...]]:
    """The regions whose own setting takes the sharing back; where that was not told, nothing is taken back."""

    def state(region: str) -> tuple[str, str]:
        return region, text(asked.api.ask(Call("ec2", "GetSnapshotBlockPublicAccessState", region=region)), "State")

    states, gaps = asked.api.each(state, regions)
    return tuple(region for region, said in states if said == "block-all-sharing"), gaps


@dataclass(frozen=True, slots=True)
class _Words:
    """RDS says the same of instances and of clusters in other words."""

    kind: str
    list: str
    key: str
    id: str
    of: str
    encrypted: str
    attributes: str
    result: str
    attribute: str


_RDS = (
    _Words(
        "rds", "DescribeDBSnapshots", "DBSnapshots", "DBSnapshotIdentifier", "DBInstanceIdentifier", "Encrypted",
        "DescribeDBSnapshotAttributes", "DBSnapshotAttributesResult", "DBSnapshotAttributes",
    ),
    _Words(
        "rds-cluster", "DescribeDBClusterSnapshots", "DBClusterSnapshots", "DBClusterSnapshotIdentifier",
        "DBClusterIdentifier", "StorageEncrypted",
        "DescribeDBClusterSnapshotAttributes", "DBClusterSnapshotAttributesResult", "DBClusterSnapshotAttributes",
    ),
)  # fmt: skip


def _databases(asked: Asked) -> tuple[list[PublicCopy], int, tuple[Gap, ...]]:
    copies: list[PublicCopy] = []
    count = 0
    gaps: tuple[Gap, ...] = ()
    for words in _RDS:
        told = listed(asked, Call("rds", words.list, {"SnapshotType": "manual"}), words.key)
        could = [(region, one) for region, one in told.items if not flag(one, words.encrypted)]
        answers, more = _shared(asked, words, could[:_MOST_ASKED])
        limit = (Call("rds", words.attributes).gap(Why.LIMIT),) if len(could) > _MOST_ASKED else ()
        copies += [copy for copy in answers if copy is not None]
        count += len(answers)
        gaps = (*gaps, *told.gaps, *more, *limit)
    return copies, count, gaps


def _shared(
    asked: Asked, words: _Words, snapshots: list[tuple[str, Item]]
) -> tuple[list[PublicCopy | None], tuple[Gap, ...]]:
    def one(place: tuple[str, Item]) -> PublicCopy | None:
        region, snapshot = place
        name = text(snapshot, words.id)
        gone = (f"{words.id.removesuffix('Identifier')}NotFound", f"{words.id.removesuffix('Identifier')}NotFoundFault")
        answer = asked.api.ask(Call("rds", words.attributes, {words.id: name}, region, name, gone))
        for attribute in items(answer, words.result, words.attribute):
            if text(attribute, "AttributeName") == "restore" and "all" in texts(attribute, "AttributeValues"):
                made = moment(snapshot, "SnapshotCreateTime")
                return PublicCopy(words.kind, name, name, region, text(snapshot, words.of), made)
        return None

    return asked.api.each(one, snapshots)
