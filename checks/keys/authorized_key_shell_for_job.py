from __future__ import annotations

from dataclasses import dataclass

from checks.keys.authorized import evidence_of, place_of, subject_of, unseen, weight
from checks.keys.jobs import NEEDS_SHELL, Job, job_of
from checks.keys.line import line_of
from checks.keys.opens import told_by_sshd, ways
from checks.keys.seen import seen_in
from checks.mfa.sshd import no_server
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


@dataclass(frozen=True, slots=True)
class _Facts:
    keys: AuthorizedKeys
    accounts: Accounts
    server: SshServer
    log: SshLog | Unavailable


@check(
    "keys.authorized-key-shell-for-job",
    title="A key that looks like a job's opens a full shell",
    clause="4.3",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:5.4", "cis@8.1:6.8",
        "iso27001@2022:A.8.2", "iso27001@2022:A.8.3",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:7.2.5", "pci-dss@4.0.1:8.6.2",
        "soc2@2017:CC6.3",
        "bsi-c5@2020:IDM-06",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def authorized_key_shell_for_job(
    keys: AuthorizedKeys, accounts: Accounts, server: SshServer, log: SshLog | Unavailable
) -> Iterator[Verdict]:
    """A key seems to belong to a program (backup, deployment, monitoring), and opens a shell instead of one command.

    A job's key lies unencrypted on another machine, because nobody is there to type a passphrase: whoever breaks into
    that machine has this account, too. What makes a key look like a job's is told with the finding: a word in its
    comment (backup, rsync, borg, deploy, ci, ansible, nagios...), or at least ten logins a day over a week or more, all
    from one address; beside one of these such a word in the account's name, too. Low; medium for administrators'
    accounts. It passes with ``command=`` on the line, and where sshd runs a command of its own (ForceCommand) or does
    not let the key in at all. Ansible and the like need a shell: their key passes with a ``from=`` that names
    addresses.

    It is wrong where the name only sounds like a job, and where a person works from one address all day.
    """
    if verdict := no_server(server):
        yield verdict
        return
    live = [key for key in keys.keys if not key.dead and key.can_login and not key.has("cert-authority")]
    jobs = [(key, job) for key in live if (job := job_of(key, log))]
    facts = _Facts(keys, accounts, server, log)
    for key, job in jobs:
        yield _judged(key, job, facts)
    if gap := unseen(keys, accounts, server):
        yield gap
    elif not jobs:
        yield not_applicable("No authorized key looks like a job's")


def _judged(key: AuthorizedKey, job: Job, facts: _Facts) -> Verdict:
    subject, seen, server = subject_of(key), evidence_of(key, facts.keys), facts.server
    if key.has("command"):
        return passed(f"The job's key of {key.account} runs one command only", subject=subject, evidence=(seen,))
    if job.kind == NEEDS_SHELL and not line_of(key).anywhere:
        text = f"The key of {key.account} needs a shell ({'; '.join(job.signs)}), and works from some addresses only"
        return passed(text, subject=subject, evidence=(seen,))
    found = ways(key, facts.keys, facts.accounts, server)
    if isinstance(found, str):
        return not_assessed(f"{key.path}:{key.line} looks like a job's, and {found}", subject=subject, evidence=(seen,))
    shells = tuple(way for way in found if way.opens and not way.command)
    if not shells:
        if unclear := [way.unclear for way in found if way.unclear]:
            return not_assessed(unclear[0], subject=subject, evidence=(seen,))
        said = (seen, *told_by_sshd(found, server))
        return passed(f"sshd gives the job's key of {key.account} no shell", subject=subject, evidence=said)
    used = seen_in(key, facts.log)
    named = f" ({key.comment})" if key.comment else ""
    return fail(
        f"A key{named} of {key.account} looks like a job's ({'; '.join(job.signs)}) and opens a full shell",
        subject=subject,
        severity=weight(key, facts.accounts),
        evidence=(seen, *told_by_sshd(shells, server), *used.evidence),
        problem=job.kind,
        signs=job.signs,
        addresses=used.addresses,
        has_from=key.has("from"),
        **place_of(key, facts.keys),
    )
