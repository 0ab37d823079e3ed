"""What the checks of web servers share: which of them strangers can reach, and what was not looked at."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from checks.exposure.access import Details, absent, details, doubtful, left_out
from posture.sdk import (
    Application,
    Evidence,
    Iterator,
    Outcome,
    Service,
    Services,
    Transcript,
    Verdict,
    WebSite,
    WebSites,
    not_assessed,
)

# HTTP in nmap's words; a process is known as the first of them.
SPOKEN = (
    "http", "https", "http-alt", "https-alt", "http-proxy", "http-mgmt", "http-wmap", "www", "ipp", "docker", "soap",
    "websocket", "upnp", "prometheus", "etcd-client", "kubernetes",
)  # fmt: skip
_USUAL = {"http": 80, "https": 443}


def reachable(services: Services, web: WebSites) -> Iterator[tuple[Service, WebSite]]:
    """The sites that strangers must be taken to reach, each with the service that serves it."""
    for site in web.sites:
        service = services.at(site.port)
        if service is not None and service.reach.exposed:
            yield service, site


def unlooked(services: Services, web: WebSites, label: str, protocols: Collection[str] = ()) -> Iterator[Verdict]:
    """What may be there and was not seen: reachable web servers that were not looked at, ports that gave no answer.

    Args:
        services: all services of the host.
        web: its web servers.
        label: what may be there, to follow "may be".
        protocols: further ones that it may speak, all services of which are judged by the caller.
    """
    for port, reason in web.not_looked_at:
        service = services.at(port)
        if service is not None and service.reach.exposed:
            yield _unseen(service, reason)
    told = {site.port for site in web.sites} | {port for port, _ in web.not_looked_at}
    for service in left_out(services, told):
        if service.name in SPOKEN:
            yield _unseen(service, service.login_reason)
    yield from doubtful(services, {*SPOKEN, *protocols}, label)


def _unseen(service: Service, reason: str) -> Verdict:
    return not_assessed(
        f"What the web server on port {service.port} serves was not looked at: {reason or 'it did not answer'}",
        subject=service.subject,
        evidence=service.evidence,
    )


def rest(services: Services, web: WebSites, label: str, *, said: bool) -> Iterator[Verdict]:
    """The end of each of these checks: what was not seen, or that there is nothing; `said` is whether others spoke."""
    open_questions = tuple(unlooked(services, web, label))
    yield from open_questions
    if not said and not open_questions:
        yield absent(services, label)


def rest_of_applications(
    services: Services, web: WebSites, label: str, said: Sequence[Verdict], protocols: Collection[str] = ()
) -> Iterator[Verdict]:
    """The end of each check of what web servers serve: as `rest`, and the sites that were looked at in part.

    Args:
        services: all services of the host.
        web: its web servers.
        label: what may be there, to follow "may be".
        said: what was said before; where something was found, it matters no more that not all was seen.
        protocols: as in `unlooked`.
    """
    failed = {verdict.subject for verdict in said if verdict.outcome is Outcome.FAIL}
    every = (*unlooked(services, web, label, protocols), *_in_part(services, web))
    open_questions = [verdict for verdict in every if verdict.subject not in failed]
    yield from open_questions
    if not said and not open_questions:
        yield absent(services, label)


def _in_part(services: Services, web: WebSites) -> Iterator[Verdict]:
    for service, site in reachable(services, web):
        if site.reason:
            yield not_assessed(
                f"The web server on {port_of(site)} was looked at in part: {site.reason}",
                subject=subject(service, site),
                evidence=service.evidence,
            )


def subject(service: Service, site: WebSite) -> str:
    """What a verdict on a site is about: the service, and for a site beside its first one the name too."""
    return f"{service.subject} {site.host}" if site.further else service.subject


def port_of(site: WebSite) -> str:
    """``port 443``, and for a site beside the first one there ``port 443 (www.bakery.example)``."""
    return f"port {site.port} ({site.host})" if site.further else f"port {site.port}"


def capital(text: str) -> str:
    """The text as a sentence begins with it."""
    return f"{text[:1].upper()}{text[1:]}"


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
    sites = [site for site in web.sites if site.port == service.port]
    site = next((site for site in sites if site.host == application.host), sites[0] if sites else None)
    scheme = site.scheme if site is not None and site.scheme in _USUAL else "https" if service.tls else "http"
    where = url(service, scheme, application.path, site.host if site is not None else "")
    return {**details(service), "engine": application.name, "path": application.path, "url": where}


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
