"""All web servers of a host: what they serve to a stranger, and which applications answer on them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from posture.collect.network.confirm import named
from posture.collect.network.confirm.http import PROTOCOL
from posture.collect.network.target import Target
from posture.collect.network.web.client import Client
from posture.collect.network.web.description import Place
from posture.collect.network.web.site import NotLookedAt, WantsTls, look
from posture.collect.scope import ScopeError
from posture.facts.network import Application, OpenPort
from posture.facts.web import WebSite, WebSites
from posture.model.text import visible

SITE_SECONDS = 20.0  # for one web server
MOST_SITES = 100  # of one host
AT_ONCE = 2  # web servers, each over two connections

_HTTPS = frozenset({"https", "https-alt"})


@dataclass(frozen=True, slots=True)
class _Looked:
    """What came of one port: its sites with their applications, or why there are none."""

    port: int
    sites: tuple[WebSite, ...] = ()
    applications: tuple[Application, ...] = ()
    reason: str = ""


def look_at_web(target: Target, ports: Sequence[OpenPort]) -> tuple[WebSites, dict[int, tuple[Application, ...]]]:
    """Look at every port that speaks HTTP, by the target's first name where it has one, then by each further one.

    Returns:
        The sites, and by port the applications found on it; ports without any are not among these.
    """
    web = [port for port in ports if port.protocol == "tcp" and named(port.service) is PROTOCOL]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="site") as beside:
        looked = tuple(beside.map(lambda port: _looked(target, port), web[:MOST_SITES]))
    left = tuple((port.port, f"only {MOST_SITES} web servers of a host are looked at") for port in web[MOST_SITES:])
    sites = tuple(site for one in looked for site in one.sites)
    not_looked_at = (*((one.port, one.reason) for one in looked if not one.sites), *left)
    applications = {one.port: one.applications for one in looked if one.applications}
    return WebSites(sites, not_looked_at, target.clock()), applications


def _looked(target: Target, port: OpenPort) -> _Looked:
    reason = ""
    for scheme in _schemes(port):
        if target.late:
            return _Looked(port.port, reason="the time for this host was over before it was looked at")
        name = target.names[0] if target.names else ""
        try:
            site, applications = _visit(target, port.port, scheme, name)
        except WantsTls as refusal:
            reason = str(refusal)
            continue
        except NotLookedAt as failure:
            reason = reason or str(failure)
            if scheme == "http":
                break
            continue
        except ScopeError as refusal:
            return _Looked(port.port, reason=visible(str(refusal)))
        return _with_names(target, scheme, _Looked(port.port, (site,), applications))
    return _Looked(port.port, reason=visible(reason))


def _with_names(target: Target, scheme: str, first: _Looked) -> _Looked:
    """The port by the further names too; a name that shows a site which was seen already is noted with that one."""
    sites, applications = list(first.sites), list(first.applications)
    missing: list[str] = []
    for name in target.site_names:
        if target.late:
            missing.append(f"as {name} it was not looked at: the time for this host was over")
            continue
        try:
            site, found = _visit(target, first.port, scheme, name)
        except (NotLookedAt, ScopeError) as failure:
            missing.append(f"as {name} it was not looked at: {failure}")
            continue
        known = next((at for at, one in enumerate(sites) if _alike(one, site)), None)
        if known is None:
            sites.append(replace(site, further=True))
        else:
            sites[known] = replace(sites[known], same_as=(*sites[known].same_as, name))
        seen = {(one.name, one.path, one.login) for one in applications}
        applications += (replace(one, host=name) for one in found if (one.name, one.path, one.login) not in seen)
    if missing:
        sites[0] = replace(sites[0], reason=visible("; ".join(filter(None, (sites[0].reason, *missing)))))
    return _Looked(first.port, tuple(sites), tuple(applications))


def _alike(one: WebSite, other: WebSite) -> bool:
    """Whether two names lead to one site, as far as anything is judged of it."""
    return _judged_of(one) == _judged_of(other)


def _judged_of(site: WebSite) -> tuple[object, ...]:
    files = tuple(sorted((file.kind, file.path, file.transcript.received) for file in site.exposed))
    return (
        site.status, site.server, site.title, site.page, site.to_https, site.hsts, site.login_form, site.basic_auth,
        site.soft_404, site.reason, files, _place_in(site),
    )  # fmt: skip


def _place_in(site: WebSite) -> str:
    """Where the first page leads, without the name it was asked by."""
    return site.location.replace(site.host, "", 1)


def _schemes(port: OpenPort) -> Iterator[str]:
    """What to try: plain HTTP is asked over TLS too when it says that it wants that."""
    if port.tls:
        yield "https"
    elif port.service in _HTTPS:
        yield from ("https", "http")
    else:
        yield from ("http", "https")


def _visit(target: Target, port: int, scheme: str, name: str) -> tuple[WebSite, tuple[Application, ...]]:
    """Look at one port by a name, or by its address where that is empty.

    Raises:
        NotLookedAt: there was no answer.
        ScopeError: no permit.
    """
    at = target.clock()
    approach = target.approach(port, "look at its web pages", tls=scheme == "https", seconds=SITE_SECONDS)
    place = Place(target.address, port, scheme, name or target.address)
    with Client(
        replace(approach, server_name=name),
        place.authority,
        target.identity.user_agent,
        target.clock,
        time.monotonic() + approach.seconds,
    ) as client:
        return look(client, place, at)
