"""Lambda functions of an AWS account (lambda:ListFunctions)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.aws.gap import Gap
from posture.facts.leaks import LeakedSecret


@dataclass(frozen=True, slots=True)
class LambdaFunction:
    """A function, as its unpublished version is.

    `runtime` is AWS's name (``python3.12``), empty for a container image; `package` is ``Zip`` or ``Image``. `modified`
    is when its code or settings were changed last, None where it was not told. `role` is the ARN of its role.

    Of its environment `variables` are the names, bounded; `secrets` those found in the values, `path` of each is the
    variable's name and `line` 0. `hidden`: AWS did not show the environment, since it is encrypted with a key that the
    audit may not use; then there may be secrets in it.
    """

    name: str
    arn: str
    region: str
    runtime: str
    package: str
    modified: datetime | None
    role: str
    variables: tuple[str, ...] = ()
    secrets: tuple[LeakedSecret, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class LambdaFunctions:
    """Those of all `regions` that were read; `gaps` are of lambda:ListFunctions alone."""

    functions: tuple[LambdaFunction, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime
