"""What the checks of this family share: who can reach a service, and what it asks of whoever does."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from typing import TypedDict

from posture.sdk import (
    Detail,
    Iterator,
    Login,
    Reach,
    Service,
    Services,
    Severity,
    Verdict,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

MOST_NAMED = 5  # services named in one sentence
_PUBLISHERS = frozenset({"docker-proxy", "rootlessport", "slirp4netns", "conmon", "pasta"})
_ENGINES = ("docker", "containerd", "libpod-", "podman")  # units of container engines and of their containers


class Details(TypedDict):
    """What the remediation texts of this family are rendered with; empty strings where something was not seen.

    `public_address` is the address to try from another machine, empty when the one seen means only this machine;
    `url_host` is the same as it stands in a URL (RFC 3986, 3.2.2). `service` is the systemd service to restart, empty
    when the process is not one. `container` says that a container engine publishes the port.
    """

    address: str
    public_address: str
    url_host: str
    port: int
    seen: str
    process: str
    unit: str
    service: str
    container: bool
    package: str
    package_version: str
    config_file: str


def without_login(
    services: Services, names: tuple[str, ...], label: str, consequence: str, severity: Severity
) -> Iterator[Verdict]:
    """Judge services that may be reachable as long as they ask for a login.

    Args:
        services: all services of the host.
        names: the protocol's names in nmap's words.
        label: the service's name for people.
        consequence: what anybody can do when there is no login, to follow "anyone who connects can".
        severity: that of a service seen from outside that needs no login.
    """
    found = tuple(services.named(*names))
    for service in found:
        yield judged(service, label, consequence, severity) if service.reach.exposed else unreachable(service, label)
    doubts = tuple(doubtful(services, names, label))
    yield from doubts
    if not found and not doubts:
        yield absent(services, f"{label} service")


def judged(service: Service, label: str, consequence: str, severity: Severity, /, **more: Detail) -> Verdict:
    """An exposed service by its login: `consequence` follows "anyone who connects can", `more` are further details.

    `severity` is that of a service seen from outside that needs no login.
    """
    where = f"{label} on port {service.port}"
    if service.refuses_others:
        says = f"{where} says that it turns away every machine but its own: {service.login_reason}"
        return passed(says, subject=service.subject, evidence=service.evidence)
    if service.login is Login.NOT_NEEDED:
        asked = " when asked from its own machine" if service.reach is Reach.SAME_MACHINE else ""
        summary = f"{where} needs no login{asked}: anyone who connects can {consequence} ({side(service)})"
        return fail(
            summary,
            subject=service.subject,
            severity=capped(service, severity),
            evidence=service.evidence,
            **details(service),
            **more,
        )
    if service.login is Login.REQUIRED:
        return passed(f"{where} asks for a login", subject=service.subject, evidence=service.evidence)
    if turned_away(service):
        return passed(f"{where} turned our address away", subject=service.subject, evidence=service.evidence)
    return not_assessed(
        f"{where} may be reachable ({side(service)}), and whether it asks for a login is not known: "
        f"{service.login_reason or 'its answer said nothing about it'}",
        subject=service.subject,
        evidence=service.evidence,
    )


def capped(service: Service, severity: Severity) -> Severity:
    """What was not seen from outside is high at most: a firewall or its own rules may keep everybody else out."""
    return severity if service.reach is Reach.OUTSIDE else min(severity, Severity.HIGH)


def turned_away(service: Service) -> bool:
    """Whether the service refused an outsider's address. A refusal of its own machine says nothing of others."""
    return service.login is Login.REFUSED and service.reach is Reach.OUTSIDE


def unreachable(service: Service, label: str) -> Verdict:
    """A service that nobody else can connect to: it listens for this machine only, or something stops connections."""
    how = (
        "accepts connections from this machine only"
        if service.reach is Reach.LOOPBACK
        else "did not answer from outside"
    )
    return passed(f"{label} on port {service.port} {how}", subject=service.subject, evidence=service.evidence)


def untried(service: Service, label: str) -> Verdict:
    """A service that listens for other machines, where nobody tried to connect to it."""
    return not_assessed(
        f"{label} on port {service.port} listens for other machines, and whether it can be reached was not tested: "
        f"{service.login_reason or 'no connection was tried'}",
        subject=service.subject,
        evidence=service.evidence,
    )


def doubtful(services: Services, names: Collection[str], label: str) -> Iterator[Verdict]:
    """The exposed ports that may speak one of `names`, and gave no clear answer when they were asked.

    What has one of these names, by the process that listens, is for the caller to judge. Addresses of the host that
    were not looked at may have it as well, and so may listeners that nobody tried.
    """
    for service in services.exposed():
        if service.name not in names and service.maybe and (service.maybe == "*" or service.maybe in names):
            yield not_assessed(
                f"What listens on port {service.port} may be {label}: {service.login_reason or 'it did not say'}",
                subject=service.subject,
                evidence=service.evidence,
            )
    if not services.outside_seen:
        # In the same words for every check: a report tells one reason once.
        yield not_assessed(services.blind.removeprefix("outside: ").strip() or "No port was tried from outside")
    elif unseen := services.unseen.strip():
        yield not_assessed(unseen)
    elif unasked := _unasked(services, label):
        yield not_assessed(unasked)


def left_out(services: Services, seen: Collection[int]) -> Iterator[Service]:
    """The exposed TCP services that a closer look says nothing of: it went by answers, and these gave or got none.

    Args:
        services: all services of the host.
        seen: the ports that the look tells of, be it why they were not looked at.
    """
    for service in services.exposed():
        if service.protocol == "tcp" and (service.reach is Reach.LISTENS or service.port not in seen):
            yield service


def _unasked(services: Services, label: str) -> str:
    """Why a listener that was not tried, and whose program says nothing, may be such a service; empty without one."""
    unknown = [s for s in services.services if s.reach is Reach.LISTENS and not s.name]
    if not unknown:
        return ""
    named = ", ".join(
        f"{s.port}/{s.protocol} ({s.process.name if s.process and s.process.name else 'process not readable'})"
        for s in unknown[:MOST_NAMED]
    )
    more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
    because = f": {services.blind}" if services.blind else ""
    return f"What listens on {named}{more} may be {label}, and could not be asked what it is{because}"


def absent(services: Services, label: str) -> Verdict:
    """No such service was seen, and `doubtful` left nothing that may be one.

    A port that was tried from the network was asked what it speaks, and a process that listens is known by its name.
    `label` may begin with its article.
    """
    side_missing = f" ({services.blind})" if services.blind else ""
    what = label.removeprefix("an ").removeprefix("a ")
    return not_applicable(f"No {what} was found on this host{side_missing}")


def side(service: Service) -> str:
    """In words, from where the service was seen."""
    return service.seen or "from where it can be reached was not recorded"


def details(service: Service) -> Details:
    """What was seen of a service, for the remediation texts of this family."""
    process = service.process
    unit = process.unit if process else ""
    address = "" if _local(service.address) else service.address
    container = process is not None and (process.name in _PUBLISHERS or unit.startswith(_ENGINES))
    return {
        "address": service.address,
        "public_address": address,
        "url_host": f"[{address}]" if ":" in address else address,
        "port": service.port,
        "seen": side(service),
        "process": process.name if process else "",
        "unit": unit,
        "service": unit if unit.endswith(".service") and not container else "",
        "container": container,
        "package": process.package if process else "",
        "package_version": process.package_version if process else "",
        "config_file": process.config_files[0] if process and process.config_files else "",
    }


def _local(address: str) -> bool:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address in {"", "*", "localhost"}
    return parsed.is_loopback or parsed.is_unspecified
