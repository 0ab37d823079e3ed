"""Asks the DNS where the names of a host's certificates lead. No address among the answers is contacted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from posture.collect.scope import ScopeGate
from posture.facts.factset import Facts
from posture.facts.network import PortSweep
from posture.facts.tls import Certificate, TlsEndpoints
from posture.facts.tls_names import TlsNames
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource

MOST_NAMES: Final = 50  # of one host; certificates of shared servers have hundreds
SECONDS: Final = 10.0  # for all of them
THROUGH_LOOPBACK: Final = "this machine was looked at through loopback, where no name of a certificate leads"

_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})+")
# Not in the public DNS: RFC 6761 and its registry, and what ICANN keeps for private use (2024-07-29).
_PRIVATE = ("localhost", "local", "internal", "invalid", "localdomain", "onion", "home.arpa")


def where_names_lead(  # noqa: PLR0913, PLR0917  whose certificates, by whom, until when, through which resolvers
    resource: Resource, gate: ScopeGate, clock: Callable[[], datetime], deadline: datetime, resolvers: str, seen: Facts
) -> TlsNames | Unavailable:
    """Where the names lead that are in the certificates of a host.

    Args:
        resource: the host.
        gate: of its customer.
        clock: tells the time, aware.
        deadline: when to stop, aware.
        resolvers: who to ask, as POSTURE_RESOLVER has it.
        seen: what the host said to the network: its ports and their TLS.
    """
    sweep, tls = seen[PortSweep], seen[TlsEndpoints]
    if isinstance(sweep, Unavailable) or isinstance(tls, Unavailable):
        return sweep if isinstance(sweep, Unavailable) else tls
    shown = _shown(tls)
    wildcards = tuple(sorted(name for name in shown if _is_name(name.removeprefix("*.")) and name.startswith("*.")))
    names = sorted(name for name in shown if _is_name(name))
    asked = names[:MOST_NAMES]
    if resource.local or not asked:
        why = THROUGH_LOOPBACK if resource.local and names else ""
        return TlsNames(sweep.address, (), clock(), wildcards, not_asked=why)
    from posture.collect.network.name_places import places_of, surroundings  # noqa: PLC0415  dnspython takes 60 ms to load

    until = min(deadline, clock() + timedelta(seconds=SECONDS))
    known = surroundings(resource, gate, sweep)
    found = places_of(asked, known, resource, gate, lambda: _seconds(until, clock), resolvers)
    told = tuple(replace(one, ports=tuple(sorted(shown[one.name]))) for one in found)
    return TlsNames(sweep.address, told, clock(), wildcards, len(names) - len(asked))


def _seconds(until: datetime, clock: Callable[[], datetime]) -> float:
    return (until - clock()).total_seconds()


def _shown(tls: TlsEndpoints) -> dict[str, set[int]]:
    """Every name of every certificate, as DNS compares them, with the ports that showed it."""
    shown: dict[str, set[int]] = {}
    for endpoint in tls.endpoints:
        for one in (endpoint.certificate, *(by_name.certificate for by_name in endpoint.named)):
            for name in _names(one):
                shown.setdefault(name, set()).add(endpoint.port)
    return shown


def _names(certificate: Certificate | None) -> Iterator[str]:
    if certificate is not None and not certificate.self_signed:  # who signs it oneself may write any name into it
        yield from (name.lower().removesuffix(".") for name in certificate.names)


def _is_name(text: str) -> bool:
    """Whether the public DNS may know it; a stranger wrote it."""
    private = any(text == top or text.endswith(f".{top}") for top in _PRIVATE)
    return not private and bool(_NAME.fullmatch(text)) and not text.rpartition(".")[2].isdigit()
