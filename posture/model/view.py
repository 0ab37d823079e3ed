from __future__ import annotations

from dataclasses import dataclass

from posture.model.assessment import Assessment
from posture.model.coverage import PortsSeen
from posture.model.customer import Customer
from posture.model.dispute import Dispute, DisputeState
from posture.model.finding import Acceptance, Finding
from posture.model.policy import Policy
from posture.model.run import Run


@dataclass(frozen=True, slots=True)
class CustomerView:
    """All that a report of one customer may say, and nothing of anybody else.

    `assessments` are those of `run`. `findings` are all findings that are not resolved, plus those that this run
    resolved. `previous` is the last complete run before this one, None on a first report.
    `vantage` says from where the network was looked at, in words. `acceptances` are those of the accepted findings.
    `ports` tells how much of each host's TCP ports the run looked at, by resource; hosts whose ports it could not look
    at are not in it. `disputes` are those that were raised last of the findings, as far as they are about them as they
    are now, decided or not.
    """

    customer: Customer
    policy: Policy
    run: Run
    previous: Run | None
    assessments: tuple[Assessment, ...]
    findings: tuple[Finding, ...]
    vantage: str = ""
    acceptances: tuple[Acceptance, ...] = ()
    ports: tuple[PortsSeen, ...] = ()
    disputes: tuple[Dispute, ...] = ()

    @property
    def refuted(self) -> frozenset[str]:
        """The findings that the provider agrees are wrong: told, and nobody's task."""
        return frozenset(one.finding for one in self.disputes if one.state is DisputeState.ACCEPTED)
