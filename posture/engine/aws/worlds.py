"""What is known of a request before anybody made it.

Source: IAM User Guide, "AWS global condition context keys".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum

from posture.engine.aws.conditions import Special, Value

GLOBAL = frozenset({"iam", "sts", "organizations", "account", "route53", "cloudfront", "support"})
GLOBAL_REGION = "us-east-1"  # what a request to a service without regions is made to
FRESH = "1"  # seconds since the second factor was given, where it was


class Factor(Enum):
    """What a request says of a second factor."""

    GIVEN = "given"
    NOT_GIVEN = "not given"  # a session of the console, or of a role
    NOT_TOLD = "not told"  # a request with an access key: the keys of the context are not there


WITHOUT = (Factor.NOT_GIVEN, Factor.NOT_TOLD)

_FACTOR: Mapping[Factor, Mapping[str, Value]] = {
    Factor.GIVEN: {"aws:multifactorauthpresent": ("true",), "aws:multifactorauthage": (FRESH,)},
    Factor.NOT_GIVEN: {"aws:multifactorauthpresent": ("false",), "aws:multifactorauthage": Special.ABSENT},
    Factor.NOT_TOLD: {
        "aws:multifactorauthpresent": Special.ABSENT,
        "aws:multifactorauthage": Special.ABSENT,
    },
}
_CHOSEN = (
    "aws:useragent", "aws:referer", "aws:requestedregion", "aws:tagkeys", "aws:securetransport",
    "sts:rolesessionname", "sts:sourceidentity", "sts:transitivetagkeys", "sts:durationseconds",
    "ec2:instancetype", "ec2:region", "lambda:functionurlauthtype", "lambda:invokedviafunctionurl", "s3:x-amz-acl",
    "s3:prefix", "s3:delimiter", "s3:max-keys", "s3:authtype", "s3:signatureversion", "s3:tlsversion",
    "sns:protocol", "sns:endpoint", "iam:awsservicename",
)  # fmt: skip
"""Keys whose values whoever asks decides."""

NOT_A_SERVICE: Mapping[str, Value] = {
    "aws:viaawsservice": ("false",), "aws:principalisawsservice": ("false",), "aws:calledvia": Special.ABSENT,
    "aws:calledviafirst": Special.ABSENT, "aws:calledvialast": Special.ABSENT,
    "aws:sourceaccount": Special.ABSENT, "aws:sourcearn": Special.ABSENT, "aws:sourceorgid": Special.ABSENT,
    "aws:sourceorgpaths": Special.ABSENT, "aws:principalservicename": Special.ABSENT, "aws:sourceowner": Special.ABSENT,
    "aws:principalservicenameslist": Special.ABSENT,
}  # fmt: skip
"""What only a request of one of AWS's own services has."""


def of_request(at: datetime) -> dict[str, Value]:
    """Known of any request that a principal makes at that moment."""
    return {
        **dict.fromkeys(_CHOSEN, Special.CHOSEN),
        **NOT_A_SERVICE,
        "aws:securetransport": ("true",),
        "aws:currenttime": (at.isoformat(),),
        "aws:epochtime": (str(int(at.timestamp())),),
    }


class Own(Mapping[str, Value]):
    """The context of a principal's requests. `tags` is what is known of tags of its own that are not in `known`.

    Those of a user that are not known are not there; of a role nothing is said (None), as whoever assumes it may give
    its session further tags; a stranger's are as the stranger chooses.
    """

    def __init__(self, known: Mapping[str, Value], *, tags: Special | None) -> None:
        self._known, self._tags = known, tags

    def __getitem__(self, key: str) -> Value:
        if key in self._known:
            return self._known[key]
        if self._tags and key.startswith("aws:principaltag/"):
            return self._tags
        if key.startswith("aws:requesttag/"):
            return Special.CHOSEN
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def plus(self, more: Mapping[str, Value]) -> Own:
        """With more keys."""
        return Own({**self._known, **more}, tags=self._tags)


def of_principal(kind: str, name: str, arn: str, tags: tuple[tuple[str, str], ...], at: datetime) -> Own:
    """What is known of the requests of a user or role; its name's variables too."""
    account = arn.split(":")[4] if arn.count(":") >= 5 else ""
    own: dict[str, Value] = {
        "aws:principalarn": (arn,),
        "aws:principalaccount": (account,),
        "aws:principaltype": ("User" if kind == "user" else "AssumedRole",),
        "aws:username": (name,) if kind == "user" else Special.ABSENT,
        **{f"aws:principaltag/{key.lower()}": (value,) for key, value in tags},
    }
    return Own({**of_request(at), **own}, tags=Special.ABSENT if kind == "user" else None)


def with_factor(context: Own, factor: Factor) -> Own:
    """As a request with or without a second factor."""
    return context.plus(_FACTOR[factor])


def in_region_of(action: str) -> Mapping[str, Value]:
    """Where requests for this action go: services without regions have one all the same."""
    service = action.partition(":")[0].lower()
    return {"aws:requestedregion": (GLOBAL_REGION,)} if service in GLOBAL else {}
