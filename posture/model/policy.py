from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from posture.model.severity import Severity


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of the Acceptable Use Policy. `headline` is its short name in a report, `text` what it asks for."""

    id: str
    headline: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """A rung of the enforcement ladder: what the provider may do when a finding of this severity is past its date."""

    severity: Severity
    action: str


@dataclass(frozen=True, slots=True)
class Provider:
    """Who the report comes from."""

    name: str
    contact: str
    accent: str = "#0a4f8f"  # a CSS colour for headings; contrast on white must be AA


@dataclass(frozen=True, slots=True)
class Policy:
    """A provider's policy as data. `must_fix` is the lowest severity that is a breach with a date."""

    name: str
    version: str
    provider: Provider
    clauses: tuple[Clause, ...]
    allowed: Mapping[Severity, timedelta]
    must_fix: Severity
    ladder: tuple[Step, ...] = ()

    def clause(self, clause_id: str) -> Clause:
        """The clause of that number, or one that says the policy has no text for it."""
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        return Clause(clause_id, f"Clause {clause_id}", "This policy has no text for this clause.")

    def consequence(self, severity: Severity) -> str:
        """What happens when a finding of this severity stays open past its date; empty when nothing is said."""
        return next((step.action for step in self.ladder if step.severity is severity), "")
