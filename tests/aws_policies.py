"""Small AWS accounts made of policies, for tests of what follows from them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from posture.facts.aws.iam import IamAuthorizations, IamGroup, IamRole, IamUser, PolicyText

AT = datetime(2026, 11, 1, tzinfo=UTC)
ACCOUNT = "123456789012"
OWN = f"arn:aws:iam::{ACCOUNT}"
STRANGER = "999988887777"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def trust(principal: Any, action: str = "sts:AssumeRole", **more: Any) -> str:
    return policy({"Effect": "Allow", "Principal": principal, "Action": action, **more})


def inline(*statements: dict[str, Any], name: str = "inline") -> PolicyText:
    return PolicyText(name, "", policy(*statements))


def user(name: str, *statements: dict[str, Any], **more: Any) -> IamUser:
    return IamUser(name, f"{OWN}:user/{name}", AT, inline=(inline(*statements),) if statements else (), **more)


def role(name: str, trusted: Any, *statements: dict[str, Any], **more: Any) -> IamRole:
    own = (inline(*statements),) if statements else ()
    text = trusted if isinstance(trusted, str) and trusted.startswith("{") else trust(trusted)
    return IamRole(name, f"{OWN}:role/{name}", AT, text, inline=own, **more)


def managed(name: str, *statements: dict[str, Any]) -> PolicyText:
    return PolicyText(name, f"{OWN}:policy/{name}", policy(*statements))


def account(*parts: IamUser | IamRole | IamGroup | PolicyText) -> IamAuthorizations:
    def of(kind: type[Any]) -> tuple[Any, ...]:
        return tuple(part for part in parts if isinstance(part, kind))

    return IamAuthorizations(ACCOUNT, of(IamUser), of(IamGroup), of(IamRole), of(PolicyText), (), AT)
