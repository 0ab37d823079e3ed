"""The same for abuse desks: XARF 4 (xarf.org) and a mail of RFC 5965. Both hold what was observed and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import uuid
from datetime import UTC
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final

import xarf

from posture import __version__
from posture.model.dossier import Dossier
from posture.model.policy import Provider
from posture.model.text import visible
from posture.report.evidence.abuse_kind import kind_of, place_of

_ADDRESS: Final = re.compile(r"[^@\s]+@([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+)")
_PAYLOAD: Final = 5 << 20  # bytes of one piece of evidence, as desks that take XARF allow
_SPACE: Final = uuid.UUID("6f2f1c36-6d0b-5c43-8b0a-7d7f2f1e0c9a")  # RFC 9562, 5.5


class NoReporter(ValueError):
    """The provider's policy has no contact address, without which no abuse desk takes a report."""


def xarf_report(case: Dossier, observed: bytes) -> bytes:
    """The case as XARF 4, validated by the format's own library.

    Args:
        case: what is known.
        observed: the observation, as text.

    Raises:
        NoReporter: the policy names no e-mail address.
        ValueError: the library does not take it.
    """
    if len(observed) > _PAYLOAD:
        raise ValueError(f"the observation has more than {_PAYLOAD} bytes")
    finding, place = case.finding, place_of(case)
    who = _contact(case.view.policy.provider)
    value: dict[str, Any] = {
        "xarf_version": xarf.SPEC_VERSION,
        "report_id": str(uuid.uuid5(_SPACE, f"{finding.id} {finding.last_run}")),
        "timestamp": finding.last_seen.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "reporter": who,
        "sender": who,
        "source_identifier": place.address,
        **kind_of(case),
        "description": visible(f"{finding.check.title}: {finding.summary}", 1_000),
        "evidence": [
            {
                "content_type": "text/plain",
                "description": "What was observed, with times",
                "payload": base64.b64encode(observed).decode(),
                "hash": f"sha256:{hashlib.sha256(observed).hexdigest()}",
                "size": len(observed),
            }
        ],
        "tags": [f"check:{finding.check.id.replace('.', '-')}", f"severity:{finding.severity.word}"],
    }
    if place.port:
        value["source_port"] = place.port
    result = xarf.parse(value)
    if result.errors:
        raise ValueError("; ".join(f"{error.field}: {error.message}" for error in result.errors[:3]))
    return (json.dumps(value, indent=1) + "\n").encode()


def arf_mail(case: Dossier, observed: bytes, machine: bytes) -> bytes:
    """The case as a feedback report: for people, for programs, and the observation (RFC 5965, 2 and 3).

    No mail was reported: the third part is a message of our own that holds the observation and the XARF report.
    """
    finding, provider = case.finding, case.view.policy.provider
    contact = _contact(provider)["contact"]
    moment = format_datetime(finding.last_seen)
    made = MIMEMultipart("report", boundary=f"=_{finding.id}.0", policy=SMTP)
    made.set_param("report-type", "feedback-report")
    made["From"] = contact
    made["Subject"] = visible(f"{finding.check.title}: {place_of(case).address} [{finding.id}]", 150)
    made["Date"] = moment
    made["Message-ID"] = f"<{finding.id}.{hashlib.sha256(observed).hexdigest()[:16]}@{contact.partition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.attach(MIMEText(observed.decode(), "plain", "utf-8", policy=SMTP))
    made.attach(_feedback(case, moment))
    original = EmailMessage(policy=SMTP)
    original["From"] = contact
    original["Date"] = moment
    original["Subject"] = f"Observation {finding.id}"
    original.set_content(observed.decode(), cte="base64")
    original.add_attachment(machine, "application", "json", filename="xarf.json", cte="base64")
    original.set_boundary(f"=_{finding.id}.1")
    made.attach(MIMEMessage(original, policy=SMTP))
    return bytes(made)


def _feedback(case: Dossier, moment: str) -> EmailMessage:
    """The machine-readable part: fields of RFC 5965, 3.1 and 3.2, and of RFC 6692."""
    lines = ["Feedback-Type: other", f"User-Agent: posture/{__version__}", "Version: 1", f"Arrival-Date: {moment}"]
    place = place_of(case)
    if place.is_address:
        lines.append(f"Source-IP: {place.address}")
        lines += [f"Source-Port: {place.port}"] if place.port else []
    elif place.is_domain:
        lines.append(f"Reported-Domain: {place.address}")
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = "message/feedback-report"
    part.set_payload("\r\n".join([*lines, ""]))
    return part


def _contact(provider: Provider) -> dict[str, str]:
    found = _ADDRESS.fullmatch(provider.contact.strip())
    if found is None:
        raise NoReporter(f"the policy's provider.contact is no e-mail address: {visible(provider.contact, 80)!r}")
    return {"org": visible(provider.name, 200), "contact": found[0], "domain": found[1]}
