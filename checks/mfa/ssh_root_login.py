from __future__ import annotations

from checks.mfa.sshd import (
    ROOT_VALUES,
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
from checks.ssh_admission import groups_unknown, ignored
from posture.sdk import (
    Account,
    Accounts,
    AuthorizedKey,
    AuthorizedKeys,
    Evidence,
    Iterator,
    Severity,
    SshServer,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)


@check(
    "mfa.ssh-root-login",
    title="Root can log in over SSH directly",
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
def ssh_root_login(server: SshServer, accounts: Accounts, keys: AuthorizedKeys) -> Iterator[Verdict]:
    """Root, or another account with user id 0, can log in over SSH without being somebody else first.

    High when sshd's settings let a password alone suffice, whether or not one is set today, unless it is known to be
    locked, or empty while sshd refuses empty ones. Medium when only a key lets root in and at least one key does:
    nobody can tell afterwards who it was. A public key together with a password counts as key login.
    ``PermitRootLogin no`` and ``forced-commands-only`` pass, and so does key-only login when root has no key. A key
    tied to a command (``command=``) is no login: cloud images ship one that only prints a message. Settings are those
    sshd itself says hold for a connection from the internet, to each port that it listens on, and from the addresses
    that Match lines and AllowUsers name: a login that only those allow is one step less severe.

    It is wrong where root's keys are kept for emergencies only, or for a backup that needs them: accept the risk with
    that reason, or tie the key to its command (``PermitRootLogin forced-commands-only``). A firewall that lets only
    chosen addresses reach SSH is not taken into account.
    """
    if verdict := no_server(server):
        yield verdict
        return
    roots = [account for account in accounts.accounts if account.uid == 0]
    for account in roots:
        yield _judged(account, server, accounts, keys)
    if not roots:
        yield not_assessed("The list of accounts holds none with user id 0, so root could not be judged")
    elif gap := unseen(server, accounts):
        yield gap


def _judged(account: Account, server: SshServer, accounts: Accounts, keys: AuthorizedKeys) -> Verdict:
    name = account.name
    if not account.can_login:
        return passed(f"{name} has no login shell", subject=name)
    return worst(_judged_way(account, way, server, accounts, keys) for way in ways_in(account, server))


def _judged_way(
    account: Account, settings: Settings | str, server: SshServer, accounts: Accounts, keys: AuthorizedKeys
) -> Verdict:
    name = account.name
    if isinstance(settings, str):
        return unknown_settings(account, settings)
    evidence = evidence_of(settings, server, accounts)
    permit = settings.context.get("permitrootlogin")
    if permit not in ROOT_VALUES:
        return not_assessed(f"sshd's PermitRootLogin for {name} has an unknown value", subject=name, evidence=evidence)
    if permit in {"no", "forced-commands-only"}:
        return passed(f"PermitRootLogin is {permit} for {name}", subject=name, evidence=evidence)
    if reason := barred(settings):
        return passed(f"{name} cannot log in over SSH: {reason}", subject=name, evidence=evidence)
    if groups_unknown(settings.context, settings.account):
        return not_assessed(
            f"{name} may log in only as member of some groups, and its own are not known",
            subject=name,
            evidence=evidence,
        )
    if settings.alone and not no_usable_password(settings):
        return _failure(settings, server, evidence, by_password=True)
    return _judged_by_keys(settings, server, evidence, keys)


def _judged_by_keys(
    settings: Settings, server: SshServer, evidence: tuple[Evidence, ...], keys: AuthorizedKeys
) -> Verdict:
    name = settings.account.name
    if settings.context.get("pubkeyauthentication") == "no" and not settings.unclear:
        return passed(f"Neither a password nor a key lets {name} in over SSH", subject=name, evidence=evidence)
    working = [
        key for key in keys.keys if key.account == name and not key.dead and not ignored(key, keys, settings.context)
    ]
    own = [key for key in working if not key.has("command")]
    if own:
        return _failure(settings, server, (*evidence, _shown(own, keys)), by_password=False)
    if settings.unclear and not no_usable_password(settings):
        return not_assessed(f"{name}: {settings.unclear}", subject=name, evidence=evidence)
    if reason := _unseen(settings, keys):
        return not_assessed(
            f"{name} may log in with a key, and {reason}: whether there is one is not known",
            subject=name,
            evidence=evidence,
        )
    if working:
        text = f"No password lets {name} in over SSH, and its keys only run the command they are tied to"
        return passed(text, subject=name, evidence=(*evidence, _shown(working, keys)))
    return passed(f"No password and no key lets {name} in over SSH", subject=name, evidence=evidence)


def _unseen(settings: Settings, keys: AuthorizedKeys) -> str:
    """Why an account without keys may still have some, empty when it has none."""
    name = settings.account.name
    if name in keys.accounts_unread or name not in keys.accounts_read:
        return "its authorized_keys could not be read"
    if keys.unreadable:
        return f"{', '.join(keys.unreadable[:3])} could not be read"
    if keys.command not in {"", "none"}:
        return "keys also come from a command that sshd runs"
    if settings.context.get("trustedusercakeys") not in {"", "none"}:
        return "certificates of an authority are accepted"
    return ""


def _shown(own: list[AuthorizedKey], keys: AuthorizedKeys) -> Evidence:
    lines = [
        f"{key.path}:{key.line} {key.type} {key.fingerprint}{' with command=' if key.has('command') else ''}"
        for key in own[:10]
    ]
    return Evidence("authorized keys", "\n".join(lines), keys.observed)


def _failure(
    settings: Settings, server: SshServer, evidence: tuple[Evidence, ...], *, by_password: bool
) -> Verdict:  # fmt: skip
    name = settings.account.name
    how = "with a password alone" if by_password else "with a key, so nobody can tell who it was"
    usual, elsewhere = (Severity.HIGH, Severity.MEDIUM) if by_password else (Severity.MEDIUM, Severity.LOW)
    return fail(
        f"{settings.way} can log in over SSH {how}",
        subject=name,
        severity=elsewhere if settings.limited_to else usual,
        evidence=evidence,
        account=name,
        by_password=by_password,
        permit=settings.context.get("permitrootlogin"),
        origin=settings.limited_to,
        sample=settings.sample,
        unit=unit_of(server),
    )
