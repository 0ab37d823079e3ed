"""For checks about several programs: which of them was seen on each port, whether as a protocol or behind a web server.

An application that a web server serves has a login of its own; the port is what a finding is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from checks.exposure.access import judged, unreachable
from checks.exposure.websites import rest_of_applications
from posture.sdk import Application, Iterator, Login, Service, Services, Severity, Verdict, WebSites

# An application that lets strangers in speaks for its port before one that may, and that before one that does not.
_WORST_FIRST = (Login.NOT_NEEDED, Login.UNKNOWN, Login.REFUSED, Login.REQUIRED)


@dataclass(frozen=True, slots=True)
class Kind:
    """A program: `engine` chooses its part of the text, `consequence` follows "anyone who connects can".

    `severity` is that of a port that lets strangers in from outside.
    """

    engine: str
    label: str
    consequence: str
    severity: Severity = Severity.CRITICAL


def served(service: Service, *names: str) -> Application | None:
    """The application of these names that matters most on this port."""
    found = [application for application in service.applications if application.name in names]
    return min(found, key=lambda application: _WORST_FIRST.index(application.login), default=None)


def as_served(service: Service, application: Application) -> Service:
    """The port with the login of what it serves."""
    return replace(service, login=application.login, login_reason=application.login_reason)


def by_kind(
    services: Services, web: WebSites, protocols: Mapping[str, Kind], applications: Mapping[str, Kind], label: str
) -> Iterator[Verdict]:
    """Judge every port of these programs by whether a stranger is let in.

    Args:
        services: all services of the host.
        web: its web servers: one that was not looked at may serve one of these applications.
        protocols: kinds by the protocol's name in nmap's words.
        applications: kinds by the application's name.
        label: what they are all called, to follow "may be".
    """
    said = [
        _by_login(service, kind) if service.reach.exposed else unreachable(service, kind.label)
        for service, kind in _seen(services, protocols, applications)
    ]
    yield from said
    yield from rest_of_applications(services, web, label, said, protocols)


def _seen(
    services: Services, protocols: Mapping[str, Kind], applications: Mapping[str, Kind]
) -> Iterator[tuple[Service, Kind]]:
    for service in services.services:
        application = served(service, *applications)
        if application is not None:
            yield as_served(service, application), applications[application.name]
        elif service.name in protocols:
            yield service, protocols[service.name]


def _by_login(service: Service, kind: Kind) -> Verdict:
    return judged(service, kind.label, kind.consequence, kind.severity, engine=kind.engine, label=kind.label)
