"""Failures of a run that no finding tells of, as when an audit that overtook this one saw the same thing otherwise."""

from __future__ import annotations

from posture.model.finding import FindingStatus, finding_id
from posture.model.severity import Severity
from posture.model.view import CustomerView


def unlisted(view: CustomerView) -> tuple[Severity, ...]:
    """The severity of each failing verdict of the view's run without an active or accepted finding.

    However that came about: a failure that was seen must not end as good news.
    """
    listed = {finding.id for finding in view.findings if finding.status is not FindingStatus.RESOLVED}
    return tuple(
        assessment.check.severity if verdict.severity is None else verdict.severity
        for assessment in view.assessments
        for verdict in assessment.failures
        if finding_id(view.customer.id, assessment.resource, assessment.check.id, verdict.subject) not in listed
    )
