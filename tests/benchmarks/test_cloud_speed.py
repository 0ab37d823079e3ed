"""An AWS account of 300 users, 100 roles, 200 policies, 300 security groups, 100 instances, 100 buckets and 50
functions in three regions: an audit, stored and reported, beside Prowler asked about the same five services.

CPU-seconds and peak memory are of the audit's process, calls are those that the server counted. moto is one Python
process and slower than either: wall time says more of it than of us. Prowler is installed in an environment of its own;
POSTURE_PROWLER names one that is there already.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import aws_account
import pytest
from aws_server import ENVIRONMENT, AwsServer, running_server

PEER = "prowler==5.46.0"
NUMBER = "123456789012"
INVENTORY = """customers:
  - id: bakery
    name: Example Bakery
    authorization: {{method: contract, reference: MSA-1, granted_by: Jane Doe,
      valid_from: 2026-01-01T00:00:00+00:00, valid_until: 2126-01-01T00:00:00+00:00}}
    networks: [198.51.100.0/28]
    resources:
      - kind: aws-account
        id: "{number}"
        role_arn: arn:aws:iam::{number}:role/PostureAudit
        external_id: "env:EXTERNAL_ID"
        regions: [{regions}]
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took."""

    wall: float
    cpu: float
    memory: int  # MiB, peak
    calls: int

    def __str__(self) -> str:
        return f"{self.calls} calls, {self.cpu:.1f} s CPU, {self.memory} MiB, {self.wall:.0f} s"


@pytest.fixture(scope="module")
def server() -> Iterator[AwsServer]:
    """With the account in it, at full size."""
    with running_server() as made, pytest.MonkeyPatch.context() as patch:
        for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": made.url}.items():
            patch.setenv(name, value)
        aws_account.build(made, NUMBER, 1.0)
        yield made


def run(server: AwsServer, command: list[str], folder: Path, more: Mapping[str, str] | None = None) -> Cost:
    """Run a program to its end; 0, 1 and 3 are an audit's exits with and without findings."""
    server.forget()
    begun = time.monotonic()
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **(more or {})}, stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in {0, 1, 3}, (folder / "said").read_text(errors="replace")[-3000:]
    calls = sum(server.calls.values())
    return Cost(time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, calls)


def audit(server: AwsServer, folder: Path, regions: str) -> Cost:
    """One audit of the account with a database and a report of its own."""
    (folder / "customers.yaml").write_text(INVENTORY.format(number=NUMBER, regions=regions))
    posture = str(Path(sysconfig.get_path("scripts")) / "posture")
    return run(server, [posture, "audit", "--format", "json"], folder, {"POSTURE_DATA": str(folder)})


@pytest.fixture(scope="module")
def ours(server: AwsServer, tmp_path_factory: pytest.TempPathFactory) -> Cost:
    """The audit of the three regions that hold something."""
    return audit(server, tmp_path_factory.mktemp("ours"), ", ".join(aws_account.REGIONS))


@pytest.fixture(scope="module")
def prowler(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Prowler's program."""
    if there := os.environ.get("POSTURE_PROWLER"):
        return there
    folder = tmp_path_factory.mktemp("prowler")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    command = [folder / "bin" / "pip", "install", "--quiet", "--only-binary", ":all:", PEER]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"Prowler cannot be installed here: {made.stderr.strip()[-200:]}")
    return str(folder / "bin" / "prowler")


def test_an_account_costs_few_calls_and_little_memory(ours: Cost) -> None:
    """The aims are 600 calls, 8 s CPU and 200 MiB, with the findings judged and stored; this holds what is reached.

    600 of the calls ask for one thing each, and AWS tells it only one at a time: four questions a bucket, two a
    function, one a machine. 60 MiB are botocore's descriptions of 22 services, 80 the command line before it begins.
    """
    print(f"\nposture: {ours}")
    assert ours.calls <= 720
    assert ours.memory <= 280


def test_an_account_costs_a_fraction_of_prowler(
    server: AwsServer, ours: Cost, prowler: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Both asked the same server, one after the other."""
    folder = tmp_path_factory.mktemp("theirs")
    services = ["iam", "ec2", "s3", "awslambda", "rds"]
    command = [prowler, "aws", "-f", *aws_account.REGIONS, "--services", *services, "-b", "-M", "json-ocsf",
               "-o", str(folder), "--ignore-exit-code-3"]  # fmt: skip
    theirs = run(server, command, folder, {"HOME": str(folder)})
    print(f"\nposture: {ours}\nprowler: {theirs}")
    assert ours.cpu * 4 < theirs.cpu
    assert ours.memory * 3 < theirs.memory
    assert ours.calls * 3 < theirs.calls
