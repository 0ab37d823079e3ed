"""One finding with all that belongs to it, and nothing of another customer."""

from __future__ import annotations

from sqlalchemy import select

from posture.model.dossier import Dossier
from posture.model.finding import Finding
from posture.model.policy import Policy
from posture.store import schema
from posture.store.actions import Actions
from posture.store.findings import Findings
from posture.store.views import Views

MOST_CONTACTS = 5_000  # of one run with one resource


class Dossiers(Findings, Views, Actions):
    """Putting dossiers together."""

    __slots__ = ()

    def dossier(self, finding: Finding, policy: Policy) -> Dossier | None:
        """The dossier of a finding; None where the run that saw it last is no longer kept."""
        view = self.customer_view(finding.customer, policy, finding.last_run)
        if view is None:
            return None
        address = next((r.address for r in view.customer.resources if r.id == finding.resource), "")
        place = address or finding.resource
        contacts = self.actions(finding.customer, run=finding.last_run, limit=MOST_CONTACTS)
        head = self.actions_head()
        return Dossier(
            view=view,
            finding=finding,
            history=tuple((change.at, change.status) for change in self.history(finding.id)),
            actions=tuple(action for action in contacts if _is_at(action.target, place)),
            log_entries=head.entries,
            log_hash=head.hash,
            facts_sha256=self._facts_of(finding),
        )

    def _facts_of(self, finding: Finding) -> str:
        unit = schema.scan_unit.c
        wanted = (
            select(schema.fact_set.c.sha256)
            .join_from(schema.scan_unit, schema.fact_set, schema.fact_set.c.unit == unit.id)
            .where(unit.customer == finding.customer, unit.run == finding.last_run, unit.resource == finding.resource)
        )
        with self.database.reading() as connection:
            return connection.execute(wanted).scalar() or ""


def _is_at(target: str, place: str) -> bool:
    """Whether a contact was with this address or name: ``198.51.100.2:6379``, ``[2001:db8::1]:22``."""
    bare = target.removeprefix("[")
    return bare == place or bare.startswith((f"{place}:", f"{place}]", f"{place} ", f"{place},", f"{place}/"))
