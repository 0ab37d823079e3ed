"""The files of an evidence bundle that tell what was seen, when, how, and under whose permission (AUP 6)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from posture.model.dossier import Dossier
from posture.model.run import Source
from posture.model.text import visible, visible_lines
from posture.report.cells import cell
from posture.report.json_ import document
from posture.report.model import Report
from posture.report.moments import local, stamp

_LINES = 2_000  # of one observation

READ_ME = """\
Evidence on one finding of a security audit.

finding.json        the finding, the check's outcome and the remediation (schema posture.findings/1)
observation.txt     what was observed, with UTC and local time
meta.json           what, where, when, with which version, from which data
contacts.csv        every contact of that audit with this resource, from the auditor's append-only log
log.jsonl           the same entries as the log holds them, each with its hash and the hash before it
authorization.json  who allowed the audit, of what, from when until when
history.json        every status of the finding; who accepted or disputed it; whom it was told; what was done about it
xarf.json           the same for abuse desks (XARF 4), where the auditor has an address to answer to
arf.eml             the same as a mail (RFC 5965)
MANIFEST.sha256     digests of all of these; MANIFEST.sha256.sig signs it, where the auditor has a key

Verify:  posture verify THIS.zip --signer allowed_signers
     or  sha256sum -c MANIFEST.sha256
         ssh-keygen -Y verify -f allowed_signers -I IDENTITY -n posture-evidence \\
             -s MANIFEST.sha256.sig < MANIFEST.sha256

Each line of log.jsonl: "sha256" is the SHA-256 of "before", a line feed, and "entry" as JSON with sorted names and no
spaces, ASCII. Entries between two lines are contacts with others; the log's length and newest hash are in meta.json.

Found secrets were masked on the system where they were found; there is none in these files.
"""


def told_files(case: Dossier, report: Report) -> dict[str, bytes]:
    """The files by name.

    Args:
        case: what is known.
        report: the report of the case's view.
    """
    return {
        "README.txt": READ_ME.encode(),
        "finding.json": _json(_finding(case, report)),
        "observation.txt": observation(case, report),
        "meta.json": _json(_meta(case, report)),
        "contacts.csv": _contacts(case, report),
        "log.jsonl": _log(case),
        "authorization.json": _json(_authorization(case)),
        "history.json": _json(_history(case)),
    }


def observation(case: Dossier, report: Report) -> bytes:
    """What was observed, piece by piece; the raw words of the other side, made visible."""
    return "\n".join(_observed(case, report)).encode() + b"\n"


def _observed(case: Dossier, report: Report) -> Iterator[str]:
    zone = report.started.tzinfo or UTC
    finding = case.finding
    yield f"{finding.id}  {finding.check.id}  {visible(finding.resource)}  {visible(finding.subject)}"
    yield visible(finding.summary, 2_000)
    for piece in finding.evidence:
        yield ""
        yield f"{stamp(piece.at.astimezone(UTC))} UTC = {stamp(local(piece.at, zone))} {report.zone}"
        yield f"source: {visible(piece.source, 500)}"
        yield from (f"  {line}" for line in visible_lines(piece.observed, _LINES))


def _finding(case: Dossier, report: Report) -> dict[str, Any]:
    """The report's own document, of this finding alone."""
    view = case.view
    what = (case.finding.check.id, case.finding.resource)
    mine = tuple(one for one in view.assessments if (one.check.id, one.resource) == what)
    there = tuple(one for one in view.customer.resources if one.id == case.finding.resource)
    customer = replace(view.customer, resources=there)
    accepted = tuple(one for one in view.acceptances if one.finding == case.finding.id)
    disputes = tuple(one for one in view.disputes if one.finding == case.finding.id)
    alone = replace(
        view, customer=customer, findings=(case.finding,), assessments=mine, ports=(),
        acceptances=accepted, disputes=disputes,
    )  # fmt: skip
    return document(replace(report, view=alone, attested=()))


