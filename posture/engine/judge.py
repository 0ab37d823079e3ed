"""Facts and checks in, exactly one outcome a check out; whatever goes wrong is *not assessed*, by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from posture.engine.plugins import check_applies
from posture.facts.factset import Facts, known_for
from posture.facts.unavailable import Unavailable
from posture.model.assessment import Assessment, overall
from posture.model.resource import Resource, ResourceKind
from posture.model.text import visible
from posture.model.verdict import Outcome, Verdict
from posture.sdk import Check

MOST_VERDICTS = 10_000  # of one check on one resource; more is a runaway generator


def checks_for(kind: ResourceKind, checks: Iterable[Check]) -> tuple[Check, ...]:
    """The checks that can judge this kind of resource."""
    known = known_for(kind)
    return tuple(check for check in checks if check_applies(check, known))


def judge(checks: Iterable[Check], resource: Resource, facts: Facts) -> tuple[Assessment, ...]:
    """Judge one resource: one assessment for each check of its kind, in the order given."""
    return tuple(_assess(check, resource, facts) for check in checks_for(resource.kind, checks))


def _assess(check: Check, resource: Resource, facts: Facts) -> Assessment:
    needed = [facts.get(fact, Unavailable(f"no collector brought {fact.__name__}")) for _, fact in check.needs]
    spared = [fact in check.spared for _, fact in check.needs]
    gone = [fact for fact, one in zip(needed, spared, strict=True) if isinstance(fact, Unavailable) and not one]
    missing = _each_once(fact.reason for fact in gone)
    if missing:
        return _not_assessed(check, resource, "; ".join(missing))
    try:
        said = tuple(islice(check.judge(*needed) or (), MOST_VERDICTS + 1))
    except Exception as error:  # noqa: BLE001  a check that raises is not assessed, whatever it raises
        return _not_assessed(check, resource, f"the check failed: {type(error).__name__}: {error}")
    return _concluded(check, resource, said)


def _each_once(reasons: Iterable[str]) -> list[str]:
    """No reason twice, nor one that another has in it: a derived fact repeats why its sources are missing."""
    different = dict.fromkeys(reasons)
    return [one for one in different if not any(one != other and one in other for other in different)]


def _concluded(check: Check, resource: Resource, said: tuple[Verdict, ...]) -> Assessment:
    if not said:
        return _not_assessed(check, resource, "the check said nothing")
    if len(said) > MOST_VERDICTS:
        return _not_assessed(check, resource, f"the check gave more than {MOST_VERDICTS:,} verdicts")
    if not all(isinstance(verdict, Verdict) for verdict in said):
        return _not_assessed(check, resource, "the check gave something that is not a verdict")
    verdicts = _one_a_subject(_harmless(verdict) for verdict in said)
    outcome = overall(verdicts)
    reasons = dict.fromkeys(verdict.summary for verdict in verdicts if verdict.outcome is outcome)
    reason = visible("; ".join(islice(reasons, 3))).strip() or "no reason was given"
    return Assessment(check.info, resource.id, outcome, reason, verdicts)


def _harmless(verdict: Verdict) -> Verdict:
    subject, summary = visible(verdict.subject), visible(verdict.summary)
    if (subject, summary) == (verdict.subject, verdict.summary):
        return verdict
    return replace(verdict, subject=subject, summary=summary)


def _one_a_subject(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Two verdicts on one subject would be one finding with two faces; the worse one stands, the first among equals."""
    kept: dict[str, Verdict] = {}
    for verdict in verdicts:
        known = kept.get(verdict.subject)
        if known is None or (known.outcome is not verdict.outcome and overall((known, verdict)) is verdict.outcome):
            kept[verdict.subject] = verdict
    return tuple(kept.values())


def _not_assessed(check: Check, resource: Resource, reason: str) -> Assessment:
    text = visible(reason)
    return Assessment(check.info, resource.id, Outcome.NOT_ASSESSED, text, (Verdict(Outcome.NOT_ASSESSED, text),))
