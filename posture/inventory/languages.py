"""Customers whose language no report is written in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from posture.inventory.document import Document
from posture.inventory.problem import Problem, field_name
from posture.model.customer import REPORT_LANGUAGES, Customer


def unwritten(document: Document, customers: Sequence[Customer]) -> Iterator[Problem]:
    """One warning for each customer who will get an English report instead."""
    written = ", ".join(sorted(REPORT_LANGUAGES))
    for place, customer in enumerate(customers):
        if customer.language not in REPORT_LANGUAGES:
            node = document.root.items("customers")[place].child("language")
            yield Problem(
                document.file,
                node.line if node else 0,
                field_name(("customers", place, "language")),
                f"no report is written in this language yet (there is {written}), so {customer.id} gets an English one",
                "leave it so, or set language: en",
                customer.id,
            )
