"""A login to an AWS account: a role assumed with the customer's external id, narrowed to what is read."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from posture.collect.aws.errors import FAILURES, Unanswered, in_words, why
from posture.collect.aws.service_models import service_models
from posture.collect.secrets import resolve
from posture.facts.aws.gap import Gap, Why
from posture.model.resource import Resource
from posture.model.secret import SecretRef
from posture.model.text import visible

SECONDS = 3600  # that the login lasts; a look ends after 15 minutes
TRIES = 6
_ENDPOINT = "AWS_ENDPOINT_URL"  # one server for all services, as boto3 reads it


@cache
def _config(tries: int) -> Config:
    return Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"mode": "adaptive", "total_max_attempts": tries},
        max_pool_connections=10,
        user_agent_extra="posture",
    )


def _session(**login: str) -> boto3.Session:
    core = botocore.session.get_session()
    core.register_component("data_loader", service_models())
    if _ENDPOINT in os.environ:
        core.get_component("event_emitter").register("before-send.s3-control", _to_the_endpoint)
    return boto3.Session(botocore_session=core, **login)


def _to_the_endpoint(request: Any, **_: object) -> None:
    """One server that answers for all services has no name for each account: 111122223333.127.0.0.1 is no address."""
    request.url = re.sub(r"//\d{12}\.", "//", request.url)


@dataclass(slots=True)
class Clients:
    """boto3's clients of one login, each made once: they may be shared by threads, making them may not."""

    session: boto3.Session
    _made: dict[tuple[str, str], Any] = field(default_factory=dict)
    _making: Lock = field(default_factory=Lock)

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a region."""
        with self._making:
            if (service, region) not in self._made:
                self._made[service, region] = self.session.client(service, region_name=region, config=_config(TRIES))
            return self._made[service, region]


def log_in(resource: Resource, run: str, policy: str, home: str) -> Clients:
    """Assume the role that the inventory names; `policy` is the session policy, the most this login may do.

    Raises:
        Unanswered: AWS refused, or could not be asked.
        SecretError: the external id is not available.
    """
    settings = dict(resource.settings)
    external = resolve(SecretRef.parse(settings.get("external_id", "")))
    return assume(settings.get("role_arn", ""), external, run, policy, home)


def assume(role: str, external_id: str, run: str, policy: str, home: str) -> Clients:
    """The clients of a role (an ARN), taken with the external id; an empty one is not sent.

    The auditor's own login is found as boto3 finds it: environment, profile, or the role of the machine.

    Raises:
        Unanswered: AWS refused, or could not be asked.
    """
    with_id = {"ExternalId": external_id} if external_id else {}
    try:
        tokens = _session().client("sts", region_name=home, config=_config(TRIES))
        answer = tokens.assume_role(
            RoleArn=role, RoleSessionName=f"posture-{run}"[:64], Policy=policy, DurationSeconds=SECONDS, **with_id
        )
    except FAILURES as error:
        raise Unanswered(Gap("sts:AssumeRole", why(error), "", role, visible(in_words(error), 300))) from None
    given = answer.get("Credentials") or {}
    if not {"AccessKeyId", "SecretAccessKey", "SessionToken"} <= given.keys():
        raise Unanswered(Gap("sts:AssumeRole", Why.FAULT, "", role, "an answer without a login"))
    return Clients(
        _session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )
    )
