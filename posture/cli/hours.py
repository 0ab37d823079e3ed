"""Customers who may be looked at at some hours only: who is out of reach now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from posture.cli.errors import NotAllowed
from posture.cli.output import note
from posture.model.customer import Customer

MOST_NAMED = 20


def refuse_outside_windows(customers: Sequence[Customer], moment: datetime) -> None:
    """Stop where nobody may be looked at now; where some may, say whom this audit leaves out.

    Raises:
        NotAllowed: every customer is outside their window.
    """
    closed = [customer for customer in customers if not open_now(customer, moment)]
    if not closed:
        return
    lines = [outside(customer, moment) for customer in closed[:MOST_NAMED]]
    left = len(closed) - len(lines)
    lines += [f"… {left} more customers"] if left else []
    if len(closed) == len(customers):
        raise NotAllowed("\n".join(lines), "nothing was sent; audit inside the window, or change it in the inventory")
    for line in lines:
        note(f"not assessed this time: {line}")


def open_now(customer: Customer, moment: datetime) -> bool:
    """Whether the customer may be looked at at this moment, as far as the hours go."""
    return not customer.restricted or customer.window_closes(moment) is not None


def outside(customer: Customer, moment: datetime) -> str:
    """``bakery: outside the window 22:00-06:00 (Europe/Berlin), which opens next at 2026-11-22T22:00+01:00``."""
    opens = customer.window_opens(moment)
    when = f"opens next at {opens.isoformat(timespec='minutes')}" if opens else "does not open within a week"
    return f"{customer.id}: outside the window {customer.hours}, which {when}"
