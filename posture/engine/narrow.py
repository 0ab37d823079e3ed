"""One finding looked at again: which sides of its host that takes, and what the look may decide: it alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from posture.facts.email.servers import MailServers
from posture.facts.factset import INSIDE, OUTSIDE
from posture.facts.flaws import ApplicationFlaws, LanguageFlaws
from posture.facts.packages import PendingUpdates, ReleaseSupport, UnsupportedPackages
from posture.facts.tls_names import TlsNames
from posture.model.assessment import Assessment, overall
from posture.model.finding import Acceptance, Finding
from posture.model.verdict import Outcome, Verdict
from posture.sdk import Check

Advance = Callable[[Sequence[Finding], Sequence[Acceptance]], Sequence[Finding]]

# What is concluded from the inside alone. How urgent an update is depends on what is reachable, too: for that the last
# look from outside is good enough, since whether it is missing does not.
_FROM_INSIDE = frozenset({PendingUpdates, ReleaseSupport, UnsupportedPackages, LanguageFlaws, ApplicationFlaws})
_WITH_LISTENERS = frozenset({MailServers, TlsNames})  # seen from outside, and held against what listens inside
REST = "everything else"
"""The subject of what a narrow look leaves out."""


def sides(check: Check) -> tuple[bool, bool]:
    """Whether a check of a host needs the look from outside, and the one inside; both where it cannot be told."""
    needs = [fact for _, fact in check.needs]
    outside = any(fact not in INSIDE and fact not in _FROM_INSIDE for fact in needs)
    inside = any(fact not in OUTSIDE or fact in _WITH_LISTENERS for fact in needs)
    return outside, inside


def only_about(assessment: Assessment, subject: str) -> Assessment:
    """The outcome for one subject; of everything else it says that it was not looked at, so that it decides nothing."""
    verdicts = [verdict for verdict in assessment.verdicts if verdict.subject == subject]
    if not verdicts:
        if assessment.decides(subject):
            verdicts = [Verdict(Outcome.PASS, "it is no longer there", subject)]
        else:
            verdicts = [one for one in assessment.verdicts if one.outcome is Outcome.NOT_ASSESSED]
    if subject:
        verdicts.append(Verdict(Outcome.NOT_ASSESSED, f"only {subject} was looked at again", REST))
    outcome = overall(verdicts)
    reason = next(verdict.summary for verdict in verdicts if verdict.outcome is outcome)
    return replace(assessment, outcome=outcome, reason=reason, verdicts=tuple(verdicts))


def advancing(finding: Finding, advance: Advance) -> Advance:
    """The same for this finding alone: no other one is moved on, resolved, or marked as not confirmed."""

    def only(previous: Sequence[Finding], acceptances: Sequence[Acceptance]) -> Sequence[Finding]:
        mine = [one for one in previous if one.id == finding.id]
        return [one for one in advance(mine, acceptances) if one.id == finding.id]

    return only
