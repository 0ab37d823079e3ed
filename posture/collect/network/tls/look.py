"""TLS on all ports of a host that speak it, at once or after STARTTLS."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from posture.collect.network.confirm import named, usual_behind_tls
from posture.collect.network.confirm.http import PROTOCOL
from posture.collect.network.target import Target
from posture.collect.network.tls.agreements import agreements
from posture.collect.network.tls.handshake import shown_certificate
from posture.collect.network.tls.place import Place
from posture.collect.network.tls.starttls import STARTTLS, NotOffered
from posture.collect.scope import ScopeError
from posture.facts.network import OpenPort
from posture.facts.tls import NamedCertificate, TlsEndpoint, TlsEndpoints

PORTS_AT_ONCE = 2  # with three connections each: six to one host
MOST_PORTS = 40  # of one host
_ALIASES = {"submission": "smtp"}
_FROM_THE_START = frozenset({"https", "imaps", "pop3s", "smtps", "ldaps", "ftps"})


def look_at_tls(target: Target, ports: Sequence[OpenPort]) -> TlsEndpoints:
    """Ask the ports that speak TLS for versions, weak suites and their certificate.

    A port of a protocol that can begin TLS with STARTTLS, and says that it does not, is told as one without. Each port
    gets at most 25 connections, three at once; no request is sent inside TLS but a farewell. Web servers are asked for
    the certificate of each further name besides.

    Args:
        target: the host.
        ports: its open ports; those without TLS are left out.
    """
    both = [(place, _is_web(port)) for port in ports if (place := _place(target, port))]
    places = [place for place, _ in both]
    endpoints: list[TlsEndpoint] = []
    without: list[int] = []
    left = [(place.port, f"only {MOST_PORTS} ports of a host are asked for TLS") for place in places[MOST_PORTS:]]
    with ThreadPoolExecutor(PORTS_AT_ONCE) as pool:
        looked = pool.map(lambda one: _looked(one[0], web=one[1]), both[:MOST_PORTS])
        for place, found in zip(places, looked, strict=False):
            if isinstance(found, TlsEndpoint):
                endpoints.append(found)
            elif found:
                left.append((place.port, found))
            else:
                without.append(place.port)
    return TlsEndpoints(tuple(endpoints), tuple(left), target.clock(), tuple(without))


def _is_web(port: OpenPort) -> bool:
    return port.service == "https" or named(port.service) is PROTOCOL


def _place(target: Target, port: OpenPort) -> Place | None:
    if port.protocol != "tcp":
        return None
    unrecognised = not port.service and usual_behind_tls(port.port) is not None  # it may only take long
    if port.tls or unrecognised or port.service in _FROM_THE_START:
        return Place(target, port.port, "")
    name = _ALIASES.get(port.service, port.service)
    return Place(target, port.port, name) if name in STARTTLS else None


def _looked(place: Place, *, web: bool) -> TlsEndpoint | str:
    """The endpoint, or why there is none; empty where the port does not offer TLS."""
    observed = place.target.clock()
    try:
        seen = agreements(place)
        if seen.silent:
            return seen.silent
        shown, why_not = shown_certificate(place, seen.accepted)
    except NotOffered:
        return ""
    except ScopeError as error:
        return str(error)
    by_names = _by_names(place, seen.accepted) if web else ()
    return TlsEndpoint(
        address=place.target.address,
        port=place.port,
        starttls=place.starttls,
        accepted=seen.accepted,
        refused=seen.refused,
        unknown=seen.unknown,
        reason=seen.reason,
        weak=seen.weak,
        weak_reason=seen.weak_reason,
        name_asked=place.name,
        certificate=shown,
        certificate_reason=why_not,
        observed=observed,
        named=by_names,
    )


def _by_names(place: Place, accepted: tuple[str, ...]) -> tuple[NamedCertificate, ...]:
    """What visitors of the further names are shown; each name has connections and time of its own.

    Raises:
        ScopeError: no permit.
    """
    every = []
    for name in place.target.site_names:
        asked = Place(replace(place.target, names=(name,)), place.port, place.starttls)
        try:
            shown, why_not = shown_certificate(asked, accepted)
        except NotOffered:
            shown, why_not = None, "it does not offer TLS any more"
        every.append(NamedCertificate(name, shown, why_not))
    return tuple(every)
