"""What follows from the records together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.facts.email.spf import SpfResult


class Sends(StrEnum):
    """Whether mail is sent from addresses of the domain."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MailUse:
    """What the domain is used for. `why` says what `sends` stands on; `receives` is None where that is not known."""

    domain: str
    sends: Sends
    why: str
    receives: bool | None
    observed: datetime


class Fate(StrEnum):
    """What becomes of a forged message at a receiver that follows the records."""

    DELIVERED = "delivered"
    MARKED = "marked"  # taken, with a sign against it (softfail and no policy): receivers differ
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Forgery:
    """One kind of forged message: `sender` is the address in From, `spf` what SPF says of the forger's address.

    `why` tells step by step how a receiver comes to it.
    """

    sender: str
    fate: Fate
    spf: SpfResult
    policy: str
    why: str


@dataclass(frozen=True, slots=True)
class ForgedMail:
    """What receivers do with mail that a stranger sends under the domain's name.

    `domain` is as itself, `subdomain` under a subdomain that exists, `nonexistent` under one that does not.
    """

    observed: datetime
    domain: Forgery
    subdomain: Forgery
    nonexistent: Forgery
