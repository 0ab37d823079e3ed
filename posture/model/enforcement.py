"""What a provider's policy says about breaches that stay: the classes, their ladders, and the guards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from posture.model.hook import Hook
from posture.model.severity import Severity


class Measure(StrEnum):
    """What a provider may do about a finding, the mildest first."""

    NOTIFY = "notify"
    REMIND = "remind"
    RATE_LIMIT = "rate-limit"
    ISOLATE_PORT = "isolate-port"
    ISOLATE_KEY = "isolate-key"
    ISOLATE_HOST = "isolate-host"
    ISOLATE_CUSTOMER = "isolate-customer"
    SUSPEND = "suspend"

    @property
    def rank(self) -> int:
        """How far it goes; a port and a key are one rung: a finding is of one or of the other."""
        return _RANKS[self]

    @property
    def restricts(self) -> bool:
        """Whether the customer can do less afterwards; only then is there something to lift."""
        return self.rank >= _RANKS[Measure.RATE_LIMIT]

    @property
    def for_a_person(self) -> bool:
        """Whether it stops a whole customer: then it is proposed to a person and handed to no program."""
        return self.rank >= _RANKS[Measure.ISOLATE_CUSTOMER]


_RANKS = {
    Measure.NOTIFY: 0,
    Measure.REMIND: 1,
    Measure.RATE_LIMIT: 2,
    Measure.ISOLATE_PORT: 3,
    Measure.ISOLATE_KEY: 3,
    Measure.ISOLATE_HOST: 4,
    Measure.ISOLATE_CUSTOMER: 5,
    Measure.SUSPEND: 6,
}


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a class's ladder.

    `after` is counted from the notice. `words` tell the customer what may be done, to follow "if it stays open past
    its date:".
    """

    measure: Measure
    after: timedelta
    words: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """Findings of checks (shell patterns of their ids), from a severity up.

    `exploited`: only those about a flaw that attackers are known to use (CISA's catalogue KEV).
    """

    checks: tuple[str, ...]
    severity: Severity = Severity.INFO
    exploited: bool = False

    def holds(self, check: str, severity: Severity, *, exploited: bool) -> bool:
        """Whether such a finding is meant."""
        if severity < self.severity or (self.exploited and not exploited):
            return False
        return any(fnmatchcase(check, glob) for glob in self.checks)


@dataclass(frozen=True, slots=True)
class BreachClass:
    """Findings that are treated alike.

    `apart` is the least time between the two observations that every step beyond the notice needs. `urgent` steps do
    not wait for the date that the severity has; others come after it.
    """

    id: str
    name: str
    matters: tuple[Matter, ...]
    rungs: tuple[Rung, ...]
    apart: timedelta
    urgent: bool = False

    @property
    def consequence(self) -> str:
        """What a report says will happen: the first restriction of the ladder; without any, its last step."""
        worded = [rung for rung in self.rungs if rung.words]
        first = next((rung for rung in worded if rung.measure.restricts), None)
        return (first or worded[-1]).words if worded else ""


@dataclass(frozen=True, slots=True)
class Enforcement:
    """The ladder's rules. `classes` are in the order in which they are tried: a finding is of the first that holds it.

    `most` is how many steps beyond a notice may be proposed within 24 hours. `hold` is how long disputes of one episode
    may hold steps up altogether while nobody decides. `fresh` is how old the last look may be for a new step.
    `sees_through`: the auditor gets through the provider's blocks and limits, so that a clean look behind one counts.
    """

    classes: tuple[BreachClass, ...] = ()
    most: int = 20
    hold: timedelta = timedelta(days=7)
    fresh: timedelta = timedelta(hours=36)
    sees_through: bool = False
    hooks: tuple[Hook, ...] = ()

    def class_of(self, check: str, severity: Severity, *, exploited: bool = False) -> BreachClass | None:
        """The class of a finding; None where nothing is done about it."""
        for one in self.classes:
            if any(matter.holds(check, severity, exploited=exploited) for matter in one.matters):
                return one
        return None


class RecordState(StrEnum):
    """What somebody says about a step."""

    DONE = "done"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True)
class StepRecord:
    """Somebody carried a step out, or took it back; it is of one episode of a finding."""

    customer: str
    finding: str
    episode: int
    measure: Measure
    state: RecordState
    at: datetime
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class StepKey:
    """A step of a finding's episode, or its lifting: proposed once, and handed to each hook once."""

    customer: str
    finding: str
    episode: int
    measure: Measure
    lift: bool = False

    def __str__(self) -> str:
        """What hooks tell a second delivery by."""
        return f"{self.customer}_{self.finding}_{self.episode}_{self.measure}{'_lift' if self.lift else ''}"


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal that was made. `handed`: a hook has it, or may have it."""

    key: StepKey
    at: datetime
    handed: bool = False


def ladder_of(records: Iterable[StepRecord], episode: int) -> dict[Measure, datetime]:
    """The steps that were carried out in an episode, with the time of the first word on each."""
    done: dict[Measure, datetime] = {}
    for record in records:
        if record.episode == episode and record.state is RecordState.DONE:
            done.setdefault(record.measure, record.at)
    return done
