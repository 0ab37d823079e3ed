"""What the customer says of himself, as said: it never counts as looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from posture.model.attestation import Topic
from posture.model.resource import ResourceKind
from posture.model.text import visible
from posture.model.view import CustomerView
from posture.report.language import Language

WORDS = {
    Topic.SUPPRESSION_LIST: "Suppression lists: who asked for no more mail gets none",
    Topic.CONSENT: "Consent: recipients of advertising have agreed to it",
}
CLAUSE = "3"


@dataclass(frozen=True, slots=True)
class AttestedRow:
    """One topic; `statement` is empty where nobody has said anything. `old`: more than a year before the audit."""

    topic: Topic
    words: str
    statement: str = ""
    attested_by: str = ""
    at: date | None = None
    old: bool = False


def attested(view: CustomerView, words: Language) -> tuple[AttestedRow, ...]:
    """A row for each attestation, and for each topic that a customer with a domain owes one and has given none."""
    customer, today = view.customer, view.run.started.date()
    rows = [
        AttestedRow(
            one.topic,
            words.text(WORDS[one.topic]),
            visible(one.statement),
            visible(one.attested_by),
            one.at,
            one.old(today),
        )
        for one in sorted(customer.attestations, key=lambda one: (one.topic.value, one.at))
    ]
    if any(resource.kind is ResourceKind.DOMAIN for resource in customer.resources):
        said = {row.topic for row in rows}
        rows += [AttestedRow(topic, words.text(WORDS[topic])) for topic in Topic if topic not in said]
    return tuple(rows)
