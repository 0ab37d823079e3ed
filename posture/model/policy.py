from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fnmatch import fnmatchcase

from posture.model.enforcement import Enforcement
from posture.model.precheck import Weight
from posture.model.severity import Severity

HIDDEN_PORTS = (
    *(23, 111, 135, 139, 389, 445, 512, 513, 514, 623, 873, 1433, 1521, 2049, 2181, 2375, 2376, 2379, 3306, 3389, 4444),
    *(5432, 5555, 5601, 5672, 5900, 5984, 5985, 6000, 6379, 6443, 7001, 8086, 8500, 9042, 9092, 9200, 9300, 10250),
    *(11211, 15672, 27017, 50000, 50070, 61616),
)
"""TCP ports where databases, queues, remote control and the APIs of containers usually are."""


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
    """Who the report comes from; `logo` is a picture as data (RFC 2397)."""

    name: str
    contact: str
    accent: str = "#0a4f8f"  # a CSS colour for headings; contrast on white must be AA
    logo: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Checks by their ids (shell patterns), from a severity up."""

    checks: tuple[str, ...]
    severity: Severity = Severity.INFO

    def holds(self, check: str, severity: Severity) -> bool:
        """Whether the rule is about a failure of this check, of this severity."""
        return severity >= self.severity and any(fnmatchcase(check, glob) for glob in self.checks)


@dataclass(frozen=True, slots=True)
class Precheck:
    """The gate of the pre-onboarding check.

    `block` is what keeps a prospect out, `warn` what is told besides; all else informs. `must_be_assessed` are checks
    without whose outcome nothing is decided, by the severity that they are declared with; so are those that `block`
    names. `hidden_ports` are the TCP ports that must not stay silent on a host that refuses others. `valid` is how long
    a verdict holds.
    """

    block: tuple[Rule, ...] = (
        Rule(("exposure.*", "keys.*"), Severity.HIGH),
        Rule(("email.open-relay",)),
    )
    warn: tuple[Rule, ...] = (Rule(("*",), Severity.MEDIUM), Rule(("email.*",), Severity.LOW))
    must_be_assessed: tuple[Rule, ...] = (Rule(("exposure.*", "keys.*"), Severity.MEDIUM),)
    hidden_ports: tuple[int, ...] = HIDDEN_PORTS
    valid: timedelta = timedelta(days=7)

    def weight(self, check: str, severity: Severity) -> Weight:
        """What a failure counts for."""
        if any(rule.holds(check, severity) for rule in self.block):
            return Weight.BLOCK
        return Weight.WARN if any(rule.holds(check, severity) for rule in self.warn) else Weight.INFORM

    def needs(self, check: str, severity: Severity) -> bool:
        """Whether nothing is decided without an outcome of this check, which is declared with this severity."""
        return any(rule.holds(check, severity) for rule in (*self.block, *self.must_be_assessed))


@dataclass(frozen=True, slots=True)
class Policy:
    """A provider's policy as data. `must_fix` is the lowest severity that is a breach with a date.

    A policy has either `enforcement` with classes or the plain `ladder`, never both. `translations` are its texts in
    other languages: language, text, translation.
    """

    name: str
    version: str
    provider: Provider
    clauses: tuple[Clause, ...]
    allowed: Mapping[Severity, timedelta]
    must_fix: Severity
    ladder: tuple[Step, ...] = ()
    precheck: Precheck = Precheck()
    enforcement: Enforcement = field(default_factory=Enforcement)
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of all it says: two processes with the same one judge alike."""
        parts = (repr(replace(self, allowed={})), repr(sorted(self.allowed.items())))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def clause(self, clause_id: str) -> Clause:
        """The clause of that number, or one that says the policy has no text for it."""
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        return Clause(clause_id, f"Clause {clause_id}", "This policy has no text for this clause.")

    def translated(self, text: str, language: str) -> str:
        """A text of this policy in a language (``de``); as it is where the policy has no translation of it."""
        return self.translations.get(language, {}).get(text, text)

    def consequence(self, severity: Severity, check: str = "", *, exploited: bool = False) -> str:
        """What happens when a finding stays open past its date; empty when nothing is said.

        By the ladder of the finding's class of enforcement; by `ladder` in a policy that has no classes.
        """
        if self.enforcement.classes:
            found = self.enforcement.class_of(check, severity, exploited=exploited)
            return found.consequence if found else ""
        return next((step.action for step in self.ladder if step.severity is severity), "")
