"""What every reader of a domain's records is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from posture.collect.dns.lookup import Lookup
from posture.collect.network.identity import Identity
from posture.collect.scope import ScopeGate
from posture.model.resource import Resource


@dataclass(frozen=True, slots=True)
class DomainAsked:
    """One look at one domain: its name, how to ask the DNS, and what its mail servers may be asked with.

    `at` is the moment of the look, which all facts of it carry.
    """

    resource: Resource
    lookup: Lookup
    gate: ScopeGate
    clock: Callable[[], datetime]
    deadline: datetime
    identity: Identity
    at: datetime

    @property
    def domain(self) -> str:
        """The domain, in small letters and without a dot at its end."""
        return self.resource.id.rstrip(".").lower()

    @property
    def declared(self) -> bool | None:
        """Whether the inventory says that mail is sent from it; None where it says nothing."""
        said = dict(self.resource.settings).get("sends_mail")
        return None if said is None else said == "true"

    @property
    def selectors(self) -> tuple[str, ...]:
        """The DKIM selectors that the inventory gives."""
        given = dict(self.resource.settings).get("dkim_selectors", "")
        return tuple(one for one in given.split(",") if one)
