"""What a pre-onboarding check comes to: a go, a no-go, or nothing that could be decided."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from posture.model.assessment import CheckInfo
from posture.model.severity import Severity


class PrecheckVerdict(StrEnum):
    """Whether a prospect may become a customer. There is no default: what nobody looked at is undecided."""

    GO = "go"
    NO_GO = "no-go"
    UNDECIDED = "undecided"


class Weight(StrEnum):
    """What a failure counts for in the policy's gate."""

    BLOCK = "block"
    WARN = "warn"
    INFORM = "inform"


@dataclass(frozen=True, slots=True)
class Failing:
    """A failure and what it counts for. `finding` is the finding's id, `summary` one sentence for the prospect."""

    check: CheckInfo
    resource: str
    subject: str
    summary: str
    severity: Severity
    finding: str


@dataclass(frozen=True, slots=True)
class Unassessed:
    """What would block if it failed, and could not be looked at: why, and what to do so that it can be.

    `subject` is what it is about where that is a part of the resource, `ports` are its TCP ports where it has more.
    """

    check: CheckInfo
    resource: str
    reason: str
    step: str
    subject: str = ""
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict and all that it stands on; `assessed` counts the blocking checks (check x resource) that ended."""

    verdict: PrecheckVerdict
    blocks: tuple[Failing, ...] = ()
    warnings: tuple[Failing, ...] = ()
    informs: tuple[Failing, ...] = ()
    unassessed: tuple[Unassessed, ...] = ()
    assessed: int = 0
