from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.model.assessment import CheckInfo
from posture.model.severity import Severity
from posture.model.verdict import Detail, Evidence


class FindingStatus(StrEnum):
    """Where a finding is in its life."""

    NEW = "new"
    OPEN = "open"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    ACCEPTED = "accepted"

    @property
    def active(self) -> bool:
        """Whether the problem is there and nobody has accepted it."""
        return self in {FindingStatus.NEW, FindingStatus.OPEN, FindingStatus.REOPENED}


@dataclass(frozen=True, slots=True)
class System:
    """The customer's system as far as remediation text needs it; empty strings where it was not seen."""

    id: str = ""  # os-release ID: debian, ubuntu, ...
    version: str = ""  # os-release VERSION_ID
    name: str = ""  # os-release PRETTY_NAME
    init: str = ""  # systemd, or empty when unknown


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with a history. Identity is customer, resource, check and subject; nothing else.

    `resource` is the id as reports show it. `due` is when the policy wants it fixed.
    `unconfirmed_runs` counts the runs since `last_seen` in which the check could not be assessed.
    `retired` marks one that is resolved because its resource left the inventory: nobody saw it fixed.
    """

    id: str
    customer: str
    resource: str
    check: CheckInfo
    subject: str
    summary: str
    severity: Severity
    status: FindingStatus
    first_seen: datetime
    last_seen: datetime
    due: datetime | None
    last_run: str
    resolved_at: datetime | None = None
    unconfirmed_runs: int = 0
    times_reopened: int = 0
    evidence: tuple[Evidence, ...] = ()
    details: tuple[tuple[str, Detail], ...] = ()
    system: System = System()
    retired: bool = False

    @property
    def fixed(self) -> bool:
        """Whether it was seen to be gone."""
        return self.status is FindingStatus.RESOLVED and not self.retired

    @property
    def exploited(self) -> bool:
        """Whether it is about a flaw that attackers are known to use, as its check says in the detail `exploited`."""
        return bool(dict(self.details).get("exploited"))


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Somebody accepts a finding's risk until a moment; a row of its own, never an edit of the finding.

    It holds for what was known when it was given: for that severity or less, and until the finding goes and comes back
    (`times_reopened` is the finding's at that time; no clock is asked). Of several only the one given last counts, so
    that one can be shortened.
    """

    finding: str
    customer: str
    reason: str
    accepted_by: str
    accepted_at: datetime
    until: datetime
    severity: Severity
    times_reopened: int = 0

    def covers(self, finding: Finding, now: datetime) -> bool:
        """Whether the finding, as it is now, is the risk that was accepted."""
        same = finding.id == self.finding and finding.times_reopened == self.times_reopened
        return same and finding.severity <= self.severity and now < self.until


def finding_id(customer: str, resource: str, check: str, subject: str) -> str:
    """``F-`` and 16 hexadecimal digits; the parts are length-prefixed so that no two splits collide."""
    text = "".join(f"{len(part)}:{part}" for part in (customer, resource, check, subject))
    return "F-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
