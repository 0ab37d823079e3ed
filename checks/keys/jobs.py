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
OFTEN = 10  # logins a day from one address that people hardly reach
LEAST_DAYS = 7

_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Job:
    """Why a key looks like a job's: its kind (a key of KINDS, or ``job``) and what made us think so, in words."""

    kind: str
    signs: tuple[str, ...]


def job_of(key: AuthorizedKey, log: SshLog | Unavailable) -> Job | None:
    """What speaks for a job, None when nothing does: words of the comment or the account, use by one address."""
    signs: list[str] = []
    kind = ""
    for where, text in (("its comment", key.comment), ("the account's name", key.account)):
        if found := _kind(text):
            kind = kind or found[0]
            signs.append(f"{where} says {found[1]}")
    if often := _often(key, log):
        signs.append(often)
    return Job(kind or "job", tuple(signs)) if signs else None


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
