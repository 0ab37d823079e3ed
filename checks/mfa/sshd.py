"""What an SSH server's effective settings let one account do (sshd_config(5), sshd(8), auth.c of OpenSSH)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checks.elsewhere import accounts_elsewhere, sentence
from checks.ssh_addresses import ANYBODYS, matches, named
from checks.ssh_admission import kept_out
from checks.ssh_origins import is_address, with_origins
from posture.sdk import (
    INTERNET,
    Account,
    Accounts,
    Evidence,
    Outcome,
    Password,
    SshdContext,
    SshServer,
    Verdict,
    not_applicable,
    not_assessed,
)

PASSWORD = "password"  # noqa: S105  the method's name
INTERACTIVE = "keyboard-interactive"

_ORDER = (Outcome.FAIL, Outcome.NOT_ASSESSED, Outcome.PASS, Outcome.NOT_APPLICABLE)

# PermitRootLogin under which sshd refuses passwords, keyboard-interactive included (auth.c, auth_root_allowed).
ROOT_WITHOUT_PASSWORD = frozenset({"prohibit-password", "without-password", "forced-commands-only"})
ROOT_VALUES = ROOT_WITHOUT_PASSWORD | {"yes", "no"}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings for one account: `alone` are the password methods that suffice for a login without any other.

    `enabled` are those that are switched on, whatever AuthenticationMethods says.
    """

    account: Account
    context: SshdContext
    alone: tuple[str, ...]
    unclear: str  # why `alone` cannot be told, empty when it can
    enabled: frozenset[str] = frozenset()

    @property
    def limited_to(self) -> str:
        """The addresses that these settings hold for, empty where they hold for the internet."""
        return "" if self.context.origin == INTERNET else self.context.origin

    @property
    def sample(self) -> str:
        """``addr=203.0.113.1,laddr=203.0.113.2,lport=22``, for ``sshd -T -C`` to show the same settings again."""
        limited = self.limited_to and is_address(self.context.address)
        address = self.context.address if limited else "203.0.113.1"
        return f"addr={address},laddr=203.0.113.2,lport={self.context.port or 22}"

    @property
    def way(self) -> str:
        """``root``, ``root from 10.0.0.0/8``, ``root on port 2222``: for texts."""
        origin = f" from {self.limited_to}" if self.limited_to else ""
        return f"{self.account.name}{origin}" + (f" on port {self.context.port}" if self.context.port else "")


def no_server(server: SshServer) -> Verdict | None:
    """The verdict when there is no SSH server to judge."""
    installed = server.version or server.contexts or server.failed
    if installed and server.listening is not False:
        return None
    if server.others:
        return not_assessed(sentence([_not_asked(server)]))
    return not_applicable("No SSH server listens" if installed else "No SSH server is installed")


def unseen(server: SshServer, accounts: Accounts) -> Verdict | None:
    """The verdict on servers and accounts that were not looked at, None when all were."""
    reasons = [_not_asked(server)] if server.others else []
    if server.unasked:
        reasons.append(f"not every way in was asked about: {server.unasked}")
    if elsewhere := accounts_elsewhere(accounts):
        reasons.append(elsewhere)
    return not_assessed(sentence(reasons)) if reasons else None


def _not_asked(server: SshServer) -> str:
    return f"SSH servers listen whose settings were not asked for: {server.others}"


def ways_in(account: Account, server: SshServer) -> tuple[Settings | str, ...]:
    """The settings for an account, one for each way in that differs, the internet's first; in words why not known."""
    failed = dict(server.failed)
    if account.name in failed:
        return (f"sshd did not say what holds for {account.name}: {failed[account.name] or 'no message'}",)
    found = tuple(_settings(account, context) for context in with_origins(server.of(account.name)))
    return found or (f"sshd was not asked what holds for {account.name}",)


def worst(judged: Iterable[Verdict]) -> Verdict:
    """Of the verdicts on an account's ways in, that which stands for all: the first of the gravest."""
    return min(judged, key=lambda verdict: _ORDER.index(verdict.outcome))


def _settings(account: Account, context: SshdContext) -> Settings | str:
    missing = [k for k in ("passwordauthentication", "permitrootlogin") if not context.get(k)]
    if missing:
        return f"sshd's answer for {account.name} holds no {' and no '.join(missing)}"
    enabled = _enabled(context)
    if account.uid == 0 and context.get("permitrootlogin") != "yes":
        enabled = frozenset()
    alone, unclear = _sufficient(context.get("authenticationmethods"), enabled)
    return Settings(account, context, alone, unclear, enabled)


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


def barred(settings: Settings) -> str:
    """Why the account cannot log in from there (names, groups, a lock), empty when nothing is known to."""
    return _barred_by_name(settings.context) or kept_out(settings.context, settings.account)


def _barred_by_name(context: SshdContext) -> str:
    denied, allowed = _patterns(context, "denyusers"), _patterns(context, "allowusers")
    origins = ANYBODYS if context.origin == INTERNET else (context.address,)
    if all(named(context.user, address, denied) for address in origins):
        return "DenyUsers names it"
    reachable = [address for address in origins if not named(context.user, address, denied)]
    if not allowed or any(named(context.user, address, allowed) for address in reachable):
        return ""
    if any(matches(context.user, pattern.rpartition("@")[0]) for pattern in allowed):
        return "AllowUsers names it with other addresses" + (" than the internet's" if len(origins) > 1 else "")
    return "AllowUsers does not name it"


def evidence_of(settings: Settings, server: SshServer, accounts: Accounts) -> tuple[Evidence, ...]:
    """The settings as sshd printed them, and what is known of the password."""
    wanted = (
        "permitrootlogin", "passwordauthentication", "kbdinteractiveauthentication", "challengeresponseauthentication",
        "usepam", "authenticationmethods", "permitemptypasswords", "denyusers", "allowusers",
        "denygroups", "allowgroups",
    )  # fmt: skip
    lines = [f"{name} {value}" for name, value in settings.context.options if name in wanted]
    return (
        Evidence(f"sshd -T -C {_asked(settings.context)}", "\n".join(lines), server.observed),
        Evidence("shadow file", f"{settings.account.name}: password {settings.account.password}", accounts.observed),
    )


def _asked(context: SshdContext) -> str:
    """What sshd was asked: user, and address and port where those make a difference."""
    address = f",addr={context.address}" if context.origin != INTERNET and is_address(context.address) else ""
    return f"user={context.user}{address}" + (f",lport={context.port}" if context.port else "")


def unit_of(server: SshServer) -> str:
    """The service to reload, empty when it is not known."""
    return server.unit if server.unit.endswith(".service") else ""


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
