"""A night: one scheduled look at all customers who are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from posture.model.customer import Customer
from posture.model.finding import FindingStatus
from posture.model.run import Source
from posture.model.severity import Severity


@dataclass(frozen=True, slots=True)
class NightRules:
    """What whoever takes a unit of the night keeps to, on whichever machine.

    `per_network`: units at once in one network (/24, /48); `total`: in all; 0: no bound. `exclusive`: a network is one
    worker's at a time, so that packets a second into it are counted in one place. `policy` is the digest of the policy
    the night is held against. `rolling`: of hosts seen before only tonight's ports.
    """

    per_network: int = 0
    total: int = 0
    exclusive: bool = False
    rolling: bool = True
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One resource of a night.

    `network` is "" for none. It may be looked at from `opens` on; None: at once; and until `closes`; None: to the end
    of the night. The higher the priority, the earlier.
    """

    resource: str
    network: str = ""
    opens: datetime | None = None
    priority: int = 0
    closes: datetime | None = None


@dataclass(frozen=True, slots=True)
class Turns:
    """A customer of a night, with one turn for each resource."""

    customer: Customer
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Customers that a night was not planned for: `refused` must not be contacted, `not_due` have another turn.

    Both are customer -> reason.
    """

    refused: Mapping[str, str] = field(default_factory=dict)
    not_due: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gist:
    """What one customer's report came to: `not_assessed` checks and why, and the worst finding of this night's look.

    `reasons` are the most frequent ones with the number of checks. `files`: how many were written. `error`: why one
    was not. `stale`: the data it stands on that was too old or missing.
    """

    not_assessed: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    worst: Severity | None = None
    files: int = 0
    error: str = ""
    stale: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How many findings of a night's customers have a status and a severity. Of resolved ones those of this night."""

    status: FindingStatus
    severity: Severity
    count: int


@dataclass(frozen=True, slots=True)
class Night:
    """`id` is the date on which it opened. Nothing is looked at after `closes`. `ended`: reports are written.

    `holder` is the process that leads it; its word ends at `lease_until`. `summary` is what it came to, as JSON.
    """

    id: str
    run: str
    opened: datetime
    closes: datetime
    holder: str = ""
    lease_until: datetime | None = None
    ended: datetime | None = None
    left_out: LeftOut = LeftOut()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """The units of a night as they stand; finish units are counted apart, as is what was closed after the deadline.

    `given_up` are those that were begun too often without coming to an end. `networks` are those under way.
    """

    queued: int = 0
    leased: int = 0
    lapsed: int = 0
    done: int = 0
    late: int = 0
    given_up: int = 0
    unfinished: int = 0
    networks: int = 0

    @property
    def total(self) -> int:
        """All resources of the night."""
        return self.queued + self.leased + self.lapsed + self.done


@dataclass(frozen=True, slots=True)
class Reach:
    """How many customers a night's run has, whose findings are up to date, and whose reports are written.

    `complete`: finished, and all of their resources had their turn.
    """

    customers: int = 0
    finished: int = 0
    complete: int = 0
    reported: int = 0


@dataclass(frozen=True, slots=True)
class BusyNetwork:
    """A network with units under way, and how many more are waiting in it."""

    network: str
    under_way: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Way:
    """How a night gets on just now.

    `workers`: processes that hold units. `lapsed_ever`: leases that ran out since the night began; each is a look that
    was begun again, or will be. `waiting_since`: from when on the unit that waits longest might have been begun; None
    where none waits. `networks`: the busiest first.
    """

    workers: int = 0
    lapsed_ever: int = 0
    waiting_since: datetime | None = None
    networks: tuple[BusyNetwork, ...] = ()
