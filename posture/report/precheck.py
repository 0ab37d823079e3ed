"""What the report of a pre-onboarding check says: one value that every renderer reads, bounded and in plain words.

All texts are harmless (posture.model.text) and bounded; texts named ``*_md`` are Markdown as remediations are. Lists
are worst first and capped; what is left out is counted beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.model.policy import Provider
from posture.model.precheck import PrecheckVerdict, Weight
from posture.model.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Block:
    """One thing that keeps the prospect out. All findings of one check with the same fix are one.

    `where` are places (resource and subject), `why` says in one sentence what others can do, `action` is what to do in
    one line, `minutes` how long that takes (None where the check has no text). `fix_md` and `verify_md` hold the
    commands and may be empty.
    """

    check: str
    title: str
    severity: str
    where: tuple[str, ...]
    where_left: int
    why: str
    action: str
    minutes: int | None
    disruption: str = ""
    fix_md: str = ""
    verify_md: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """What could not be decided: what was to be looked at, where, why it could not be, what to do about it.

    `checks` are the ids of the checks that this one reason kept from an answer.
    """

    what: str
    where: str
    why: str
    step: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """A failure that does not keep the prospect out."""

    check: str
    title: str
    severity: str
    where: str
    why: str
    action: str


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What was looked at. `tcp_ports` and `udp_ports` count the ports of all addresses that were really asked."""

    addresses: tuple[str, ...]
    domains: tuple[str, ...]
    tcp_ports: int
    udp_ports: int
    checks: int


@dataclass(frozen=True, slots=True)
class Seen:
    """How many results (check x resource) stand on the look that began at this time, in which run."""

    at: datetime
    run: str
    results: int


@dataclass(frozen=True, slots=True)
class Case:
    """One check on one resource, for pipelines: the outcome, what it counts for, why; `at` is when it was seen.

    `findings` are the sentences of what failed.
    """

    check: str
    title: str
    clause: str
    resource: str
    outcome: Outcome
    weight: Weight
    severity: str
    reason: str
    at: datetime
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrecheckReport:
    """A pre-onboarding check as its reader gets it.

    `prospect_id` names the files and, once accepted, the customer. Times are aware, in the zone named `zone`.
    `valid_until` is until when this verdict may be used (and its results merged with a re-check's). `headline` is the
    verdict in one sentence, `come_back` when and how to come back. `limits` say what this look could not see, in a
    sentence each. `seen` has one entry, or one for each look that a merged verdict stands on, the newest first.
    """

    prospect_id: str
    prospect: str
    provider: Provider
    policy: str
    authorization: str
    authorized_by: str
    authorized_until: datetime
    verdict: PrecheckVerdict
    headline: str
    made_at: datetime
    zone: str
    valid_until: datetime
    come_back: str
    blocks: tuple[Block, ...]
    blocks_left: int
    open: tuple[Open, ...]
    open_left: int
    warnings: int
    top_warnings: tuple[Remark, ...]
    informs: int
    top_informs: tuple[Remark, ...]
    limits: tuple[str, ...]
    looked_at: LookedAt
    seen: tuple[Seen, ...]
    cases: tuple[Case, ...]
    run: str
    tool: str  # name and version
