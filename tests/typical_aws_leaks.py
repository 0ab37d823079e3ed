"""Secrets in the settings of an AWS account, as they are typically found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from posture.facts.aws.functions import LambdaFunction, LambdaFunctions
from posture.facts.aws.leaks import (
    BuildProjectLeaks,
    InstanceUserData,
    LaunchTemplateLeaks,
    LeakPlace,
    PlainParameter,
    PlainParameters,
    StackLeaks,
    TaskDefinitionLeaks,
    UserData,
)
from posture.facts.leaks import LeakedSecret
from posture.facts.unavailable import Unavailable
from posture.model.severity import Severity

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
HERE = "eu-central-1"
ARN = f"arn:aws:lambda:{HERE}:111122223333:function:"
DENIED = Unavailable("lambda:ListFunctions: not permitted")


def secret(path: str = "user data", line: int = 4, digit: str = "5", **changes: Any) -> LeakedSecret:
    found = LeakedSecret("database-password", "Database password", Severity.HIGH, path, line, "k", "hmac:" + digit * 32)
    return replace(found, **changes)


MACHINE = UserData("i-0a1b2c3d4e5f60718", HERE, AT, (secret(),))
TEMPLATE = LeakPlace("shop", "lt-0a1b2c3d4e5f60718", HERE, (secret(),), "3")
SHOP = LambdaFunction("shop", ARN + "shop", HERE, "python3.12", "Zip", AT, "", ("DB",), (secret("DB_PASSWORD", 0),))


def user_data(*machines: UserData, **changes: Any) -> InstanceUserData:
    return replace(InstanceUserData(machines, (HERE,), (), "rules", AT), **changes)


def templates(*places: LeakPlace, read: int = 1, **changes: Any) -> LaunchTemplateLeaks:
    return replace(LaunchTemplateLeaks(places, read, (HERE,), (), AT), **changes)


def functions(*some: LambdaFunction, **changes: Any) -> LambdaFunctions:
    return replace(LambdaFunctions(some, (HERE,), (), AT), **changes)


def tasks(*places: LeakPlace, read: int = 1, **changes: Any) -> TaskDefinitionLeaks:
    return replace(TaskDefinitionLeaks(places, read, (HERE,), (), AT), **changes)


def builds(*places: LeakPlace, read: int = 1, **changes: Any) -> BuildProjectLeaks:
    return replace(BuildProjectLeaks(places, read, (HERE,), (), AT), **changes)


def stacks(*places: LeakPlace, read: int = 1, **changes: Any) -> StackLeaks:
    return replace(StackLeaks(places, read, (HERE,), (), AT), **changes)


def parameters(*some: PlainParameter, read: int = 1, **changes: Any) -> PlainParameters:
    return replace(PlainParameters(some, read, (HERE,), (), AT), **changes)


def environment() -> LeakPlace:
    return LeakPlace("shop", "arn:x", HERE, (secret("web: DB_PASSWORD", 0),), "7")


def stack(*paths: str) -> LeakPlace:
    return LeakPlace("shop", "arn:x", HERE, tuple(secret(path, 0) for path in paths))


PARAMETER = PlainParameter("/shop/db/password", HERE, "String", AT)


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Check -> the facts on which it fails."""
    return {
        "keys.aws-secret-in-user-data": (
            (user_data(MACHINE), templates()), (user_data(), templates(TEMPLATE)),
            (user_data(MACHINE), templates(TEMPLATE)),
        ),
        "keys.aws-secret-in-environment": (
            (functions(SHOP), tasks(), builds()), (functions(), tasks(environment()), builds()),
            (DENIED, tasks(), builds(environment())),
        ),
        "keys.aws-secret-in-stack": (
            (stacks(stack("parameter DBPassword")),), (stacks(stack("output Token")),),
            (stacks(stack("parameter DBPassword", "output Token")),),
        ),
        "keys.aws-parameter-plain": ((parameters(PARAMETER),),),
    }  # fmt: skip
