"""What an SSH server's effective settings let one account do (sshd_config(5), sshd(8), auth.c of OpenSSH)."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from posture.sdk import (
    Account,
    Accounts,
    Evidence,
    Password,
    SshdContext,
    SshServer,
    Verdict,
    not_applicable,
    not_assessed,
)

PASSWORD = "password"  # noqa: S105  the method's name
INTERACTIVE = "keyboard-interactive"

# PermitRootLogin under which sshd refuses passwords, keyboard-interactive included (auth.c, auth_root_allowed).
ROOT_WITHOUT_PASSWORD = frozenset({"prohibit-password", "without-password", "forced-commands-only"})
ROOT_VALUES = ROOT_WITHOUT_PASSWORD | {"yes", "no"}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings for one account: `alone` are the password methods that suffice for a login without any other."""

    account: Account
    context: SshdContext
    alone: tuple[str, ...]
    unclear: str  # why `alone` cannot be told, empty when it can


def no_server(server: SshServer) -> Verdict | None:
    """The verdict when there is no SSH server to judge."""
    if server.version or server.contexts or server.failed:
        return None
    return not_applicable("No SSH server is installed")


def settings_of(account: Account, server: SshServer) -> Settings | str:
    """The settings for an account, or in words why they are not known."""
    failed = dict(server.failed)
    if account.name in failed:
        return f"sshd did not say what holds for {account.name}: {failed[account.name] or 'no message'}"
    context = next((c for c in server.contexts if c.user == account.name), None)
    if context is None:
        return f"sshd was not asked what holds for {account.name}"
    missing = [k for k in ("passwordauthentication", "permitrootlogin") if not context.get(k)]
    if missing:
        return f"sshd's answer for {account.name} holds no {' and no '.join(missing)}"
    enabled = _enabled(context)
    if account.uid == 0 and context.get("permitrootlogin") != "yes":
        enabled = frozenset()
    alone, unclear = _sufficient(context.get("authenticationmethods"), enabled)
    return Settings(account, context, alone, unclear)


def unknown_settings(account: Account, reason: str) -> Verdict:
    """The verdict for an account whose settings are not known."""
    return not_assessed(f"{reason}; run `sshd -T` as root on the host to see", subject=account.name)


def no_usable_password(settings: Settings) -> str:
    """Why the account's own password opens nothing, empty when it may.

    sshd refuses empty passwords unless PermitEmptyPasswords is set, through PAM too (auth-pam.c).
    """
    if settings.account.password is Password.LOCKED:
        return "its password is locked"
    if settings.account.password is Password.EMPTY and settings.context.get("permitemptypasswords") == "no":
        return "its password is empty and sshd refuses empty passwords"
    return ""


def barred(context: SshdContext) -> str:
    """Why the account cannot log in at all (DenyUsers, AllowUsers), empty when nothing bars it."""
    denied, allowed = _patterns(context, "denyusers"), _patterns(context, "allowusers")
    if any(_matches(context.user, pattern) for pattern in denied):  # with @host it bars some addresses only
        return "DenyUsers names it"
    if allowed and not any(_matches(context.user, pattern.partition("@")[0]) for pattern in allowed):
        return "AllowUsers does not name it"
    return ""


def limited_by_group(context: SshdContext) -> bool:
    """Whether membership of a group decides about the login; groups of accounts are not known here."""
    return bool(_patterns(context, "allowgroups") or _patterns(context, "denygroups"))


def evidence_of(settings: Settings, server: SshServer, accounts: Accounts) -> tuple[Evidence, ...]:
    """The settings as sshd printed them, and what is known of the password."""
    wanted = (
        "permitrootlogin", "passwordauthentication", "kbdinteractiveauthentication", "challengeresponseauthentication",
        "usepam", "authenticationmethods", "permitemptypasswords",
    )  # fmt: skip
    lines = [f"{name} {value}" for name, value in settings.context.options if name in wanted]
    return (
        Evidence(f"sshd -T -C user={settings.account.name}", "\n".join(lines), server.observed),
        Evidence("shadow file", f"{settings.account.name}: password {settings.account.password}", accounts.observed),
    )


def unit_of(server: SshServer) -> str:
    """The service to reload, empty when it is not known."""
    return server.unit if server.unit.endswith(".service") else ""


def _matches(user: str, pattern: str) -> bool:
    """Match as sshd does (PATTERNS in ssh_config(5)): ``*`` and ``?`` are wild, brackets are not."""
    return fnmatchcase(user, pattern.replace("[", "[[]"))


def _patterns(context: SshdContext, keyword: str) -> list[str]:
    return [value for name, value in context.options if name == keyword and value]


def _enabled(context: SshdContext) -> frozenset[str]:
    """The password methods that are switched on.

    Keyboard-interactive asks for passwords only through PAM on Linux. Before OpenSSH 8.7 it was also switched on by
    ChallengeResponseAuthentication.
    """
    methods = {PASSWORD} if context.get("passwordauthentication") == "yes" else set()
    interactive = {context.get("kbdinteractiveauthentication"), context.get("challengeresponseauthentication")}
    if "yes" in interactive and context.get("usepam") == "yes":
        methods.add(INTERACTIVE)
    return frozenset(methods)


def _sufficient(methods: str, enabled: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """The password methods that suffice alone, and why this cannot be told.

    AuthenticationMethods is an OR (spaces) of ANDs (commas); ``any`` or nothing lets each method suffice. A list with a
    method that is switched off lets nobody in. ``password,keyboard-interactive`` may be a password and a one-time code,
    or the same password twice: PAM decides, and was not read.
    """
    if methods in {"", "any"}:
        return tuple(sorted(enabled)), ""
    alone: set[str] = set()
    unclear = ""
    for alternative in methods.split():
        needed = {method.partition(":")[0] for method in alternative.split(",")}
        if not needed <= enabled:
            continue
        if len(needed) == 1:
            alone |= needed
        else:
            unclear = f"{alternative} may be a password and a one-time code, or a password twice: PAM was not read"
    return tuple(sorted(alone)), unclear
