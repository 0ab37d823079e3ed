from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from posture.model.control import present
from posture.model.severity import Severity
from posture.model.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """What an outcome says of the check that gave it; stored with it, so that old results need no plugin.

    `controls` are what it gives evidence for, ``framework@edition:control``, whatever notation they were stored in.
    """

    id: str
    title: str
    clause: str
    severity: Severity
    controls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all("@" in control for control in self.controls):
            object.__setattr__(self, "controls", tuple(map(present, self.controls)))

    @property
    def family(self) -> str:
        """``exposure`` of ``exposure.redis-no-auth``."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The one outcome of one check on one resource in one run, with the verdicts it stands on.

    `reason` is never empty for NOT_ASSESSED.
    """

    check: CheckInfo
    resource: str
    outcome: Outcome
    reason: str
    verdicts: tuple[Verdict, ...] = ()

    @property
    def failures(self) -> tuple[Verdict, ...]:
        """The failing verdicts, each of which is a finding."""
        return tuple(v for v in self.verdicts if v.outcome is Outcome.FAIL)

    def decides(self, subject: str) -> bool:
        """Whether it tells how this subject is: by a verdict on it, or by silence once all there is was looked at."""
        about = [verdict for verdict in self.verdicts if verdict.subject == subject]
        deciding = about or self.verdicts
        return bool(deciding) and all(verdict.outcome is not Outcome.NOT_ASSESSED for verdict in deciding)


_WORST_FIRST = (Outcome.FAIL, Outcome.NOT_ASSESSED, Outcome.PASS, Outcome.NOT_APPLICABLE)


def overall(verdicts: Iterable[Verdict]) -> Outcome:
    """The worst outcome: a failure wins, then what could not be looked at; a pass needs all looked-at subjects to pass.

    Raises:
        ValueError: there are no verdicts; silence is not an outcome.
    """
    seen = {v.outcome for v in verdicts}
    for outcome in _WORST_FIRST:
        if outcome in seen:
            return outcome
    raise ValueError("no verdict, no outcome")
