from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from posture.inventory.attestations import attested_in_future
from posture.inventory.consistency import inconsistencies, lapsed
from posture.inventory.document import Document, read_document
from posture.inventory.entries import InventoryEntry
from posture.inventory.explain import explained
from posture.inventory.hours import hours_in_utc
from posture.inventory.languages import unwritten
from posture.inventory.overlaps import overlaps
from posture.inventory.problem import InventoryError, Problem, by_line
from posture.model.customer import Customer


@dataclass(frozen=True, slots=True)
class Inventory:
    """A provider's customers, in the order of the file.

    `expired` and `not_yet` hold one problem for each customer whose authorization does not cover the moment of loading,
    with the customer's id in it: nothing of theirs may be contacted, the others' audits go on. `warnings` deserve a
    look and stop nothing.
    """

    customers: tuple[Customer, ...]
    path: Path
    expired: tuple[Problem, ...] = ()
    not_yet: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def load_inventory(path: Path, now: datetime) -> Inventory:
    """Read ``customers.yaml`` and check all of it.

    Args:
        path: the file.
        now: aware; what authorizations are held against.

    Raises:
        InventoryError: the file cannot be used. It names everything that was found; where a lapsed authorization is
            not all, that too.
    """
    document = read_document(path)
    expired, not_yet = lapsed(document, now)
    entry, problems = _entry(document)
    problems += [*document.problems, *inconsistencies(document), *attested_in_future(document, now)]
    if entry is None or problems:
        raise InventoryError([*problems, *expired, *not_yet])
    customers = tuple(customer.customer(entry.schedule) for customer in entry.customers)
    warnings = (
        *overlaps(document, customers),
        *unwritten(document, customers),
        *hours_in_utc(document, customers),
    )
    return Inventory(customers, path, by_line(expired), by_line(not_yet), by_line(warnings))


def _entry(document: Document) -> tuple[InventoryEntry | None, list[Problem]]:
    try:
        return InventoryEntry.model_validate(document.root.plain()), []
    except ValidationError as error:
        return None, list(explained(error, document))
