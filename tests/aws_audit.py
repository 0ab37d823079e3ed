"""An AWS account looked at and judged as an audit does, without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from aws_server import account, look

from posture.collect.aws.collect import collect_account
from posture.collect.leaks.detector import own_detector
from posture.engine.aws.derive import of_account
from posture.engine.judge import judge
from posture.engine.plugins import load
from posture.facts.factset import Facts
from posture.model.assessment import Assessment
from posture.model.verdict import Outcome
from posture.sdk import Check


def facts_of(number: str, regions: Sequence[str], earlier: Facts | None = None) -> Facts:
    """All facts of an account, the derived ones too."""
    resource = account(number, regions)
    collected = collect_account(resource, look(), earlier or {}, own_detector(b"k" * 32))
    return {**collected, **of_account(collected)}


def judged(number: str, facts: Facts) -> Mapping[str, Assessment]:
    """What each check says, by its id."""
    return {one.check.id: one for one in judge(_checks(), account(number), facts)}


@cache
def _checks() -> tuple[Check, ...]:
    return load(lambda text, _name: text).checks


def failing(assessment: Assessment) -> frozenset[str]:
    """The subjects that fail."""
    return frozenset(verdict.subject for verdict in assessment.verdicts if verdict.outcome is Outcome.FAIL)


def gaps(assessment: Assessment) -> str:
    """All that it says it could not assess."""
    told = [verdict.summary for verdict in assessment.verdicts if verdict.outcome is Outcome.NOT_ASSESSED]
    return "; ".join([*told, assessment.reason if assessment.outcome is Outcome.NOT_ASSESSED else ""])
