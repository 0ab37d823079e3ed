from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.model.action import LoggedAction
from posture.model.delivery import Delivery
from posture.model.enforcement import StepRecord
from posture.model.finding import Finding, FindingStatus
from posture.model.view import CustomerView


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known of one finding, for whoever has to decide about it; of one customer alone.

    `view` is that of the run that saw the finding last. `history` is every status it took. `log` are the contacts of
    that run with the finding's resource, from the append-only log; where none can be told apart, `whole_log` is True
    and they are all of that run with this customer; `log_cut` is True where there may have been more. `log_entries` and
    `log_hash` are the log's length and head when this was put together, `log_fault` says what is wrong with it, in a
    sentence. `facts_sha256` is the digest of the facts that the verdict was made from, empty where they are no longer
    kept. `deliveries` are those of that run's report, `steps` what somebody carried out about it, or took back.
    """

    view: CustomerView
    finding: Finding
    history: tuple[tuple[datetime, FindingStatus], ...]
    log: tuple[LoggedAction, ...]
    log_entries: int
    log_hash: str
    log_fault: str = ""
    whole_log: bool = False
    log_cut: bool = False
    facts_sha256: str = ""
    deliveries: tuple[Delivery, ...] = ()
    steps: tuple[StepRecord, ...] = ()

    @property
    def address(self) -> str:
        """The address of the finding's resource; empty where it has none."""
        return next((r.address for r in self.view.customer.resources if r.id == self.finding.resource), "")
