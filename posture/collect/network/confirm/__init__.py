"""The protocols whose access control can be seen by one harmless exchange: one module each, found by being here.

A module defines ``PROTOCOL``; nothing else needs to know it.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from posture.collect.network.protocol import Protocol


@cache
def protocols() -> tuple[Protocol, ...]:
    """Every protocol that can be confirmed, by name."""
    modules = (import_module(f"{__name__}.{entry.name}") for entry in iter_modules(__path__))
    found: list[Protocol] = [module.PROTOCOL for module in modules]
    return tuple(sorted(found, key=lambda protocol: protocol.name))


def named(service: str) -> Protocol | None:
    """The protocol that nmap calls so."""
    return next((p for p in protocols() if service == p.name or service in p.aliases), None)


def usual_on(port: int) -> Protocol | None:
    """The protocol that usually speaks on this port."""
    return next((p for p in protocols() if port in p.ports), None)


def usual_behind_tls(port: int) -> Protocol | None:
    """The protocol that usually speaks on this port behind TLS from the first byte."""
    return next((p for p in protocols() if port in p.tls_ports), None)


def greeting_with(greeting: bytes) -> Protocol | None:
    """The protocol whose servers open the conversation like this."""
    return next((p for p in protocols() if p.greets(greeting)), None)
