from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.model.severity import Severity

Detail = str | int | bool | tuple[str, ...]


class Outcome(StrEnum):
    """What a check found out. There is no default, and nothing that failed to run is a pass."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    NOT_ASSESSED = "not_assessed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen: the source (probe, command, file and line), the text observed (already harmless), and when."""

    source: str
    observed: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says about one subject of a resource.

    `subject` names the thing inside the resource (``198.51.100.2:6379/tcp``, ``root``); empty means the resource whole.
    It is part of the finding's identity: no banner, version or text that changes while the problem stays.
    `summary` is one sentence for the customer; for NOT_ASSESSED it is the reason and how to change it.
    `details` are the values that the remediation text is rendered with.
    """

    outcome: Outcome
    summary: str
    subject: str = ""
    severity: Severity | None = None
    evidence: tuple[Evidence, ...] = ()
    details: tuple[tuple[str, Detail], ...] = ()
