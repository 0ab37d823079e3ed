"""What could not be assessed, by reason, and what nothing looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from posture.facts.factset import COLLECTED
from posture.model.assessment import Assessment
from posture.model.text import visible
from posture.model.verdict import Outcome
from posture.model.view import CustomerView
from posture.report.language import Language
from posture.report.model import Gap, Unexamined
from posture.report.places import some_names


@dataclass(slots=True)
class _Gathered:
    checks: int = 0
    partly: int = 0
    resources: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)


def gaps(view: CustomerView, words: Language, titles: Mapping[str, str]) -> tuple[Gap, ...]:
    """A gap for each reason, those of most checks first."""
    gathered: dict[str, _Gathered] = {}
    for assessment in view.assessments:
        for reason in dict.fromkeys(_reasons(assessment)):
            gap = gathered.setdefault(reason, _Gathered())
            if assessment.outcome is Outcome.NOT_ASSESSED:
                gap.checks += 1
            else:
                gap.partly += 1
            gap.resources.append(visible(assessment.resource) or words.text("all resources"))
            gap.titles.append(titles.get(assessment.check.id) or assessment.check.title)
    made = (
        Gap(words.said(reason), gap.checks, gap.partly, *some_names(gap.resources), *some_names(gap.titles))
        for reason, gap in gathered.items()
    )
    return tuple(sorted(made, key=lambda gap: (-gap.checks, -gap.partly, gap.reason.text)))


def _reasons(assessment: Assessment) -> Iterator[str]:
    """Why a check was not assessed; or, where it failed, why some of its subjects were not."""
    if assessment.outcome is Outcome.NOT_ASSESSED:
        yield visible(assessment.reason)
    elif assessment.outcome is Outcome.FAIL:
        yield from (visible(v.summary) for v in assessment.verdicts if v.outcome is Outcome.NOT_ASSESSED)


def unexamined(view: CustomerView) -> tuple[Unexamined, ...]:
    """The customer's resources that no check has an outcome for.

    Of an audit of some resources, those it left out are not named: only kinds that nothing can look at yet.
    """
    looked_at = {assessment.resource for assessment in view.assessments}
    return tuple(
        Unexamined(resource.id, resource.kind.value)
        for resource in view.customer.resources
        if resource.id not in looked_at and (view.run.whole or resource.kind not in COLLECTED)
    )
