"""What every reader of an AWS account is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

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
