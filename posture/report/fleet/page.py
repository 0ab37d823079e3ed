"""The fleet page: one static file with a table that sorts and filters, and says everything without its script too."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from itertools import chain

from markupsafe import Markup

from posture.model.policy import Provider
from posture.model.run import Source, each_once
from posture.model.sighting import SharedKey
from posture.report.fleet.standing import FleetCustomer, State
from posture.report.html import accent, environment

CUSTOMERS = 2_000  # rows of the table; the CSV has all
NAMED = 100  # overdue tasks, new critical findings, shared keys
REASONS = 50
_ORDER = list(State)


@dataclass(frozen=True, slots=True)
class Unseen:
    """Why checks could not be assessed: how many, and of how many customers; some of them by their ids."""

    reason: str
    checks: int
    customers: int
    some: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the page is made of. `waiting` are customers without any complete audit."""

    customers: Sequence[FleetCustomer]
    waiting: Sequence[str]
    keys: Sequence[SharedKey]
    provider: Provider
    policy: str
    moment: datetime


def fleet_page(fleet: Fleet, reports: Collection[str]) -> bytes:
    """The page, UTF-8.

    Args:
        fleet: how the customers stand.
        reports: the ids of customers whose ``ID.html`` lies beside the page.
    """
    customers = in_order(fleet.customers)
    late = sorted(chain.from_iterable(c.late for c in customers), key=lambda n: (n.due or n.first_seen, n.customer))
    critical = sorted(chain.from_iterable(c.critical for c in customers), key=lambda n: (n.first_seen, n.customer))
    script, style = _asset("fleet.js"), _asset("fleet.css")
    values = {
        "fleet": fleet,
        "customers": customers[:CUSTOMERS],
        "customers_left": max(0, len(customers) - CUSTOMERS),
        "states": [(state, sum(c.state is state for c in customers)) for state in State],
        "overdue": sum(c.overdue for c in customers),
        "late": late[:NAMED],
        "critical": critical[:NAMED],
        "keys": fleet.keys[:NAMED],
        "keys_left": max(0, len(fleet.keys) - NAMED),
        "unseen": _unseen(customers),
        "sources": _sources(customers),
        "reports": frozenset(reports),
        "accent": Markup(accent(fleet.provider.accent)),  # noqa: S704 - six digits
        "script": Markup(script),  # noqa: S704 - our own file
        "style": Markup(style),  # noqa: S704 - our own file
        "policy_of_content": Markup(_content_policy(script, style)),  # noqa: S704 - base64 of our own
        "critical_left": max(0, len(critical) - NAMED),
        "late_left": max(0, len(late) - NAMED),
    }
    return environment("fleet").get_template("fleet.html.j2").render(values).encode()


def in_order(customers: Iterable[FleetCustomer]) -> list[FleetCustomer]:
    """The customers whom somebody has to look at first come first."""
    return sorted(customers, key=lambda c: (_ORDER.index(c.state), -c.overdue, -c.must, -c.should, c.id))


@cache
def _asset(name: str) -> str:
    return files("report_templates").joinpath("fleet", name).read_text(encoding="utf-8")


def _content_policy(script: str, style: str) -> str:
    """Only this very script and style may run, whatever else a name brings in (CSP 3, hash sources)."""
    hashes = [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in (script, style)]
    return f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'"


def _unseen(customers: Sequence[FleetCustomer]) -> list[Unseen]:
    checks: Counter[str] = Counter()
    whose: dict[str, list[str]] = defaultdict(list)
    for customer in customers:
        for reason, count in customer.reasons:
            checks[reason] += count
            whose[reason].append(customer.id)
    return [
        Unseen(reason, count, len(whose[reason]), tuple(sorted(whose[reason])[:5]))
        for reason, count in sorted(checks.items(), key=lambda item: (-len(whose[item[0]]), -item[1], item[0]))
    ][:REASONS]


def _sources(customers: Sequence[FleetCustomer]) -> tuple[Source, ...]:
    return each_once(source for customer in customers for source in customer.sources)
