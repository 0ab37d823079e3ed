"""What the ladder comes to for one finding: a step proposed, or the reason why there is none now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.model.dispute import Dispute
from posture.model.enforcement import Proposed, StepKey, StepRecord
from posture.model.finding import Acceptance, Finding
from posture.model.resource import ResourceKind


@dataclass(frozen=True, slots=True)
class Case:
    """One finding with all that the ladder depends on.

    `began` is when its present episode was first seen. `kind` is its resource's, None where that has left. All else is
    of this finding, of any episode, in the order in which it came.
    """

    finding: Finding
    began: datetime
    kind: ResourceKind | None
    address: str = ""
    acceptances: tuple[Acceptance, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    proposed: tuple[Proposed, ...] = ()
    records: tuple[StepRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A step that may be taken now, or be lifted. Nobody has taken it: that is for a person, or the provider's system.

    `target` is what it is about: the port, the key, the host or the customer. `observed` is the look that it stands on.
    `since` is when it was proposed first, None for a new one. `for_a_person`: no program is told of it.
    """

    key: StepKey
    finding: Finding
    breach: str
    target: str
    reason: str
    observed: datetime
    since: datetime | None = None
    for_a_person: bool = False


class Hold(StrEnum):
    """Why a step is not proposed."""

    GRACE = "its time has not come"
    ONE_LOOK = "seen once only"
    UNCONFIRMED = "could not be looked at again"
    STALE = "the last look is too old"
    ACCEPTED = "the risk is accepted"
    DISPUTED = "disputed, and not decided"
    DISPUTE_ACCEPTED = "the dispute was accepted"
    TOO_MANY = "too many at once"
    BLIND = "a clean look behind the block proves nothing"
    LEFT = "its resource left the inventory"


@dataclass(frozen=True, slots=True)
class Held:
    """A step that is next, and not proposed. `until` is when it may be, where that is known."""

    key: StepKey
    finding: Finding
    breach: str
    hold: Hold
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Night:
    """What is proposed and what is held back, the gravest class first."""

    proposals: tuple[Proposal, ...]
    held: tuple[Held, ...]
