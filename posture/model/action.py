from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the auditor did to an address, for the append-only log: the answer to an abuse report against us.

    `what` names tool and purpose (``tcp connect: redis confirmation``), `source` is the address of ours that the
    contact came from, empty for a refusal; `target` holds address and ports. `authorization` is the customer's
    reference. No secret stands in any field.
    """

    at: datetime
    run: str
    customer: str
    authorization: str
    what: str
    source: str
    target: str
    result: str

    def canonical(self, entry: int) -> str:
        """The log's entry of this number as the JSON text that its hash is made from: sorted names, no spaces, UTC."""
        plain = asdict(self) | {"at": self.at.astimezone(UTC).isoformat(timespec="microseconds"), "seq": entry}
        return json.dumps(plain, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class LoggedAction:
    """An action as the log holds it: its number from 1, the hash of the entry before it, and its own."""

    entry: int
    before: str
    hash: str
    action: Action

    @property
    def holds(self) -> bool:
        """Whether its hash is that of what it says."""
        return self.hash == chained(self.before, self.entry, self.action)


def chained(before: str, entry: int, action: Action) -> str:
    """SHA-256 in hexadecimal of the previous hash, a line feed, and the entry's canonical text."""
    return hashlib.sha256(f"{before}\n{action.canonical(entry)}".encode()).hexdigest()
