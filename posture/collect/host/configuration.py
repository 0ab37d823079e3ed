"""Which file of a process's command line may be called its configuration: somebody will edit it as root."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from posture.model.text import visible

MOST = 16  # files of one process
FIRST_USER = 1000  # adduser.conf(5), login.defs(5): accounts of people begin here

# Files that are nobody's configuration, or everybody's: a mistake in them locks people out or lets others in.
_NEVER = re.compile(
    r"/(proc|sys|dev|boot|bin|sbin|lib[0-9a-z]*)/.*|/usr/(?!local/etc/).*"
    r"|.*/\.[^/]*/.*|.*/authorized_keys[^/]*"
    r"|/etc/(passwd|group|g?shadow|sub[ug]id|sudoers|sudo[^/]*\.conf|cron|anacron|at\.|pam|security|polkit|dbus|systemd"
    r"|init|rc|udev|modprobe|modules|sysctl|apt|dpkg|apparmor|selinux|ld\.so|profile|bash|environment|default|login"
    r"|fstab|crypttab|hosts|nsswitch|resolv|ssl|ca-certificates|alternatives|shells|securetty|doas|update-motd).*"
    r"|/etc/ssh/ssh_host.*|/var/spool/cron.*"
)
_WORD = re.compile(r"[a-z]{3,}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An argument that is a regular file with no link on the way to it; `owner` is its user id."""

    path: str
    owner: int


def configuration(
    candidates: Sequence[Candidate], executable: str, package: str, owners: Mapping[str, str], *, person: bool
) -> tuple[str, ...]:
    """The configuration files among the candidates, the likeliest first.

    Args:
        candidates: from the command line, which the process itself may have written.
        executable: of the process.
        package: that owns the executable, empty when none does.
        owners: path -> package, for those files that belong to one.
        person: whether the process runs as somebody's account, a service of the system all the same. Such a process
            names only what belongs to its program.
    """
    ranked = []
    for candidate in candidates[:MOST]:
        path, owner = candidate.path, _name(owners.get(candidate.path, ""))
        if candidate.owner >= FIRST_USER or _NEVER.fullmatch(path):
            continue
        own = 0 if owner and owner == _name(package) else 1 if _named_after(path, executable) else 2
        if own == 2 and (owner or person):
            continue
        ranked.append((own, visible(path)))
    return tuple(dict.fromkeys(path for _, path in sorted(ranked, key=lambda pair: pair[0])))


def _name(package: str) -> str:
    return package.partition(":")[0]


def _named_after(path: str, executable: str) -> bool:
    """Whether a folder below /etc, or the file, is called like the program: /etc/redis/x.conf, redis-check-rdb."""
    program = _WORD.match(PurePosixPath(executable).name)
    names = (_WORD.match(part) for part in PurePosixPath(path).parts[1:] if part not in {"etc", "srv", "var", "opt"})
    words = (name[0] for name in names if name)
    return program is not None and any(word.startswith(program[0]) or program[0].startswith(word) for word in words)
