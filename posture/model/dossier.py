from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.model.action import Action
from posture.model.finding import Finding, FindingStatus
from posture.model.view import CustomerView


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known of one finding, for whoever has to decide about it; of one customer alone.

    `view` is that of the run that saw the finding last. `history` is every status it took. `actions` are the contacts
    of that run with the finding's resource, from the append-only log; `log_entries` and `log_hash` are the log's length
    and head when this was put together. `facts_sha256` is the digest of the facts that the verdict was made from, empty
    where they are no longer kept.
    """

    view: CustomerView
    finding: Finding
    history: tuple[tuple[datetime, FindingStatus], ...]
    actions: tuple[Action, ...]
    log_entries: int
    log_hash: str
    facts_sha256: str = ""

    @property
    def address(self) -> str:
        """The address of the finding's resource; empty where it has none."""
        return next((r.address for r in self.view.customer.resources if r.id == self.finding.resource), "")
