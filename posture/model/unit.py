from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.model.assessment import Assessment
from posture.model.coverage import PortsSeen
from posture.model.run import Source
from posture.model.sighting import KeysSeen


@dataclass(frozen=True, slots=True)
class ClaimedUnit:
    """A unit of work that a worker holds: one resource in one run, or a customer's finish (`resource` is empty).

    `attempt` counts claims from 1. `fence` grows with every claim: a commit with an older one is thrown away. From
    `until` on nothing is looked at any more, as the night or the customer's hours are over; None: no such end.
    """

    id: int
    run: str
    customer: str
    resource: str
    attempt: int
    fence: int
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnitResult:
    """What a unit brings home: facts as posture.facts.codec encodes them, and one outcome a check.

    `sources` are the data that the outcomes stand on. `looked` is False when no fact came home: nothing was sent, or
    nothing answered. `ports` is set where the TCP ports were looked at, `keys` where the resource is a host.
    `late`: the time was over before its turn came, or before all had been looked at.
    """

    facts: bytes
    assessments: tuple[Assessment, ...]
    sources: tuple[Source, ...] = ()
    looked: bool = True
    ports: PortsSeen | None = None
    keys: KeysSeen | None = None
    late: bool = False
