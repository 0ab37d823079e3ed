from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.model.customer import Authorization, AuthorizationMethod, IPNetwork


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that was shown to be the customer's: `target` is a domain or a network, `seen` what showed it."""

    target: str
    method: AuthorizationMethod
    at: datetime
    seen: str


@dataclass(frozen=True, slots=True)
class Grant:
    """An authorization that this program has verified and keeps: who may be looked at, what of theirs, until when.

    `reference` names it everywhere (``--authorization``, the action log, the inventory). `customer` is the id of a
    customer or prospect, `name` as reports show it. `domains` and `networks` are what was proven, and nothing else may
    be contacted under it. `recorded_by` is who ran the program that stored it: for a contract, whose word it is.
    `revoked` is when somebody ended it before its time, `revoked_why` what for.
    """

    reference: str
    customer: str
    name: str
    method: AuthorizationMethod
    granted_by: str
    valid_from: datetime
    valid_until: datetime
    domains: tuple[str, ...] = ()
    networks: tuple[IPNetwork, ...] = ()
    proofs: tuple[Proof, ...] = ()
    recorded_by: str = ""
    revoked: datetime | None = None
    revoked_why: str = ""

    def covers(self, moment: datetime) -> bool:
        """Whether it holds at this moment. One that was revoked never does: whose clock said when does not matter."""
        return self.revoked is None and self.authorization.covers(moment)

    @property
    def authorization(self) -> Authorization:
        """What the gate asks for."""
        return Authorization(self.method, self.reference, self.granted_by, self.valid_from, self.valid_until)
