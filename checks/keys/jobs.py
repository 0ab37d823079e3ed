"""Keys that programs use rather than people, told by their names and by how they are used."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.keys.seen import span, uses_of
from posture.sdk import AuthorizedKey, SshLog, Unavailable

KINDS = {
    "borg": ("borg", "borgbackup", "borgmatic", "vorta"),
    "rsync": ("rsync", "rsnapshot", "rsyncd", "backup", "backups", "bkp", "mirror", "sync"),
    "restic": ("restic", "duplicity", "duplicati", "kopia"),
    "deploy": (
        "deploy",
        "deployer",
        "deployment",
        "ci",
        "cicd",
        "jenkins",
        "gitlab",
        "runner",
        "capistrano",
        "actions",
    ),
    "ansible": ("ansible", "awx", "semaphore", "saltstack", "puppet"),
    "monitor": ("nagios", "icinga", "zabbix", "monitoring", "checkmk", "munin", "prometheus"),
    "job": ("cron", "cronjob", "automation", "bot", "replication", "replicator", "job"),
}
NEEDS_SHELL = "ansible"
"""The kind that runs what it likes, so that no one command can be put on its line."""

OFTEN = 10  # logins a day from one address that people hardly reach
LEAST_DAYS = 7

_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Job:
    """Why a key looks like a job's: its kind (a key of KINDS, or ``job``) and what made us think so, in words."""

    kind: str
    signs: tuple[str, ...]


def job_of(key: AuthorizedKey, log: SshLog | Unavailable) -> Job | None:
    """What speaks for a job, None when nothing does: a word of the comment, use by one address.

    The account's name counts beside another sign only: people log in to accounts that are named after a job.
    """
    comment, account, often = _kind(key.comment), _kind(key.account), _often(key, log)
    if not (comment or often):
        return None
    named = (("its comment", comment), ("the account's name", account))
    signs = [f"{where} says {found[1]}" for where, found in named if found]
    kind = next((found[0] for _, found in named if found), "job")
    return Job(kind, (*signs, *([often] if often else [])))


def _kind(text: str) -> tuple[str, str] | None:
    words = _WORD.findall(text.lower())
    return next(((kind, word) for word in words for kind, known in KINDS.items() if word in known), None)


def _often(key: AuthorizedKey, log: SshLog | Unavailable) -> str:
    """How often one address alone used the key, empty when that tells nothing."""
    if isinstance(log, Unavailable) or span(log) < LEAST_DAYS:
        return ""
    uses = uses_of(key, log)
    addresses = {address for use in uses for address in use.addresses}
    times = sum(use.times for use in uses)
    if len(addresses) != 1 or any(use.more_addresses for use in uses) or times < OFTEN * span(log):
        return ""
    return f"{times} logins in {span(log)} days, all from {addresses.pop()}"
