from __future__ import annotations

from dataclasses import replace

from checks.mfa.pam_modules import PASSWORD as A_PASSWORD
from checks.mfa.pam_modules import UNKNOWN
from checks.mfa.second_factor import stack_of
from checks.mfa.sshd import (
    PASSWORD,
    Settings,
    barred,
    evidence_of,
    no_server,
    no_usable_password,
    unit_of,
    unknown_settings,
    unseen,
    ways_in,
    worst,
)
from checks.rights import NEEDS_ROOT
from checks.ssh_admission import groups_unknown
from posture.sdk import (
    Account,
    Accounts,
    Iterator,
    PamStack,
    Password,
    Severity,
    SshServer,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

MOST_NAMED = 20  # accounts named in the text
_OPEN = "what PAM asks for is not known"
NOT_READ = Unavailable("PAM's configuration was not read")


@check(
    "mfa.ssh-password-login",
    title="An account can log in over SSH with a password alone",
    clause="4.2",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:4.6", "cis@8.1:5.4", "cis@8.1:6.4",
        "iso27001@2022:A.8.2", "iso27001@2022:A.8.5",
        "nist-csf@2.0:PR.AA-03", "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-6", "nist-800-53@5:AC-17", "nist-800-53@5:IA-2",
        "nis2@2022:21(2)(i)", "nis2@2022:21(2)(j)",
        "pci-dss@4.0.1:2.2.6", "pci-dss@4.0.1:8.4.1",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:SYS.1.3.A8",
    ),
)  # fmt: skip
def ssh_password_login(
    server: SshServer, accounts: Accounts, pam: PamStack | Unavailable = NOT_READ
) -> Iterator[Verdict]:
    """A password alone suffices for an SSH login to an account: one verdict an account with a login shell.

    Judged by the settings that sshd itself says hold for the account when it connects from the internet (``sshd -T``,
    Match blocks and included files applied): PasswordAuthentication, or KbdInteractiveAuthentication with PAM, when
    AuthenticationMethods lets that method stand alone. The same is asked for each port that sshd listens on, and for
    the addresses that Match lines and AllowUsers name: a login that only those allow is medium. ``publickey,password``
    passes. Root is judged with PermitRootLogin: all values but ``yes`` refuse passwords. An account whose password is
    locked passes, and one whose password is empty while sshd refuses empty ones. Whether a password is set is only
    known when /etc/shadow could be read, otherwise such an account is not assessed. DenyUsers with ``@host`` counts
    when the host pattern matches the internet, AllowGroups and DenyGroups by the groups of /etc/group. Accounts and
    groups of a directory (LDAP, SSSD) and further SSH servers are told as not assessed.

    Where PAM is asked (``UsePAM yes``), its stack for sshd counts: it passes where every way through it demands a
    one-time code or token, or no password at all, and is not assessed where a module that is not known, an enrolment
    that was not seen or an exemption decides. Where the stack could not be read at all, a password is taken to suffice.

    It is wrong then where PAM asks for a second factor, and where a module for passwords asks for one itself (pam_sss
    with a directory's one-time codes). A firewall that lets only chosen addresses reach SSH is not taken into account.
    """
    if verdict := no_server(server):
        yield verdict
        return
    candidates = [account for account in accounts.accounts if account.can_login]
    judged = [password_login(account, server, accounts, pam) for account in candidates]
    wide_open = tuple(one for one in judged if isinstance(one, Settings))
    for one in judged:
        yield _failure(one, wide_open, server, accounts) if isinstance(one, Settings) else one
    if gap := unseen(server, accounts):
        yield gap
    elif not candidates:
        yield not_applicable("No account has a login shell")


def password_login(
    account: Account, server: SshServer, accounts: Accounts, pam: PamStack | Unavailable = NOT_READ
) -> Verdict | Settings:
    """The verdict on an account, or the first of its settings that let a password suffice."""
    judged = [_judged_way(account, way, server, accounts, pam) for way in ways_in(account, server)]
    open_way = next((found for found in judged if isinstance(found, Settings)), None)
    return open_way or worst(found for found in judged if isinstance(found, Verdict))


