"""A server that stands for AWS, on loopback, and logins to its accounts. A conftest.py imports the fixture it needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from posture.collect.aws.api import Api
from posture.collect.aws.collect import Look, log_in_to
from posture.collect.scope import ScopeGate
from posture.engine.clock import utc_now
from posture.model.action import Action
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.resource import Resource, ResourceKind

ACCOUNT = "111122223333"
LOGIN = {"AWS_ACCESS_KEY_ID": "AKIATESTTESTTESTTEST", "AWS_SECRET_ACCESS_KEY": "x" * 40, "EXTERNAL_ID": "5f1c"}
ENVIRONMENT = {
    **LOGIN,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": "/nowhere",
    "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
}


@dataclass(frozen=True, slots=True)
class AwsServer:
    """The server. Faults hold for all accounts until `faults` is told others."""

    url: str

    def client(self, service: str, account: str = ACCOUNT, region: str = "us-east-1") -> Any:
        """boto3's own client of an account, to build what is to be found."""
        login = boto3.client("sts", region_name="us-east-1", endpoint_url=self.url, **_KEYS).assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/Builder", RoleSessionName="builder"
        )["Credentials"]
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=login["AccessKeyId"],
            aws_secret_access_key=login["SecretAccessKey"],
            aws_session_token=login["SessionToken"],
            config=Config(inject_host_prefix=False, max_pool_connections=32),
        )

    @property
    def calls(self) -> dict[str, int]:
        """How often each operation was called, by signing name and operation."""
        return self._told("calls")

    @property
    def repeated(self) -> dict[str, int]:
        """How often the very same was asked, for those operations where it was more than once."""
        return self._told("repeated")

    def _told(self, what: str) -> dict[str, int]:
        with urllib.request.urlopen(f"{self.url}/__posture/{what}", timeout=10) as answer:
            counted: dict[str, int] = json.load(answer)
        return counted

    def faults(
        self,
        *,
        denied: Sequence[str] = (),
        broken_regions: Sequence[str] = (),
        garbled: Sequence[str] = (),
        throttled: float = 0,
        external_id: str = "",
        skewed: bool = False,
    ) -> None:
        """What goes wrong from now on; without anything, nothing does.

        `throttled` is the share of calls refused. With `external_id` no role can be taken without it, as in AWS. After
        the login `skewed` takes our clock for wrong.
        """
        self._tell(
            "faults",
            denied=list(denied),
            broken_regions=list(broken_regions),
            garbled=list(garbled),
            throttled=throttled,
            external_id=external_id,
            skewed=skewed,
        )

    def forget(self) -> None:
        """Count from nothing."""
        self._tell("forget")

    def clock(self, days_ago: float) -> None:
        """What is built from now on was built so many days ago."""
        self._tell("clock", days_ago=days_ago)

    def _tell(self, what: str, **given: object) -> None:
        request = urllib.request.Request(f"{self.url}/__posture/{what}", json.dumps(given).encode(), method="POST")
        urllib.request.urlopen(request, timeout=10).close()


_KEYS = {"aws_access_key_id": LOGIN["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": LOGIN["AWS_SECRET_ACCESS_KEY"]}


@contextmanager
def running_server() -> Iterator[AwsServer]:
    """A server of its own, with nothing in it."""
    program = Path(__file__).with_name("aws_moto.py")
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", str(program), "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield AwsServer(f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.kill()
        process.wait()
        process.stdout.close() if process.stdout else None


@pytest.fixture(scope="session")
def _server() -> Iterator[AwsServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def aws_server(_server: AwsServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsServer]:
    """The session's server, asked by boto3 in place of AWS, without faults before and after.

    What other tests built in an account is there: a test takes an account number of its own.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": _server.url}.items():
        monkeypatch.setenv(name, value)
    _server.forget()
    yield _server
    _server.faults()
    _server.clock(0)


class Quiet:
    """A log that forgets."""

    def record(self, action: Action) -> None:
        """Forget it."""


def account(number: str = ACCOUNT, regions: Sequence[str] = ("us-east-1",)) -> Resource:
    """An account as the inventory has it."""
    settings = (("role_arn", f"arn:aws:iam::{number}:role/PostureAudit"), ("external_id", "env:EXTERNAL_ID"))
    chosen = (("regions", ",".join(regions)),) if regions else ()
    return Resource(ResourceKind.AWS_ACCOUNT, number, settings=(*settings, *chosen))


def look(minutes: float = 5) -> Look:
    """A look under a valid authorization."""
    now = utc_now()
    grant = Authorization(
        AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", now - timedelta(days=1), now + timedelta(days=1)
    )
    customer = Customer(id="bakery", name="Example Bakery GmbH", authorization=grant, networks=(), resources=())
    return Look(ScopeGate(customer, "run-1", utc_now, Quiet()), utc_now, now + timedelta(minutes=minutes))


def account_api(number: str = ACCOUNT, regions: Sequence[str] = ("us-east-1",)) -> Api:
    """A login as the audit has it; needs the fixture `aws_server`."""
    return log_in_to(account(number, regions), look())
