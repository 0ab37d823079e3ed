"""Which checks can be made without a login: found out by what is concluded when nothing is known from inside."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from posture.engine.derive import derive
from posture.engine.judge import checks_for
from posture.engine.ports import Advisor
from posture.facts.factset import INSIDE, OUTSIDE, Facts, known_for, without
from posture.facts.network import PortSweep, Vantage
from posture.facts.ssh_offers import SshOffers
from posture.facts.tls import TlsEndpoints
from posture.facts.unavailable import Unavailable
from posture.facts.web import WebSites
from posture.model.resource import Resource, ResourceKind
from posture.sdk import Check

KINDS = (ResourceKind.HOST, ResourceKind.DOMAIN)
"""What can be looked at from outside."""


def checks_from_outside(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Those that need nothing from inside, of the kinds of resources that have an outside."""
    every = tuple(checks)
    wanted = {
        check.id
        for kind in KINDS
        for check in checks_for(kind, every)
        if all(fact in seen_from_outside(kind) or fact in check.spared for _, fact in check.needs)
    }
    return tuple(check for check in every if check.id in wanted)


@cache
def seen_from_outside(kind: ResourceKind) -> frozenset[type[Any]]:
    """The facts of a kind that are there when nobody has logged in."""
    if kind is ResourceKind.DOMAIN:
        return known_for(kind)
    if kind is not ResourceKind.HOST:
        return frozenset()
    known = derive(Resource(kind, "nobody", "192.0.2.1"), _nothing_inside(), cast("Advisor", _Silent()))
    return frozenset(OUTSIDE) | {fact for fact, value in known.items() if not isinstance(value, Unavailable)}


def _nothing_inside() -> Facts:
    """A host with no open port."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    seen = {
        PortSweep: PortSweep("192.0.2.1", Vantage.OUTSIDE, "1-65535", (), 0, at, at, ""),
        TlsEndpoints: TlsEndpoints((), (), at),
        WebSites: WebSites((), (), at),
        SshOffers: SshOffers((), (), at),
    }
    return {**without("nobody has logged in", INSIDE), **seen}


class _Silent:
    """Answers every question of the engine: what it can be asked at all is what counts."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: name
