"""Attestations that cannot be: given on a day to come, or twice on one topic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from posture.inventory.document import Document
from posture.inventory.problem import Problem, field_name

_ELSEWHERE = timedelta(days=1)  # it may be tomorrow already where the customer is


def attested_in_future(document: Document, now: datetime) -> Iterator[Problem]:
    """One problem for each attestation of a day that has not come."""
    latest = (now + _ELSEWHERE).date().isoformat()
    for index, customer in enumerate(document.root.items("customers")):
        for place, entry in enumerate(customer.items("attestations")):
            day, node = entry.text("at"), entry.child("at")
            if day is not None and node is not None and day > latest and len(day) == len(latest):
                where = field_name(("customers", index, "attestations", place, "at"))
                yield Problem(document.file, node.line, where, "has not come yet", "write the day it was said")