def _judged_way(
    account: Account, settings: Settings | str, server: SshServer, accounts: Accounts, pam: PamStack | Unavailable
) -> Verdict | Settings:
    if isinstance(settings, str):
        return unknown_settings(account, settings)
    settings, by_pam = _with_pam(settings, pam)
    evidence = evidence_of(settings, server, accounts)
    if reason := _why_not(settings) or by_pam:
        return passed(
            f"{account.name} cannot log in with a password: {reason}", subject=account.name, evidence=evidence
        )
    if reason := _doubt(settings):
        return not_assessed(f"{account.name}: {reason}", subject=account.name, evidence=evidence)
    return settings


def _with_pam(settings: Settings, pam: PamStack | Unavailable) -> tuple[Settings, str]:
    """The settings with what PAM's dialogue adds to a password, and why it keeps a password alone out."""
    asked = settings.context.get("usepam") == "yes" and not isinstance(pam, Unavailable)
    if not asked or not (settings.alone or settings.unclear):
        return settings, ""
    through = stack_of(settings.context, pam, settings.account)
    if isinstance(through, str):
        return replace(settings, alone=(), unclear=through), ""
    alone = [any(proofs <= {A_PASSWORD} for proofs in found) for _, found in through]
    if all(alone):
        return replace(settings, alone=settings.alone or tuple(sorted(settings.enabled)), unclear=""), ""
    perhaps = [any(proofs <= {A_PASSWORD, UNKNOWN} for proofs in found) for _, found in through]
    if any(perhaps):
        return replace(settings, alone=(), unclear=next(words or _OPEN for words, _ in through)), ""
    return settings, "PAM's dialogue lets nobody in with a password alone"


def _why_not(settings: Settings) -> str:
    """Why no password login is possible, empty when one may be."""
    if reason := no_usable_password(settings):
        return reason
    if reason := barred(settings):
        return reason
    if not settings.alone and not settings.unclear:
        return "sshd's settings do not let a password suffice"
    return ""


def _doubt(settings: Settings) -> str:
    if not settings.alone:
        return settings.unclear
    if settings.account.password is Password.UNKNOWN:
        return f"sshd lets a password suffice; whether one is set stands in /etc/shadow ({NEEDS_ROOT})"
    if settings.account.password is Password.EMPTY and not settings.context.get("permitemptypasswords"):
        return "its password is empty, and sshd did not say whether it accepts empty passwords"
    if groups_unknown(settings.context, settings.account):
        return "sshd lets a password suffice, but only for members of some groups, and the account's are not known"
    return ""


def _failure(settings: Settings, wide_open: tuple[Settings, ...], server: SshServer, accounts: Accounts) -> Verdict:
    """One account's failure. The details are those of all: sshd is changed once for the whole host."""
    name = settings.account.name
    by_pam = PASSWORD not in settings.alone
    how = " through PAM (keyboard-interactive)" if by_pam else ""
    rights = ", which has administrator rights," if settings.account.admin else ""
    origin = settings.way.removeprefix(name)
    wide_open = tuple(one for one in wide_open if one.limited_to == settings.limited_to)
    return fail(
        f"{name}{rights} can log in over SSH{origin} with a password alone{how}",
        subject=name,
        severity=Severity.MEDIUM if settings.limited_to else None,
        evidence=evidence_of(settings, server, accounts),
        accounts=tuple(one.account.name for one in wide_open[:MOST_NAMED]),
        more=max(0, len(wide_open) - MOST_NAMED),
        admins=tuple(one.account.name for one in wide_open if one.account.admin)[:MOST_NAMED],
        unit=unit_of(server),
        origin=settings.limited_to,
        sample=settings.sample,
    )
