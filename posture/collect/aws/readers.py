"""The parts of an AWS account that are read, each by a function of its own: a fault of one leaves the others whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from posture.collect.aws.asked import Asked
from posture.collect.aws.iam import read_iam
from posture.facts.aws.iam import IamAuthorizations
from posture.facts.factset import Facts


@dataclass(frozen=True, slots=True)
class Reader:
    """`read` brings the facts of `types`; it may raise Unanswered, then all of them are unavailable for that reason."""

    types: tuple[type[Any], ...]
    read: Callable[[Asked], Facts]


def readers() -> tuple[Reader, ...]:
    """All of them."""
    return (Reader((IamAuthorizations,), read_iam),)
