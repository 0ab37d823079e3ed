"""Who is looked at tonight, and who is not, and why; decided before anything is contacted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from posture.cli.errors import NotAllowed, Usage
from posture.cli.inventory import read
from posture.cli.output import note
from posture.cli.proven import proofs_in
from posture.engine.due import Due, NightHours, due, staleness
from posture.engine.night_plan import turns
from posture.model.customer import Customer
from posture.model.night import LeftOut, Turns


@dataclass(frozen=True, slots=True)
class NightPlan:
    """The customers who are due, in the order of the inventory, and those who are left out."""

    work: tuple[Turns, ...]
    left_out: LeftOut


def allowed_tonight(file: Path, database: str, at: datetime) -> tuple[list[Customer], dict[str, str]]:
    """The inventory's customers who may be contacted; of the others, why not. One refusal stops no other customer.

    Raises:
        Usage: the inventory is wrong, or not there.
    """
    if not file.exists():
        raise Usage(f"there is no inventory {file}", "name it with --inventory FILE")
    found = read(file)
    for warning in found.warnings:
        note(f"warning: {warning}")
    refused = {problem.customer: str(problem) for problem in (*found.expired, *found.not_yet)}
    proofs = proofs_in(database)
    allowed: list[Customer] = []
    for customer in found.customers:
        if customer.id in refused:
            continue
        try:
            allowed.append(proofs.hold(customer, at))
        except NotAllowed as error:
            refused[customer.id] = error.message
    return allowed, refused


def planned(
    customers: list[Customer],
    refused: Mapping[str, str],
    last: Mapping[str, datetime],
    hours: NightHours,
    now: datetime,
) -> NightPlan:
    """The night's work.

    Args:
        customers: who may be contacted.
        refused: who may not, and why.
        last: when the last night opened that looked at all of a customer, by customer.
        hours: the night's.
        now: it begins now.
    """
    work: list[Turns] = []
    not_due: dict[str, str] = {}
    for customer in customers:
        seen = last.get(customer.id)
        turn = due(customer, seen, hours, now)
        if isinstance(turn, Due):
            work.append(turns(customer, turn, staleness(seen, hours.opened)))
        else:
            not_due[customer.id] = turn.reason
    return NightPlan(tuple(work), LeftOut(dict(refused), not_due))
