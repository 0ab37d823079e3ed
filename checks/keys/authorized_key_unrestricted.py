from __future__ import annotations

from checks.keys.authorized import evidence_of, line_with, place_of, subject_of, unseen, weight
from checks.keys.line import line_of
from checks.keys.opens import Way, reasons, told_by_sshd, ways
from checks.keys.seen import seen_in
from checks.mfa.sshd import no_server
from posture.sdk import (
    Accounts,
    AuthorizedKey,
    AuthorizedKeys,
    Evidence,
    Iterator,
    Outcome,
    Severity,
    SshLog,
    SshServer,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

OWN = "203.0.113.10", "198.51.100.0/24"  # stand for the customer's own addresses where none were seen


@check(
    "keys.authorized-key-unrestricted",
    title="A key opens a full shell from anywhere",
    clause="4.3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:5.4", "cis@8.1:6.8",
        "iso27001@2022:A.5.18", "iso27001@2022:A.8.2", "iso27001@2022:A.8.3",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:7.2.5",
        "soc2@2017:CC6.3",
        "bsi-c5@2020:IDM-06",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def authorized_key_unrestricted(
    keys: AuthorizedKeys, accounts: Accounts, server: SshServer, log: SshLog | Unavailable
) -> Iterator[Verdict]:
    """A key has neither ``from=`` nor ``command=`` nor ``restrict``, and sshd lets it in from the internet to a shell.

    Medium for user id 0 and members of an administrators' group (sudo, wheel, admin), low for all other accounts that
    can log in. One of the three options is enough to pass (sshd(8), AUTHORIZED_KEYS FILE FORMAT); a ``from=`` that
    every address matches is none. ``expiry-time`` limits a key in time, not where it works from, and is recommended
    beside them. A key also passes where sshd's effective settings for its account forbid it from the internet
    (PubkeyAuthentication, AuthenticationMethods, PermitRootLogin, AllowUsers, DenyUsers, AllowGroups, DenyGroups,
    PubkeyAcceptedAlgorithms) or run a command of their own instead (ForceCommand), by a Match block, too. Lines that
    sshd ignores do not count, nor do files that it ignores because others can change them (StrictModes); certificate
    authorities are judged by keys.certificate-authority-unbounded. The addresses that the text proposes are those that
    the host's log has for this account and key.

    It is wrong where a firewall already limits the addresses that may reach SSH. Administrators by a sudo rule of their
    own count as ordinary accounts.
    """
    if verdict := no_server(server):
        yield verdict
        return
    own = [key for key in keys.keys if key.can_login and not key.dead and not key.has("cert-authority")]
    loose = [key for key in own if _loose(key)]
    judged = [_judged(key, keys, accounts, server, log) for key in loose]
    yield from judged
    if gap := unseen(keys, accounts, server):
        yield gap
    elif not own:
        yield not_applicable("No key is authorized for an account that can log in")
    elif all(verdict.outcome is Outcome.PASS for verdict in judged):
        count = "1 key" if len(own) == 1 else f"{len(own)} keys"
        yield passed(f"No authorized key opens a full shell from anywhere ({count})")


def _loose(key: AuthorizedKey) -> bool:
    return line_of(key).anywhere and not key.has("command") and not key.has("restrict")


def _judged(
    key: AuthorizedKey, keys: AuthorizedKeys, accounts: Accounts, server: SshServer, log: SshLog | Unavailable
) -> Verdict:
    found = ways(key, keys, accounts, server)
    if isinstance(found, str):
        reason = f"{key.path}:{key.line} has no restriction, and {found}"
        return not_assessed(reason, subject=subject_of(key), evidence=(evidence_of(key, keys),))
    outside = tuple(way for way in found if way.internet) or found
    shells = tuple(way for way in outside if way.opens and not way.command)
    if shells:
        return _failure(key, keys, accounts, log, told_by_sshd(shells, server))
    seen = (evidence_of(key, keys), *told_by_sshd(outside, server))
    if unclear := [way for way in outside if way.unclear]:
        return not_assessed(unclear[0].unclear, subject=subject_of(key), evidence=seen)
    return passed(_kept_out(key, found, outside), subject=subject_of(key), evidence=seen)


def _kept_out(key: AuthorizedKey, found: tuple[Way, ...], outside: tuple[Way, ...]) -> str:
    """Why the key opens no shell from the internet, and from where else it does."""
    commands = dict.fromkeys(way.command for way in outside if way.opens)
    why = [part for part in (reasons(outside), *(f"ForceCommand runs {command}" for command in commands)) if part]
    inside = dict.fromkeys(way.context.origin for way in found if way.opens and not way.command and not way.internet)
    only = f"; it does from {', '.join(inside)}" if inside else ""
    return f"The key of {key.account} opens no shell from the internet: {'; '.join(why)}{only}"


def _failure(
    key: AuthorizedKey, keys: AuthorizedKeys, accounts: Accounts, log: SshLog | Unavailable, said: tuple[Evidence, ...]
) -> Verdict:
    seen = seen_in(key, log)
    named = f" ({key.comment})" if key.comment else ""
    severity = weight(key, accounts)
    addresses = seen.addresses or OWN
    new = "" if key.has("from") else line_with(key, f'restrict,pty,from="{",".join(addresses)}"')
    return fail(
        f"A key{named} opens {key.account} from any address, without any restriction",
        subject=subject_of(key),
        severity=severity,
        evidence=(evidence_of(key, keys), *said, *seen.evidence),
        **place_of(key, keys),
        root=key.uid == 0,
        admin=severity is Severity.MEDIUM,
        addresses=addresses,
        known=bool(seen.addresses),
        changing=seen.changing,
        has_from=key.has("from"),
        expires=key.has("expiry-time"),
        new_line=new if seen.addresses else "",
    )