def _meta(case: Dossier, report: Report) -> dict[str, Any]:
    finding, run = case.finding, case.view.run
    zone = report.started.tzinfo or UTC
    return {
        "schema": "posture.evidence/1",
        "finding": finding.id,
        "check": finding.check.id,
        "resource": visible(finding.resource),
        "subject": visible(finding.subject),
        "address": case.address or None,
        "observed": [_both(piece.at, zone) for piece in finding.evidence],
        "first_seen": _both(finding.first_seen, zone),
        "last_seen": _both(finding.last_seen, zone),
        "seen_from": visible(report.scope.vantage, 300),
        "run": {"id": run.id, "started": _both(run.started, zone), "ended": _both(run.ended or run.started, zone)},
        "posture_version": run.posture_version,
        "policy": f"{case.view.policy.name} {case.view.policy.version}",
        "clause": finding.check.clause,
        "time_zone": report.zone,
        "facts_sha256": case.facts_sha256 or None,
        "log": {
            "entries": case.log_entries,
            "head_sha256": case.log_hash,
            "intact": not case.log_fault,
            "fault": visible(case.log_fault) or None,
            "extract": "every contact with this customer" if case.whole_log else "contacts with this resource",
            "extract_cut_off": case.log_cut,
        },
        "sources": [_source(source) for source in run.sources],
    }


def _source(source: Source) -> dict[str, Any]:
    newest = source.newest.isoformat() if source.newest else None
    return {"name": visible(source.name), "state": source.state.value, "newest": newest}


def _both(moment: datetime, zone: Any) -> dict[str, str]:
    return {"utc": moment.astimezone(UTC).isoformat(), "local": local(moment, zone).isoformat()}


def _contacts(case: Dossier, report: Report) -> bytes:
    zone = report.started.tzinfo or UTC
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(("utc", "local", "what", "from", "to", "result", "authorization"))
    for action in (logged.action for logged in case.log):
        times = (action.at.astimezone(UTC).isoformat(), local(action.at, zone).isoformat())
        words = (action.what, action.source, action.target, action.result, action.authorization)
        table.writerow([*times, *map(cell, words)])
    return text.getvalue().encode("utf-8-sig")


def _log(case: Dossier) -> bytes:
    """One JSON document a line; `entry` is written as it was hashed."""
    lines = (
        f'{{"sha256":"{one.hash}","before":"{one.before}","entry":{one.action.canonical(one.entry)}}}\n'
        for one in case.log
    )
    return "".join(lines).encode()


def _authorization(case: Dossier) -> dict[str, Any]:
    customer, given = case.view.customer, case.view.customer.authorization
    return {
        "customer": customer.id,
        "method": given.method.value,
        "reference": visible(given.reference, 200),
        "granted_by": visible(given.granted_by, 200),
        "valid_from": given.valid_from.isoformat(),
        "valid_until": given.valid_until.isoformat(),
        "in_force_at_the_audit": given.covers(case.view.run.started),
        "networks": [str(network) for network in customer.networks],
        "never": [str(network) for network in customer.exclude],
    }


def _history(case: Dossier) -> dict[str, Any]:
    mine = [one for one in case.view.acceptances if one.finding == case.finding.id]
    disputes = [one for one in case.view.disputes if one.finding == case.finding.id]
    return {
        "statuses": [{"at": at.isoformat(), "status": status.value} for at, status in case.history],
        "acceptances": [
            {
                "at": one.accepted_at.isoformat(),
                "by": visible(one.accepted_by, 200),
                "until": one.until.isoformat(),
                "reason": visible(one.reason, 2_000),
            }
            for one in mine
        ],
        "disputes": [
            {
                "raised": one.raised_at.isoformat(),
                "by": visible(one.raised_by, 200),
                "reason": visible(one.reason, 2_000),
                "state": one.state.value,
                "decided": one.decided_at.isoformat() if one.decided_at else None,
                "decision": visible(one.decision, 2_000) or None,
            }
            for one in disputes
        ],
        "notices": [
            {
                "at": one.at.isoformat(),
                "channel": visible(one.key.channel),
                "to": visible(one.key.recipient, 320),
                "state": one.state.value,
                "sha256": one.digest or None,
            }
            for one in case.deliveries
        ],
        "measures": [
            {
                "at": one.at.isoformat(),
                "measure": one.measure.value,
                "state": one.state.value,
                "by": visible(one.by, 200),
                "note": visible(one.note, 2_000) or None,
            }
            for one in case.steps
        ],
    }


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
