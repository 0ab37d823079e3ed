from __future__ import annotations

from checks.keys.authorized import evidence_of, place_of, subject_of, unseen
from checks.keys.line import line_of
from checks.keys.opens import values
from checks.keys.seen import seen_in, span, uses_of
from posture.sdk import (
    Accounts,
    AuthorizedKey,
    AuthorizedKeys,
    Iterator,
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

LEAST_DAYS = 30  # that a log must go back before a key without a use is worth a word
SILENT = frozenset({"quiet", "fatal", "error"})  # LogLevel under which sshd does not log who was let in (log.c)


@check(
    "keys.authorized-key-unused",
    title="A key that nobody uses still opens an account",
    clause="4.3",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:5.3",
        "iso27001@2022:A.5.18",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-2", "nist-800-53@5:IA-5",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:8.2.6",
        "soc2@2017:CC6.2",
        "bsi-c5@2020:IDM-05",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def authorized_key_unused(
    keys: AuthorizedKeys, accounts: Accounts, server: SshServer | Unavailable, log: SshLog | Unavailable
) -> Iterator[Verdict]:
    """A key was not used as far back as the host's log goes, or belongs to an account that starts no session.

    Low: the log of logins (``Accepted publickey``) was read whole, goes back 30 days or more, names logins, and has
    none with this key for this account. Low, too: the account has no login shell, and its keys could still forward
    connections, for neither ``restrict`` nor ``no-port-forwarding`` stands on the line; with one of them it is an
    information. Accounts for file transfer (ForceCommand internal-sftp) need no shell and pass. Where the log is
    shorter, was cut off, or does not say who was let in (LogLevel), use is not assessed. Certificate authorities, keys
    that sshd ignores, and whether the key's owner still works there are not judged; a note with the name of an account
    that is not on the host is told with the finding.

    It is wrong for a key that is kept for emergencies or was added lately: the log does not tell when; and for an
    account for file transfer whose settings sshd was not asked about.
    """
    own = [key for key in keys.keys if not key.dead and not key.has("cert-authority") and key.fingerprint]
    orphans = [verdict for key in own if not key.can_login and (verdict := _orphan(key, keys, server))]
    yield from orphans
    live = [key for key in own if key.can_login]
    if live:
        yield from _by_log(live, keys, accounts, log, _silent(server))
    if gap := unseen(keys, accounts):
        yield gap
    elif not orphans and not live:
        yield not_applicable("No key is authorized for an account")


def _silent(server: SshServer | Unavailable) -> frozenset[str]:
    """The accounts whose logins sshd does not log."""
    if isinstance(server, Unavailable):
        return frozenset()
    return frozenset(context.user for context in server.contexts if context.get("loglevel") in SILENT)


def _by_log(
    live: list[AuthorizedKey],
    keys: AuthorizedKeys,
    accounts: Accounts,
    log: SshLog | Unavailable,
    silent: frozenset[str],
) -> Iterator[Verdict]:
    if isinstance(log, Unavailable):
        yield not_assessed(f"Which keys are used is not known: {log.reason}")
        return
    unused = [key for key in live if not uses_of(key, log)]
    told = [key for key in unused if key.account not in silent]
    if unused and (reason := _too_little(log)):
        yield not_assessed(f"{len(unused)} of {len(live)} keys have no login in the log, but {reason}")
        return
    for key in told:
        yield _unused(key, keys, accounts, log)
    if len(told) < len(unused):
        yield not_assessed("sshd does not log who was let in: set LogLevel INFO, its default, or VERBOSE")
    elif not unused:
        count = "The authorized key was" if len(live) == 1 else f"All {len(live)} authorized keys were"
        evidence = [one for key in live[:5] for one in seen_in(key, log).evidence]
        yield passed(f"{count} used in the last {max(span(log), 1)} days", evidence=evidence)


def _too_little(log: SshLog) -> str:
    """Why a key without a use may have one, empty when it has none."""
    if not log.whole:
        return "not all of the log was read, or it names keys by MD5 (FingerprintHash)"
    if span(log) < LEAST_DAYS:
        keep = "SystemMaxUse= in journald.conf, rotate in /etc/logrotate.d/rsyslog"
        return f"it goes back {span(log)} days only; keep it for {LEAST_DAYS} or more ({keep})"
    if not log.keys and not log.passwords:
        return "it names no login at all: they may be logged elsewhere"
    return ""


def _unused(key: AuthorizedKey, keys: AuthorizedKeys, accounts: Accounts, log: SshLog) -> Verdict:
    stranger = _stranger(key, accounts)
    more = f"; its note names {stranger}, which is no account here" if stranger else ""
    return fail(
        f"A key of {key.account} was not used in {span(log)} days{more}",
        subject=subject_of(key),
        severity=Severity.LOW,
        evidence=(evidence_of(key, keys), *seen_in(key, log).evidence),
        problem="unused",
        days=span(log),
        stranger=stranger,
        forwards=False,
        **place_of(key, keys),
    )


def _stranger(key: AuthorizedKey, accounts: Accounts) -> str:
    """The name before the @ of a key's note, when no account of the host has it; empty otherwise."""
    name, at, _ = key.comment.partition("@")
    known = {account.name for account in accounts.accounts}
    return name if at and name and known and name not in known else ""


def _orphan(key: AuthorizedKey, keys: AuthorizedKeys, server: SshServer | Unavailable) -> Verdict | None:
    """The verdict on a key of an account without a session."""
    contexts = () if isinstance(server, Unavailable) else tuple(server.of(key.account))
    commands = [command for context in contexts for command in values(context, "forcecommand")]
    if contexts and len(commands) == len(contexts) and all(one.startswith("internal-sftp") for one in commands):
        return passed(f"{key.account} is for file transfer only", subject=subject_of(key))
    forwards = "port-forwarding" in line_of(key).permits
    still = "; it may still forward connections" if forwards else ""
    return fail(
        f"A key is authorized for {key.account}, an account without a login shell{still}",
        subject=subject_of(key),
        severity=Severity.LOW if forwards else Severity.INFO,
        evidence=(evidence_of(key, keys),),
        problem="no-session",
        days=0,
        stranger="",
        forwards=forwards,
        **place_of(key, keys),
    )
