"""Whether a role asks for the external id: tried once, when an account is taken on."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from posture.collect.action_log import ActionLog
from posture.collect.aws.collect import PURPOSE, Look
from posture.collect.aws.errors import Unanswered
from posture.collect.aws.regions import home_of
from posture.collect.aws.session import assume
from posture.collect.aws.session_policy import session_policy
from posture.collect.scope import ScopeGate
from posture.facts.aws.gap import Why
from posture.model.customer import Customer
from posture.model.resource import Resource


def look_of(customer: Customer, clock: Callable[[], datetime], log: ActionLog) -> Look:
    """A look of two minutes, for a trial."""
    return Look(ScopeGate(customer, "trial", clock, log), clock, clock() + timedelta(minutes=2))


def refused_without_id(account: Resource, look: Look) -> bool:
    """Whether AWS refuses the role without an external id, and with a wrong one.

    Raises:
        ScopeError: the account may not be asked about now; nothing was sent.
        Unanswered: AWS gave another answer than yes or no.
    """
    permit = look.gate.permit_service(account.id, PURPOSE)
    role = dict(account.settings).get("role_arn", "")
    for wrong in ("", secrets.token_hex(16)):
        look.gate.record_calls(
            permit, f"sts:AssumeRole {'with a wrong' if wrong else 'without an'} external id", "begins"
        )
        try:
            assume(role, wrong, look.gate.run, session_policy(), home_of(role))
        except Unanswered as unanswered:
            if unanswered.gap.why is not Why.DENIED:
                raise
        else:
            return False
    return True
