"""The statement of reasons that goes with a proposal: what, for how long, why, by whom it was found, how to object."""

from __future__ import annotations

from posture.engine.observed import moment
from posture.model.enforcement import Measure
from posture.model.policy import Policy
from posture.model.proposal import Proposal
from posture.model.statement import Statement
from posture.model.text import visible

_NAMES = {
    Measure.NOTIFY: "notice, nothing is restricted",
    Measure.REMIND: "reminder, nothing is restricted",
    Measure.RATE_LIMIT: "traffic is limited",
    Measure.ISOLATE_PORT: "this port is blocked, and nothing else",
    Measure.ISOLATE_KEY: "this key is disabled, and nothing else",
    Measure.ISOLATE_HOST: "this host is cut off",
    Measure.ISOLATE_CUSTOMER: "all systems of the customer are cut off",
    Measure.SUSPEND: "the account is suspended",
}


def statement(proposal: Proposal, policy: Policy) -> Statement:
    """The statement for one proposal, in English."""
    finding, measure = proposal.finding, proposal.key.measure
    clause = policy.clause(finding.check.clause)
    return Statement(
        measure=f"lifted: {_NAMES[measure]}" if proposal.key.lift else _NAMES[measure],
        target=visible(proposal.target),
        lasts=_lasts(proposal),
        facts=f"{visible(finding.summary, 2000)} Resource {visible(finding.resource)}"
        f"{', ' + visible(finding.subject) if finding.subject else ''}; first seen {moment(finding.first_seen)}, last "
        f"{moment(proposal.observed)}. Finding {finding.id}.",
        observed=proposal.observed,
        first_seen=finding.first_seen,
        evidence=finding.evidence,
        automated=_automated(proposal),
        clause=clause.id,
        clause_text=clause.text,
        breach=f"The check {finding.check.id} ({finding.check.title}) found this to be against it, with the severity "
        f"{finding.severity.word}.",
        contest=_contest(proposal, policy),
        mend=f"Follow the steps for {finding.id} in your report, then ask for a new look: it takes seconds, and a "
        "clean one ends this.",
    )


def _lasts(proposal: Proposal) -> str:
    if proposal.key.lift:
        return "from now on nothing of it is restricted"
    if not proposal.key.measure.restricts:
        return "nothing is restricted"
    return "until a new look finds the problem gone; there is one each night, and one at once whenever you ask for it"


def _automated(proposal: Proposal) -> str:
    found = "A program found this by itself, and worked out from the policy which step is next."
    if proposal.for_a_person:
        return f"{found} Only a person decides about this step."
    return f"{found} It proposes; whoever carries the step out decides."


def _contest(proposal: Proposal, policy: Policy) -> str:
    contact = policy.provider.contact or policy.provider.name
    return (
        f"Write to {visible(contact)}, name {proposal.finding.id}, and say what is wrong. A dispute holds further "
        "steps up until somebody has decided, within the time the policy gives; an accepted one ends them. You "
        "may go to court at any time."
    )
