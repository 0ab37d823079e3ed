"""Leave to contact, which the scope gate alone gives, and its refusals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.model.customer import IPAddress


class ScopeError(Exception):
    """Nothing was sent. The message says why and what would change that."""


class NotAuthorized(ScopeError):
    """The customer's authorization does not cover this moment."""


class OutsideWindow(ScopeError):
    """The customer may not be looked at at this hour."""


class OutOfScope(ScopeError):
    """The address is none that may be contacted for this customer."""


class NotResolved(ScopeError):
    """The name has no address."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to contact one address of one customer for one purpose until it expires.

    It expires with the authorization or the customer's window, whichever ends first: `ends_with` names it (it "ended"),
    `remedy` says what would change that. `others` are the target's further addresses in scope: this permit is not for
    them.
    """

    customer: str
    run: str
    target: str
    address: IPAddress
    purpose: str
    authorization: str
    expires: datetime
    ends_with: str
    remedy: str
    others: tuple[IPAddress, ...] = ()


@dataclass(frozen=True, slots=True)
class ServicePermit:
    """Leave to ask a provider's API about one of the customer's accounts there, until the authorization or window ends.

    No address of the customer's is contacted. `account` is the account as the inventory names it, which is the scope:
    the login that is used reaches no other.
    """

    customer: str
    account: str
    purpose: str


@dataclass(frozen=True, slots=True)
class ProofPermit:
    """Leave to look for one challenge's token at one web server: nobody there has allowed anything else yet.

    Only :data:`PROOF_PORT` of the address may be connected to, and only `paths` asked for.
    """

    customer: str
    address: IPAddress
    purpose: str
    paths: tuple[str, ...]


PROOF_PORT = 80
