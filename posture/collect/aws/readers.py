"""The parts of an AWS account that are read, each by a function of its own: a fault of one leaves the others whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from posture.collect.aws.api import Api
from posture.collect.leaks.detector import Detector
from posture.facts.factset import Facts


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader is given: the account, what was known of it before, and who knows secrets when it sees them.

    `at` is when the look began; facts are observed at it.
    """

    api: Api
    at: datetime
    earlier: Facts = field(repr=False)
    detector: Detector


@dataclass(frozen=True, slots=True)
class Reader:
    """`read` brings the facts of `types`; it may raise Unanswered, then all of them are unavailable for that reason."""

    types: tuple[type[Any], ...]
    read: Callable[[Asked], Facts]


def readers() -> tuple[Reader, ...]:
    """All of them."""
    return ()
