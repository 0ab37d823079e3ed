"""What the checks on authorized keys share: how a line is named, and what could not be seen."""

from __future__ import annotations

from checks.elsewhere import accounts_elsewhere, sentence
from checks.rights import NEEDS_ROOT
from posture.sdk import (
    Accounts,
    AuthorizedKey,
    AuthorizedKeys,
    Evidence,
    Severity,
    SshServer,
    Unavailable,
    Verdict,
    not_assessed,
)

_HIDDEN = "…"  # stands in a line's options for what may be a secret


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


def weight(key: AuthorizedKey, accounts: Accounts) -> Severity:
    """How much depends on the account: medium for administrators, low for all others."""
    admin = key.uid == 0 or any(account.admin for account in accounts.accounts if account.name == key.account)
    return Severity.MEDIUM if admin else Severity.LOW


def place_of(key: AuthorizedKey, keys: AuthorizedKeys) -> dict[str, str | int | bool]:
    """The details with which a text tells how to change this line and no other."""
    return {
        "account": key.account,
        "owner": file_owner(key),
        "path": key.path,
        "line": key.line,
        "repeated": repeated(key, keys),
        "fingerprint": key.fingerprint,
        "comment": key.comment,
        "has_options": bool(key.options),
    }


def line_with(key: AuthorizedKey, before: str) -> str:
    """The whole line with options put in front of its own; empty where a part of the line is not known here."""
    if not key.public or any(_HIDDEN in value for _, value in key.options):
        return ""
    quoted = [f'{name}="{_escaped(value)}"' if value else name for name, value in key.options]
    return " ".join(part for part in (",".join((before, *quoted)), key.type, key.public, key.comment) if part)


def _escaped(value: str) -> str:
    return value.replace('"', '\\"')


def unseen(
    keys: AuthorizedKeys, accounts: Accounts, server: SshServer | Unavailable | None = None, *, program: bool = True
) -> Verdict | None:
    """The verdict on what could not be looked at, None when everything was.

    With a `server`, ways in that it was not asked about count, too; without `program`, the keys that come from one do
    not.
    """
    reasons = []
    if keys.accounts_unread:
        reasons.append(f"the keys of {_some(keys.accounts_unread)} could not be looked at ({NEEDS_ROOT})")
    if keys.unreadable:
        reasons.append(f"{_some(keys.unreadable)} could not be read ({NEEDS_ROOT})")
    if program and keys.command not in {"", "none"}:
        reasons.append(f"keys also come from the command {keys.command}, which is not run by the audit")
    if elsewhere := accounts_elsewhere(accounts):
        reasons.append(elsewhere)
    if isinstance(server, SshServer) and server.others:
        reasons.append(f"SSH servers listen whose settings were not asked for: {server.others}")
    if isinstance(server, SshServer) and server.unasked:
        reasons.append(f"sshd was not asked about every way in: {server.unasked}")
    return not_assessed(sentence(reasons)) if reasons else None


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
