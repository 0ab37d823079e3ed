"""People's accounts where they sign in: a directory, a portal, a code forge, an export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class MfaKind(StrEnum):
    """What a second factor is. Recovery codes are what is left when the factor is lost, and no factor by themselves."""

    PASSKEY = "passkey"
    SECURITY_KEY = "security key"
    TOTP = "codes of an app or device"
    PUSH = "confirmation on a telephone"
    SMS = "codes by text message or call"
    EMAIL = "codes by e-mail"
    RECOVERY = "recovery codes"
    UNKNOWN = "a factor of unknown kind"


RESISTANT: Final = frozenset({MfaKind.PASSKEY, MfaKind.SECURITY_KEY})
"""They answer the page that they were enrolled with and no imitation of it (NIST SP 800-63B-4, 3.2.5)."""

WEAK: Final = frozenset({MfaKind.SMS, MfaKind.EMAIL, MfaKind.RECOVERY})
"""They follow the telephone number or the mailbox to whoever takes it over."""


@dataclass(frozen=True, slots=True)
class DirectoryAccount:
    """One account. What the source does not tell is None, never False.

    `name` is what it signs in with, unique in the list; `active` is False where it cannot sign in. `enrolled` says that
    a second factor is set up, `kinds` which, `enforced` that this account cannot sign in without one: three facts.
    `service` accounts belong to programs. `break_glass` accounts are for the day when nothing else works. `external`
    ones sign in through another provider, which may ask for a factor that is not seen here. `password` is whether a
    password is set.
    """

    name: str
    display: str = ""
    active: bool | None = True
    admin: bool | None = None
    enrolled: bool | None = None
    kinds: tuple[MfaKind, ...] = ()
    enforced: bool | None = None
    service: bool = False
    break_glass: bool = False
    external: bool = False
    last_login: datetime | None = None
    password: bool | None = None


@dataclass(frozen=True, slots=True)
class MfaRequirement:
    """Whether everybody must use a second factor, and in words where that is set or why it is not known."""

    required: bool | None
    where: str


@dataclass(frozen=True, slots=True)
class DirectoryAccounts:
    """All accounts of one source.

    `source` is the inventory's word for it (``keycloak``), `place` where it is (a realm's address, a file, an
    organization). `gaps` say what of the list is missing: while there is one, nothing that was not seen passes.
    `limits` say what this source cannot tell of some or all accounts, where their fields are None. `exported_at` is
    when a list that is not live was made.
    """

    source: str
    place: str
    accounts: tuple[DirectoryAccount, ...]
    requirement: MfaRequirement
    gaps: tuple[str, ...]
    limits: tuple[str, ...]
    observed: datetime
    exported_at: datetime | None = None
