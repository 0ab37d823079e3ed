"""Accounts that do not come from the host's own files, in the words that every check uses."""

from __future__ import annotations

from posture.sdk import Accounts

_NAMES = {"ldap": "LDAP", "sss": "SSSD", "nis": "NIS", "nisplus": "NIS+", "winbind": "Windows domains (winbind)"}


def accounts_elsewhere(accounts: Accounts) -> str:
    """What was not looked at because accounts come from a directory, empty when none do."""
    if not accounts.elsewhere:
        return ""
    named = " and ".join(dict.fromkeys(_NAMES.get(name, name) for name in accounts.elsewhere))
    return f"accounts also come from {named} (nsswitch.conf) and were not looked at"


def sentence(reasons: list[str]) -> str:
    """Reasons as one sentence, empty when there are none."""
    text = "; ".join(reasons)
    return f"{text[:1].upper()}{text[1:]}"
