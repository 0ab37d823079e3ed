"""Those whom a policy at a resource may let in from outside, as requests of theirs look.

A condition that somebody from outside cannot meet limits the statement; one that they can meet does not. So they are
tried: a stranger with an account of their own (in an organization, and in none) and one without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from posture.engine.aws.conditions import AnyOf, Special, Value
from posture.engine.aws.documents import Document
from posture.engine.aws.patterns import common, matches
from posture.engine.aws.worlds import Own, of_request

# The name of a bucket is one customer's in the whole world; nobody acts as a role that a service keeps for itself.
_NOBODYS = re.compile(r"arn:[^:]*:(s3:|iam:.*:role/aws-service-role/)")
_WILD = re.compile(r"[*?]")
_MOST_ALIKE = 50
ACCOUNT = "190419041904"  # an account that the customer has nothing to do with
_ORGANIZATION = "o-zzstranger"
_IN_AWS: Mapping[str, Value] = {
    "aws:principaltype": AnyOf(("Account", "User", "AssumedRole")),
    "aws:userid": AnyOf(("AIDASTRANGERSTRANGER", "AROASTRANGERSTRANGER:stranger")),
    "aws:username": AnyOf(("stranger",)),
    "aws:multifactorauthpresent": Special.CHOSEN,
    "aws:multifactorauthage": Special.CHOSEN,
}
_NOWHERE: Mapping[str, Value] = dict.fromkeys(
    (
        "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:userid",
        "aws:username", "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:callerid", "kms:calleraccount",
    ),
    Special.ABSENT,
)  # fmt: skip
_ANYWHERE: Mapping[str, Value] = {
    "aws:sourceip": Special.INTERNET,
    "aws:sourcevpc": AnyOf(("vpc-0stranger00000000",)),
    "aws:sourcevpce": AnyOf(("vpce-0stranger0000000",)),
    "aws:sourcevpcarn": AnyOf((f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc/vpc-0stranger00000000",)),
    "aws:vpcsourceip": AnyOf(("10.99.99.99",)),
    "aws:vpceaccount": AnyOf((ACCOUNT,)),
    "aws:vpceorgid": AnyOf((_ORGANIZATION,)),
    "kms:viaservice": Special.ABSENT,
    "kms:calleraccount": AnyOf((ACCOUNT,)),
    "kms:grantisforawsresource": Special.CHOSEN,
    "lambda:invokedviafunctionurl": (
        "false",
    ),  # a call of the function itself; its address is judged by its own action
    "s3:dataaccesspointaccount": AnyOf((ACCOUNT,)),
    "s3:dataaccesspointarn": AnyOf((f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/stranger",)),
    "s3:accesspointnetworkorigin": Special.CHOSEN,
    "sts:externalid": Special.CHOSEN,
}


def _of_account(number: str, organization: Value) -> Mapping[str, Value]:
    paths: Value = organization if isinstance(organization, Special) else AnyOf((f"{_ORGANIZATION}/r-zz/ou-zz/",))
    return {
        **_IN_AWS,
        "aws:principalaccount": (number,),
        "aws:principalarn": AnyOf(
            tuple(f"arn:aws:iam::{number}:{what}" for what in ("root", "user/stranger", "role/stranger"))
        ),
        "aws:principalorgid": organization,
        "aws:principalorgpaths": paths,
        "kms:calleraccount": (number,),
    }


SOURCE, CALLER = "aws:sourcearn", "aws:principalarn"


@dataclass(frozen=True, slots=True)
class Alike:
    """ARNs of a stranger's own that a policy means by its wildcards: names are free to take in every account.

    ``arn:aws:sns:*:*:orders`` is anybody's topic of that name, ``arn:aws:iam::*:role/deploy`` anybody's role.
    """

    sources: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()

    def of(self, who: Own) -> Own:
        """A stranger who may have these, besides what they have."""
        known = ((SOURCE, self.sources), (CALLER, self.callers))
        more = {key: AnyOf((*value.values, *arns)) for key, arns in known if isinstance(value := who.get(key), AnyOf)}
        return who.plus(more)


def alike(document: Document) -> Alike:
    """Those that the conditions of a policy mean."""
    return Alike(tuple(_meant(document, SOURCE, "sns")), tuple(_meant(document, CALLER, "iam")))


def _meant(document: Document, key: str, service: str) -> Iterator[str]:
    for pattern in _patterns(document, key):
        parts = pattern.split(":", 5)
        if len(parts) < 6:
            found = common(pattern, f"arn:aws:{service}::{ACCOUNT}:*")
        else:
            found = _filled(parts) if matches(parts[4], ACCOUNT) else None
        if found and not _NOBODYS.match(found):
            yield found


def _filled(parts: list[str]) -> str:
    return ":".join((*(_WILD.sub("x", part) for part in parts[:4]), ACCOUNT, _WILD.sub("x", parts[5])))


def _patterns(document: Document, key: str) -> list[str]:
    conditions = (one for statement in document.statements for one in statement.conditions if one.key == key)
    return list(dict.fromkeys(value for one in conditions for value in one.values if _WILD.search(value)))[:_MOST_ALIKE]


def anyone(at: datetime, *, anonymous: bool) -> tuple[Own, ...]:
    """Strangers with an account of their own; with `anonymous` also one without."""
    every = {**of_request(at), **_ANYWHERE}
    found = [
        Own({**every, **_of_account(ACCOUNT, (_ORGANIZATION,))}, tags=Special.CHOSEN),
        Own({**every, **_of_account(ACCOUNT, Special.ABSENT)}, tags=Special.CHOSEN),
    ]
    if anonymous:
        found.append(Own({**every, **_NOWHERE, "aws:principaltype": ("Anonymous",)}, tags=Special.ABSENT))
    return tuple(found)


def of_account(number: str, arn: str, at: datetime) -> tuple[Own, ...]:
    """Somebody of another account that the policy names. Whose organization it is in is not known."""
    known = {**of_request(at), **_ANYWHERE, **_of_account(number, Special.ABSENT)}
    for key in ("aws:principalorgid", "aws:principalorgpaths", "aws:userid", "aws:username", "aws:principaltype"):
        del known[key]
    if arn:
        known["aws:principalarn"] = (arn,)
    return (Own(known, tags=None),)


def of_service(at: datetime) -> tuple[Own, ...]:
    """A service of AWS that acts for somebody else's resource."""
    request = of_request(at)
    return (
        Own(
            {
                **request,
                "aws:principalisawsservice": ("true",),
                "aws:sourceaccount": (ACCOUNT,),
                "aws:sourceowner": (ACCOUNT,),
                "aws:sourceorgid": (_ORGANIZATION,),
                "aws:sourceorgpaths": AnyOf((f"{_ORGANIZATION}/r-zz/ou-zz/",)),
                "aws:sourcearn": AnyOf(
                    ("arn:aws:s3:::stranger", *(f"arn:aws:{service}:us-east-1:{ACCOUNT}:stranger" for service in
                     ("sns", "sqs", "lambda", "events", "execute-api", "logs", "cloudfront")))
                ),
            },
            tags=Special.ABSENT,
        ),
    )  # fmt: skip
