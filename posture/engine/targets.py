"""What a step of enforcement is about, for one finding: the port or the key before the host before the customer."""

from __future__ import annotations

from posture.engine.gate import ports_of
from posture.model.enforcement import Measure
from posture.model.finding import Finding
from posture.model.proposal import Case
from posture.model.resource import ResourceKind

_AWS_KEYS = ("keys.aws-access-key", "keys.aws-root-access-key", "keys.aws-service-credential")


def applies(measure: Measure, case: Case) -> bool:
    """Whether the step fits the finding at all."""
    match measure:
        case Measure.ISOLATE_PORT:
            return bool(port_of(case.finding))
        case Measure.ISOLATE_KEY:
            return bool(key_of(case.finding))
        case Measure.RATE_LIMIT:
            return bool(port_of(case.finding)) or case.kind is ResourceKind.HOST
        case Measure.ISOLATE_HOST:
            return case.kind is ResourceKind.HOST
    return True


def target(measure: Measure, case: Case) -> str:
    """What the step is about: ``198.51.100.2:6379/tcp``, ``SHA256:…``, ``web1 (198.51.100.2)``, ``bakery``."""
    finding = case.finding
    host = f"{finding.resource} ({case.address})" if case.address else finding.resource
    match measure:
        case Measure.ISOLATE_PORT:
            return port_of(finding)
        case Measure.ISOLATE_KEY:
            return key_of(finding)
        case Measure.RATE_LIMIT:
            return port_of(finding) or host
        case Measure.ISOLATE_HOST:
            return host
    return finding.customer


def port_of(finding: Finding) -> str:
    """The one port that the finding is about, as its subject names it; empty where it is about none."""
    numbered = any(ports_of([finding.subject], protocol) for protocol in ("tcp", "udp"))
    return finding.subject.partition(" ")[0] if numbered else ""


def key_of(finding: Finding) -> str:
    """The key or secret that the finding is about: its fingerprint, or the name AWS gave it; empty without one."""
    if finding.check.family != "keys":
        return ""
    details = dict(finding.details)
    for name in ("fingerprint", "fingerprints"):
        told = details.get(name)
        if told:
            return ", ".join(told) if isinstance(told, tuple) else str(told)
    if "SHA256:" in finding.subject:
        return "SHA256:" + finding.subject.partition("SHA256:")[2].split()[0]
    return finding.subject if finding.check.id.startswith(_AWS_KEYS) else ""
