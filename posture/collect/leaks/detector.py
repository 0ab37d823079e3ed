"""Rules, an engine and a customer's key: what judges the bytes of a file on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from posture.collect.leaks.core.file_name import without_tokens
from posture.collect.leaks.core.leak import Seen, redact
from posture.collect.leaks.core.rule import Rules
from posture.collect.leaks.core.scan import scan
from posture.collect.leaks.engine import fastest
from posture.collect.leaks.ruleset import own_rules
from posture.facts.leaks import LeakedSecret
from posture.model.severity import Severity
from posture.model.text import visible

if TYPE_CHECKING:
    from posture.collect.leaks.core.scan import Candidates


@dataclass(frozen=True, slots=True)
class Detector:
    """Finds secrets and says of them what may be said. `key` is the customer's own, for fingerprints; never shown."""

    rules: Rules
    candidates: Candidates
    key: bytes

    def seen(self, path: str, data: bytes, now: datetime) -> list[Seen]:
        """The secrets in a file's bytes, redacted; `path` only chooses its parser."""
        seconds = int(now.timestamp())
        leaks = scan(path, data, self.rules, self.candidates)
        return [redact(leak, self.rules.severity(leak.rule), self.key, seconds) for leak in leaks]

    def told(self, seen: Seen, path: str) -> LeakedSecret:
        """A redacted secret as the facts have it."""
        return LeakedSecret(
            rule=seen.rule,
            kind=visible(self.rules.title(seen.rule)),
            severity=Severity.parse(seen.severity),
            path=visible(without_tokens(path, self.rules, self.candidates), 1000),
            line=seen.line,
            start=visible(seen.start),
            fingerprint=seen.fingerprint,
            proof=visible(seen.proof),
            note=visible(seen.note),
            expired=None if seen.expired is None else datetime.fromtimestamp(seen.expired, UTC),
        )

    def __repr__(self) -> str:
        return f"Detector({len(self.rules.rules)} rules)"


def own_detector(key: bytes) -> Detector:
    """A detector with the rules that come with posture and the fastest engine there is.

    Raises:
        RuleError: a rule is broken.
    """
    return Detector(own_rules(), _engine(), key)


def kinds_in(path: str, data: bytes) -> list[str]:
    """The names for people of the secrets in a file's bytes, nothing else of them."""
    rules = own_rules()
    return [visible(rules.title(leak.rule)) for leak in scan(path, data, rules, _engine())]


@cache
def _engine() -> Candidates:
    return fastest(own_rules()).candidates
