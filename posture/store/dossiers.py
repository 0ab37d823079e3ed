"""One finding with all that belongs to it, and nothing of another customer."""

from __future__ import annotations

import re

from sqlalchemy import select

from posture.model.action import Action
from posture.model.dossier import Dossier
from posture.model.finding import Finding
from posture.model.policy import Policy
from posture.store import schema
from posture.store.actions import Actions
from posture.store.deliveries import Deliveries
from posture.store.enforcement import Enforcements
from posture.store.findings import Findings
from posture.store.views import Views

MOST_CONTACTS = 5_000  # of one run with one resource

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:\[\]]+)):\d{1,5}/(?:tcp|udp)")


class Dossiers(Findings, Views, Actions, Deliveries, Enforcements):
    """Putting dossiers together."""

    __slots__ = ()

    def dossier(self, finding: Finding, policy: Policy) -> Dossier | None:
        """The dossier of a finding; None where the run that saw it last is no longer kept.

        The whole log is read, so that its state can be told.
        """
        customer, run = finding.customer, finding.last_run
        view = self.customer_view(customer, policy, run)
        if view is None:
            return None
        address = next((r.address for r in view.customer.resources if r.id == finding.resource), "")
        places = _places(finding, address)
        log = self.logged(customer, run, lambda action: _is_at(action, places), MOST_CONTACTS)
        log, whole = (log, False) if log else (self.logged(customer, run, lambda _: True, MOST_CONTACTS), True)
        head, broken = self.actions_head(), self.verify_actions()
        return Dossier(
            view=view,
            finding=finding,
            history=tuple((change.at, change.status) for change in self.history(finding.id)),
            log=log,
            log_entries=head.entries,
            log_hash=head.hash,
            log_fault=f"entry {broken.entry}: {broken.reason}" if broken else "",
            whole_log=whole,
            log_cut=len(log) == MOST_CONTACTS,
            facts_sha256=self._facts_of(finding),
            deliveries=self.deliveries(customer, run),
            steps=self.step_records(customer, finding.id),
        )

    def _facts_of(self, finding: Finding) -> str:
        unit = schema.scan_unit.c
        wanted = (
            select(schema.fact_set.c.sha256)
            .join_from(schema.scan_unit, schema.fact_set, schema.fact_set.c.unit == unit.id)
            .where(unit.customer == finding.customer, unit.run == finding.last_run, unit.resource == finding.resource)
        )
        with self.database.reading(finding.customer) as connection:
            return connection.execute(wanted).scalar() or ""


def _places(finding: Finding, address: str) -> re.Pattern[str]:
    """What the log calls the resource: its address, its id (a domain, an account), or the address that was judged."""
    judged = _HOST.match(finding.subject)
    names = {address, finding.resource, (judged[1] or judged[2]) if judged else ""} - {""}
    ends = "|".join(f"{re.escape(name)}{'(?!:)' if ':' in name else ''}" for name in sorted(names))
    return re.compile(rf"(?<![\w.:-])(?:{ends})(?![\w-]|\.\w)", re.IGNORECASE)


def _is_at(action: Action, places: re.Pattern[str]) -> bool:
    """Whether a contact was with the resource: ``198.51.100.2 port 6379/tcp``, ``bakery.example``."""
    return bool(places.search(action.target))
