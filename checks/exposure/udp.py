"""What the checks of UDP services share: UDP has no open ports, only answers, silence, and ports nobody asked."""

from __future__ import annotations

from collections.abc import Iterator

from checks.exposure.access import side, untried
from posture.sdk import Reach, Service, Services, Verdict, not_applicable, not_assessed, passed

NOT_ASKED = (
    "No UDP port was asked anything: the network, the time or the authorization did not allow it. Audit this host again"
)


def on_udp(services: Services, name: str) -> Iterator[Service]:
    """The UDP services that speak this protocol."""
    return (service for service in services.named(name) if service.protocol == "udp")


def settled(service: Service, label: str) -> Verdict | None:
    """The verdict where reach alone decides it: out of reach, or never asked. None where the answer counts."""
    if service.reach is Reach.LISTENS:
        return untried(service, label)
    if service.reach.exposed:
        return None
    silent = f"did not answer what it was asked ({side(service)})"
    how = "answers this machine only" if service.reach is Reach.LOOPBACK else silent
    return passed(
        f"{label} on port {service.port}/udp {how}",
        subject=service.subject,
        evidence=service.evidence,
    )


def unlooked(services: Services, port: int | None = None) -> Iterator[Verdict]:
    """Where nobody looked: no sweep, no UDP request, this port or, without one, any that was left out."""
    if not services.outside_seen:
        # In the same words for every check: a report tells one reason once.
        yield not_assessed(services.blind.removeprefix("outside: ").strip() or NOT_ASKED)
    elif not services.asked_udp:
        yield not_assessed(NOT_ASKED)
    else:
        yield from _unasked(services, port)
        if services.unseen:
            yield not_assessed(services.unseen)


def _unasked(services: Services, port: int | None) -> Iterator[Verdict]:
    for number, why in services.unasked_udp:
        if port in {None, number}:
            reason = f"Port {number}/udp was not asked what answers there: {why or 'no request was sent'}"
            yield not_assessed(reason, subject=services.subject_at(number, "udp"))


def absent(services: Services, label: str, port: int) -> Verdict:
    """No such service was seen; its port counts as looked at only where it was asked."""
    other = services.at(port, "udp")
    if other is not None and not other.name:
        reason = other.login_reason or "its answer could not be read"
        return not_assessed(f"What answers on port {port}/udp may be {label}: {reason}", subject=other.subject)
    if port not in services.asked_udp:
        return not_assessed(f"Port {port}/udp, where {label} usually is, was not asked anything")
    return not_applicable(f"{label} did not answer on port {port}/udp")
