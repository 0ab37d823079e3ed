"""Snapshots and images that are shared with everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_answers import Answers, asked
from aws_server import ACCOUNT, AwsServer, account_api

from posture.collect.aws.copies import read_public_images, read_public_snapshots
from posture.facts.aws.copies import PublicImages, PublicSnapshots


def snapshots(source: Any) -> PublicSnapshots:
    fact = read_public_snapshots(asked(source))[PublicSnapshots]
    assert isinstance(fact, PublicSnapshots)
    return fact


def test_on_the_server(aws_server: AwsServer):
    """Disks, databases and images that are shared with all are told; those of others and private ones are not."""
    number = "100000000421"
    ec2, rds = aws_server.client("ec2", number), aws_server.client("rds", number)
    volume = ec2.create_volume(Size=8, AvailabilityZone="us-east-1a")["VolumeId"]
    shared, private = (ec2.create_snapshot(VolumeId=volume)["SnapshotId"] for _ in range(2))
    ec2.modify_snapshot_attribute(
        SnapshotId=shared, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
    )
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    machine = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    images = [ec2.create_image(InstanceId=machine, Name=name)["ImageId"] for name in ("ours", "private")]
    ec2.modify_image_attribute(ImageId=images[0], LaunchPermission={"Add": [{"Group": "all"}]})
    rds.create_db_instance(
        DBInstanceIdentifier="shop", DBInstanceClass="db.t3.micro", Engine="mysql", AllocatedStorage=20,
        MasterUsername="root0", MasterUserPassword="x" * 12,
    )  # fmt: skip
    for name in ("open", "closed"):
        rds.create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier=name)
    rds.modify_db_snapshot_attribute(DBSnapshotIdentifier="open", AttributeName="restore", ValuesToAdd=["all"])
    fact = snapshots(account_api(number))
    assert [(copy.kind, copy.id, copy.of) for copy in fact.copies] == [
        ("ebs", shared, volume),
        ("rds", "open", "shop"),
    ]
    assert private not in {copy.id for copy in fact.copies}
    assert fact.databases == 2
    assert (fact.gaps, fact.blocked) == ((), ())
    told = read_public_images(asked(account_api(number)))[PublicImages]
    assert [copy.id for copy in told.images] == [images[0]]


def test_only_what_can_be_public_is_asked_about():
    """An encrypted snapshot of a database cannot be public: it costs no question; no region without one is asked."""
    instance = {"DBSnapshotIdentifier": "a", "Encrypted": True}
    clusters = [
        {"DBClusterSnapshotIdentifier": name, "StorageEncrypted": name == "locked", "DBClusterIdentifier": "shop"}
        for name in ("locked", "plain", "gone")
    ]

    def attributes(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        if asked["DBClusterSnapshotIdentifier"] == "gone":
            return Answers.refused("DBClusterSnapshotNotFoundFault", 404)
        values = [{"AttributeName": "restore", "AttributeValues": ["111122223333", "all"]}]
        return {"DBClusterSnapshotAttributesResult": {"DBClusterSnapshotAttributes": values}}

    answers = Answers(
        {
            "ec2:DescribeSnapshots": {"Snapshots": []},
            "rds:DescribeDBSnapshots": {"DBSnapshots": [instance]},
            "rds:DescribeDBClusterSnapshots": {"DBClusterSnapshots": clusters},
            "rds:DescribeDBClusterSnapshotAttributes": attributes,
        }
    )
    fact = snapshots(answers)
    assert [(copy.kind, copy.id) for copy in fact.copies] == [("rds-cluster", "plain")]
    assert fact.gaps == ()
    assert answers.count("rds:DescribeDBSnapshotAttributes") == 0
    assert answers.count("ec2:GetSnapshotBlockPublicAccessState") == 0


def test_a_region_that_shares_nothing_is_told():
    """Where all sharing is blocked the permission is there and does not work; where that is not told, it does."""
    one = {"SnapshotId": "snap-1", "OwnerId": ACCOUNT, "VolumeId": "vol-1"}
    given = {
        "ec2:DescribeSnapshots": {"Snapshots": [one]},
        "rds:DescribeDBSnapshots": {"DBSnapshots": []},
        "rds:DescribeDBClusterSnapshots": {"DBClusterSnapshots": []},
    }
    blocked = {**given, "ec2:GetSnapshotBlockPublicAccessState": {"State": "block-all-sharing"}}
    assert snapshots(Answers(blocked)).blocked == ("us-east-1",)
    fact = snapshots(Answers(given))
    assert fact.blocked == ()
    assert [gap.action for gap in fact.gaps] == ["ec2:GetSnapshotBlockPublicAccessState"]
