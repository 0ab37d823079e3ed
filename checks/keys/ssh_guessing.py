from __future__ import annotations

import re

from checks.mfa.ssh_password_login import NOT_READ, password_login
from checks.mfa.sshd import no_server, unseen
from checks.rights import NEEDS_ROOT
from checks.wording import NAMED, listed
from posture.sdk import (
    Accounts,
    Evidence,
    Iterator,
    Outcome,
    PamStack,
    Severity,
    SshLog,
    SshServer,
    Unavailable,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

PENALTIES_SINCE = (9, 8)  # PerSourcePenalties, on by default (OpenSSH 9.8 release notes)
_VERSION = re.compile(r"(\d+)\.(\d+)")


@check(
    "keys.ssh-guessing",
    title="Passwords can be guessed over SSH without end",
    clause="4.3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:4.4", "cis@8.1:6.4",
        "iso27001@2022:A.8.5", "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.AA-03",
        "nist-800-53@5:IA-5(1)",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.6.1",
        "pci-dss@4.0.1:8.3.4",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:ORP.4.A22",
    ),
)  # fmt: skip
def ssh_guessing(
    server: SshServer, accounts: Accounts, log: SshLog | Unavailable, pam: PamStack | Unavailable = NOT_READ
) -> Iterator[Verdict]:
    """A password alone opens an account from the internet, and nothing shuts out who guesses.

    Shutting out counts when fail2ban, sshguard, crowdsec, lfd (ConfigServer) or cPHulk runs with SSH in its care, or
    sshd punishes an address by itself (PerSourcePenalties, on by default since OpenSSH 9.8). High when the log shows
    attempts from a hundred or more addresses, medium otherwise and without a log; how many, and from when on, is in the
    evidence. Where no password alone lets anybody in, guessing leads nowhere, and this passes; which accounts those are
    is judged by mfa.ssh-password-login.

    Nothing is guessed or tried. It is wrong where a firewall lets only chosen addresses reach SSH, or limits the rate
    of connections (nftables, a provider's filter): that is not seen from here.
    """
    if verdict := no_server(server):
        yield verdict
        return
    judged = [password_login(account, server, accounts, pam) for account in accounts.accounts if account.can_login]
    names = tuple(one.account.name for one in judged if not isinstance(one, Verdict) and not one.limited_to)
    unclear = [one for one in judged if isinstance(one, Verdict) and one.outcome is Outcome.NOT_ASSESSED]
    if not names and (gap := unseen(server, accounts)):
        yield gap
    elif not names and unclear:
        yield not_assessed(f"Whether a password alone lets anybody in is not known: {unclear[0].summary}")
    elif not names:
        yield passed("No password alone lets anybody in over SSH from the internet, so that guessing leads nowhere")
    elif guards := _guards(server):
        yield passed(f"Who guesses passwords is shut out: {guards}", evidence=_attempts(server, log))
    elif server.guards is None:
        yield not_assessed(
            f"A password opens {listed(names)}, and whether anything shuts out who guesses is not known: the programs "
            f"that watch the log could not all be seen ({NEEDS_ROOT})"
        )
    else:
        yield _failure(names, server, log)


def _failure(names: tuple[str, ...], server: SshServer, log: SshLog | Unavailable) -> Verdict:
    failures, addresses, tried = 0, 0, ""
    if isinstance(log, SshLog) and log.failures:
        failures, addresses = log.failures, log.failing_addresses
        tried = f"; {failures:,} attempts failed since {log.since:%Y-%m-%d}"
    return fail(
        f"Passwords can be guessed over SSH without end, for {listed(names)}{tried}",
        severity=Severity.HIGH if addresses >= 100 else None,
        evidence=_attempts(server, log),
        accounts=names[:NAMED],
        failures=failures,
        unit=server.unit if server.unit.endswith(".service") else "",
    )


def _guards(server: SshServer) -> str:
    """What shuts out who guesses, in words; empty when nothing is known to."""
    if server.guards is not None:
        return ", ".join(server.guards)
    said = [context.get("persourcepenalties") for context in server.contexts]
    found = _VERSION.search(server.version)
    new = found is not None and (int(found[1]), int(found[2])) >= PENALTIES_SINCE
    return "PerSourcePenalties of sshd" if new and "no" not in said else ""


def _attempts(server: SshServer, log: SshLog | Unavailable) -> tuple[Evidence, ...]:
    watching = ", ".join(server.guards or ()) or ("nothing" if server.guards is not None else "not known")
    seen = Evidence("programs that shut out who guesses", watching, server.observed)
    if isinstance(log, Unavailable):
        return (seen,)
    said = (
        f"{log.failures:,} failed logins from at least {log.failing_addresses:,} addresses between "
        f"{log.since:%Y-%m-%d} and {log.until:%Y-%m-%d}"
    )
    return (Evidence(f"log of logins ({log.source})", said, log.observed), seen)
