"""What the checks of web servers share: which of them strangers can reach, and what was not looked at."""

from __future__ import annotations

from checks.exposure.access import Details, absent, details, doubtful
from posture.sdk import (
    Application,
    Evidence,
    Iterator,
    Reach,
    Service,
    Services,
    Severity,
    Transcript,
    Verdict,
    WebSite,
    WebSites,
    not_assessed,
)

SPOKEN = ("http", "https")
_USUAL = {"http": 80, "https": 443}


def reachable(services: Services, web: WebSites) -> Iterator[tuple[Service, WebSite]]:
    """The sites that strangers must be taken to reach, each with the service that serves it."""
    for site in web.sites:
        service = services.at(site.port)
        if service is not None and service.reach.exposed:
            yield service, site


def unlooked(services: Services, web: WebSites, label: str) -> Iterator[Verdict]:
    """What may be there and was not seen: reachable web servers that were not looked at, ports that gave no answer."""
    for port, reason in web.not_looked_at:
        service = services.at(port)
        if service is not None and service.reach.exposed:
            yield not_assessed(
                f"What the web server on port {port} serves was not looked at: {reason or 'it did not answer'}",
                subject=service.subject,
                evidence=service.evidence,
            )
    yield from doubtful(services, SPOKEN, label)


def rest(services: Services, web: WebSites, label: str, *, said: bool) -> Iterator[Verdict]:
    """The end of each of these checks: what was not seen, or that there is nothing; `said` is whether others spoke."""
    open_questions = tuple(unlooked(services, web, label))
    yield from open_questions
    if not said and not open_questions:
        yield absent(services, label)


def capped(service: Service, severity: Severity) -> Severity:
    """What only its own machine was told is never critical: a firewall may keep everybody else out."""
    if service.reach is not Reach.OUTSIDE and severity is Severity.CRITICAL:
        return Severity.HIGH
    return severity


def shown(transcript: tuple[Transcript, ...]) -> tuple[Evidence, ...]:
    """Exchanges as evidence."""
    return tuple(
        Evidence("exchange", f"sent {one.sent or 'nothing'} | received {one.received or 'nothing'}", one.at)
        for one in transcript
    )


def url(service: Service, scheme: str, path: str, host: str = "") -> str:
    """The address to try from another machine; SERVER-ADDRESS stands where the one seen means only this machine."""
    seen = details(service)["url_host"]
    name = host if host and not _is_address(host) else seen or "SERVER-ADDRESS"
    port = "" if service.port == _USUAL.get(scheme) else f":{service.port}"
    return f"{scheme}://{name}{port}{path}"


class ApplicationDetails(Details):
    """What the texts about an application are rendered with; `engine` is the application's name for programs."""

    engine: str
    path: str
    url: str


def application_details(service: Service, application: Application, web: WebSites) -> ApplicationDetails:
    """What was seen of an application and of the service it is on."""
    site = next((site for site in web.sites if site.port == service.port), None)
    scheme = site.scheme if site is not None and site.scheme in _USUAL else "https" if service.tls else "http"
    where = url(service, scheme, application.path, site.host if site is not None else "")
    return {**details(service), "engine": application.name, "path": application.path, "url": where}


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
