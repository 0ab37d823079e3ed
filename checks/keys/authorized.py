"""What the checks on authorized keys share: how a line is named, and what could not be seen."""

from __future__ import annotations

from checks.elsewhere import accounts_elsewhere, sentence
from checks.rights import NEEDS_ROOT
from posture.sdk import Accounts, AuthorizedKey, AuthorizedKeys, Evidence, Verdict, not_assessed


def subject_of(key: AuthorizedKey) -> str:
    """``root SHA256:...``: the account and the key; the place of the line where the key itself cannot be read."""
    return f"{key.account} {key.fingerprint or f'{key.path}:{key.line}'}"


def file_owner(key: AuthorizedKey) -> str:
    """The account that changes the key's file; empty for root.

    A command that root runs on a path in a user's own folder follows the links that user puts there meanwhile.
    """
    return "" if key.uid == 0 or key.path.startswith("/etc/") else key.account


def repeated(key: AuthorizedKey, keys: AuthorizedKeys) -> bool:
    """Whether another line of the file holds the same key: then the key alone does not tell which line is meant."""
    same = [other for other in keys.keys if (other.path, other.fingerprint) == (key.path, key.fingerprint)]
    return len({other.line for other in same}) > 1


def evidence_of(key: AuthorizedKey, keys: AuthorizedKeys) -> Evidence:
    """The line without the key itself."""
    options = ",".join(f'{name}="{value}"' if value else name for name, value in key.options)
    size = f"{key.bits} bits" if key.bits else ""
    parts = (f"options {options or 'none'};", key.type, size, key.fingerprint, key.comment)
    return Evidence(f"{key.path}:{key.line}", " ".join(part for part in parts if part), keys.observed)


def unseen(keys: AuthorizedKeys, accounts: Accounts) -> Verdict | None:
    """The verdict on what could not be looked at, None when everything was."""
    reasons = []
    if keys.accounts_unread:
        reasons.append(f"the keys of {_some(keys.accounts_unread)} could not be looked at ({NEEDS_ROOT})")
    if keys.unreadable:
        reasons.append(f"{_some(keys.unreadable)} could not be read ({NEEDS_ROOT})")
    if keys.command not in {"", "none"}:
        reasons.append(f"keys also come from the command {keys.command}, which is not run by the audit")
    if elsewhere := accounts_elsewhere(accounts):
        reasons.append(elsewhere)
    return not_assessed(sentence(reasons)) if reasons else None


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
