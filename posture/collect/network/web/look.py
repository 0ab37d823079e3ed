"""All web servers of a host: what they serve to a stranger, and which applications answer on them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

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
    """What came of one port: a site with its applications, or why there is none."""

    port: int
    site: WebSite | None = None
    applications: tuple[Application, ...] = ()
    reason: str = ""


def look_at_web(target: Target, ports: Sequence[OpenPort]) -> tuple[WebSites, dict[int, tuple[Application, ...]]]:
    """Look at every port that speaks HTTP, by the target's first name where it has one.

    Returns:
        The sites, and by port the applications found on it; ports without any are not among these.
    """
    web = [port for port in ports if port.protocol == "tcp" and named(port.service) is PROTOCOL]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="site") as beside:
        looked = tuple(beside.map(lambda port: _looked(target, port), web[:MOST_SITES]))
    left = tuple((port.port, f"only {MOST_SITES} web servers of a host are looked at") for port in web[MOST_SITES:])
    sites = tuple(one.site for one in looked if one.site is not None)
    not_looked_at = (*((one.port, one.reason) for one in looked if one.site is None), *left)
    applications = {one.port: one.applications for one in looked if one.applications}
    return WebSites(sites, not_looked_at, target.clock()), applications


def _looked(target: Target, port: OpenPort) -> _Looked:
    reason = ""
    for scheme in _schemes(port):
        if target.late:
            return _Looked(port.port, reason="the time for this host was over before it was looked at")
        try:
            site, applications = _visit(target, port.port, scheme, target.clock())
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
        return _Looked(port.port, site, applications)
    return _Looked(port.port, reason=visible(reason))


def _schemes(port: OpenPort) -> Iterator[str]:
    """What to try: plain HTTP is asked over TLS too when it says that it wants that."""
    if port.tls:
        yield "https"
    elif port.service in _HTTPS:
        yield from ("https", "http")
    else:
        yield from ("http", "https")


def _visit(target: Target, port: int, scheme: str, at: datetime) -> tuple[WebSite, tuple[Application, ...]]:
    """Look at one port.

    Raises:
        NotLookedAt: there was no answer.
        ScopeError: no permit.
    """
    name = target.names[0] if target.names else ""
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
