"""Accounts of people as a typical source has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from posture.facts.people import DirectoryAccount, DirectoryAccounts, MfaKind, MfaRequirement

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
ALEX = DirectoryAccount("alex", admin=True, enrolled=False)
KIM = DirectoryAccount("kim", admin=False, enrolled=False)
SAM = DirectoryAccount("sam", admin=False, enrolled=True, kinds=(MfaKind.PASSKEY,), enforced=True)
UNSAID = MfaRequirement(None, "the source does not tell it")
PLACES = {
    "keycloak": "https://id.bakery.example/realms/staff",
    "github-org": "the organization example-bakery",
    "gitlab": "the group example-bakery",
    "google-workspace": "Google Workspace",
    "entra": "the tenant bakery.onmicrosoft.com",
    "okta": "https://bakery.okta.com",
    "scim": "https://id.bakery.example/scim/v2",
    "whm": "https://panel.bakery.example:2087",
    "proxmox": "https://pve.bakery.example:8006",
    "keystone": "https://cloud.bakery.example:5000",
    "csv": "staff.csv",
}


def directory(*accounts: DirectoryAccount, source: str = "keycloak", **more: Any) -> DirectoryAccounts:
    fact = DirectoryAccounts(source, PLACES[source], accounts, UNSAID, (), (), AT)
    return replace(fact, **more)


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """What every check of these accounts fails on, in each source's words."""
    glass = replace(ALEX, name="emergency@bakery.example", break_glass=True)
    totp = replace(ALEX, enrolled=True, kinds=(MfaKind.TOTP,))
    sms = replace(KIM, enrolled=True, kinds=(MfaKind.SMS,))
    idle = replace(ALEX, last_login=AT - timedelta(days=200))
    crowd = tuple(replace(KIM, name=f"kim{number}@bakery.example") for number in range(70))
    off, on = MfaRequirement(False, "a setting of the realm"), MfaRequirement(True, "a setting of the realm")
    lax = replace(KIM, enforced=False)
    return {
        "mfa.accounts-admin-without-mfa": tuple(
            (directory(one, source=source, requirement=required),)
            for source in PLACES for one in (ALEX, glass) for required in (UNSAID, on)
        ),
        "mfa.accounts-without-mfa": tuple(
            (directory(*some, source=source),)
            for source in PLACES for some in ((KIM,), (replace(KIM, admin=None),), crowd)
        ),
        "mfa.accounts-not-enforced": tuple(
            (directory(*some, source=source, requirement=required),)
            for source in PLACES for some, required in (((KIM,), off), (crowd, off), ((lax, SAM), UNSAID))
        ),
        "mfa.accounts-phishable": tuple(
            (directory(one, source=source),)
            for source in PLACES for one in (totp, sms, replace(glass, enrolled=True, kinds=(MfaKind.TOTP,)))
        ),
        "mfa.accounts-dormant-admin": tuple((directory(idle, source=source),) for source in PLACES),
    }  # fmt: skip
