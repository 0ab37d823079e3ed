"""A proposal as the JSON that hooks get and `posture enforce --json` prints: the schema ``posture.proposal/1``."""

from __future__ import annotations

import json
from typing import Any

from posture.model.proposal import Proposal
from posture.model.statement import Statement
from posture.model.text import visible

SCHEMA = "posture.proposal/1"


def document(proposal: Proposal, statement: Statement) -> dict[str, Any]:
    """The proposal with its statement of reasons. Times are ISO 8601 with offset; nothing in it changes afterwards."""
    finding = proposal.finding
    return {
        "schema": SCHEMA,
        "id": str(proposal.key),
        "customer": proposal.key.customer,
        "finding": finding.id,
        "episode": proposal.key.episode,
        "step": proposal.key.measure.value,
        "lift": proposal.key.lift,
        "target": visible(proposal.target),
        "class": proposal.breach,
        "for_a_person": proposal.for_a_person,
        "reason": visible(proposal.reason, 2000),
        "check": finding.check.id,
        "severity": finding.severity.word,
        "resource": visible(finding.resource),
        "subject": visible(finding.subject),
        "run": finding.last_run,
        "due": finding.due.isoformat() if finding.due else None,
        "statement": {
            "measure": statement.measure,
            "target": statement.target,
            "lasts": statement.lasts,
            "facts": statement.facts,
            "first_seen": statement.first_seen.isoformat(),
            "observed": statement.observed.isoformat(),
            "evidence": [
                {"source": visible(one.source), "observed": visible(one.observed, 2000), "at": one.at.isoformat()}
                for one in statement.evidence[:10]
            ],
            "automated": statement.automated,
            "clause": statement.clause,
            "clause_text": visible(statement.clause_text, 2000),
            "breach": statement.breach,
            "contest": statement.contest,
            "what_to_do": statement.mend,
            "text": statement.text,
        },
    }


def body(proposal: Proposal, statement: Statement) -> str:
    """The document as text: the same proposal gives the same bytes, all of them ASCII."""
    return json.dumps(document(proposal, statement), sort_keys=True, separators=(",", ":"))
