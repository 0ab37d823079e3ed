"""Reports in a folder and in a bucket; and when an attempt is followed by another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from posture.deliver.outcome import PAUSES, Refused, Taken, TryLater, Unknown, after
from posture.deliver.s3 import put
from posture.deliver.settings import S3Settings
from posture.deliver.spool import lay_down
from posture.model.delivery import Delivery, DeliveryKey, DeliveryState

KEY = DeliveryKey("bakery", "20261122-0001", "spool", "it@bakery.example")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_message_lies_in_the_folder_whole_and_once(tmp_path):
    """The program that takes it never sees half of it, and the same again is the same file."""
    first = lay_down(b"one", KEY, tmp_path)
    assert lay_down(b"one", KEY, tmp_path) == first
    lay_down(b"two", replace(KEY, recipient="cto@bakery.example"), tmp_path)
    files = sorted(tmp_path.iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert {file.read_bytes() for file in files} == {b"one", b"two"}
    assert all(file.stat().st_mode & 0o007 == 0 for file in files)


def test_a_folder_that_is_not_there_is_no_reason_to_try_again(tmp_path):
    """Somebody has to make it."""
    with pytest.raises(Refused, match="No such file"):
        lay_down(b"one", KEY, tmp_path / "gone")


def test_a_bucket_holds_each_file_under_the_customer_and_the_run(aws_server):
    """Encrypted, and the service has held the content against its SHA-256."""
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket="reports-of-the-night")
    settings = S3Settings(bucket="reports-of-the-night", prefix="posture/", region="us-east-1")
    taken = put({"bakery.pdf": b"%PDF", "bakery.csv": b"id"}, replace(KEY, channel="s3"), settings)
    assert taken.said == "s3://reports-of-the-night/posture/bakery/20261122-0001/: 2 files"
    kept = client.get_object(Bucket="reports-of-the-night", Key="posture/bakery/20261122-0001/bakery.pdf")
    assert (kept["Body"].read(), kept["ServerSideEncryption"]) == (b"%PDF", "AES256")


def test_a_bucket_that_is_not_there_is_refused(aws_server):
    """It is said by its name."""
    with pytest.raises(Refused, match="NoSuchBucket"):
        put({"bakery.pdf": b"%PDF"}, KEY, S3Settings(bucket="nobody-made-this-one", region="us-east-1"))


@pytest.mark.parametrize(
    ("ended", "attempts", "state"),
    [
        (Taken("250 ok"), 1, DeliveryState.SENT),
        (Refused("550 no"), 1, DeliveryState.FAILED),
        (Unknown("no answer"), 1, DeliveryState.SENDING),
        (TryLater("451 later"), 1, DeliveryState.WAITING),
        (TryLater("451 later"), len(PAUSES), DeliveryState.WAITING),
        (TryLater("451 later"), len(PAUSES) + 1, DeliveryState.FAILED),
    ],
)
def test_what_became_of_an_attempt_decides_the_next(ended, attempts, state):
    """Ever longer pauses, and an end; what may have arrived is left to a person."""
    kept = after(Delivery(KEY, DeliveryState.CLAIMED, attempts, NOW), ended, NOW)
    assert kept.state is state
    assert (kept.next_try is not None) == (state is DeliveryState.WAITING)
    if kept.next_try:
        assert kept.next_try - NOW >= timedelta(minutes=1)
