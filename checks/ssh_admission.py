"""What keeps an account or a key out whatever its own settings say: locks and groups (auth.c), StrictModes."""

from __future__ import annotations

from checks.ssh_addresses import matches
from posture.sdk import Account, AuthorizedKey, AuthorizedKeys, SshdContext


def kept_out(context: SshdContext, account: Account | None) -> str:
    """Why sshd lets the account in by nothing, empty where that is not known of it."""
    if account and account.disabled and context.get("usepam") != "yes":
        return "the account is locked (! in /etc/shadow), and sshd without PAM then refuses it"
    return _refused_by_groups(context, account)


def _refused_by_groups(context: SshdContext, account: Account | None) -> str:
    """Why the account's groups keep it out, empty when they do not or are not known. DenyGroups comes first."""
    denied, allowed = _patterns(context, "denygroups"), _patterns(context, "allowgroups")
    groups = account.groups if account else ()
    if bad := next((group for group in groups if any(matches(group, pattern) for pattern in denied)), ""):
        return f"DenyGroups names its group {bad}"
    if groups and allowed and not any(matches(group, pattern) for group in groups for pattern in allowed):
        return "AllowGroups names none of its groups"
    return ""


def groups_unknown(context: SshdContext, account: Account | None) -> bool:
    """Whether membership of a group decides about the login, and the account's groups are not known."""
    limited = _patterns(context, "allowgroups") or _patterns(context, "denygroups")
    return bool(limited) and not (account and account.groups)


def ignored(key: AuthorizedKey, keys: AuthorizedKeys, context: SshdContext) -> str:
    """Why sshd does not read the key's file: with StrictModes none that others can change (misc.c, safe_path)."""
    if context.get("strictmodes") != "yes":
        return ""
    loose = (path for path in keys.loose if (path.account, path.keys_file) == (key.account, key.path))
    return next((f"others can change {path.path}, so that StrictModes ignores its keys" for path in loose), "")


def _patterns(context: SshdContext, keyword: str) -> list[str]:
    return [value for name, value in context.options if name == keyword and value]
