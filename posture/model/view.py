from __future__ import annotations

from dataclasses import dataclass

from posture.model.assessment import Assessment
from posture.model.customer import Customer
from posture.model.finding import Acceptance, Finding
from posture.model.policy import Policy
from posture.model.run import Run


@dataclass(frozen=True, slots=True)
class CustomerView:
    """All that a report of one customer may say, and nothing of anybody else.

    `assessments` are those of `run`. `findings` are all findings that are not resolved, plus those that this run
    resolved. `previous` is the last complete run before this one, None on a first report.
    `vantage` says from where the network was looked at, in words. `acceptances` are those of the accepted findings.
    """

    customer: Customer
    policy: Policy
    run: Run
    previous: Run | None
    assessments: tuple[Assessment, ...]
    findings: tuple[Finding, ...]
    vantage: str = ""
    acceptances: tuple[Acceptance, ...] = ()
