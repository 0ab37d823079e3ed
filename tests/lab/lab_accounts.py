"""passwd, shadow and group of a lab host: the accounts its servers need, and those of its story."""

from __future__ import annotations

import pwd
from dataclasses import dataclass

# The form of a SHA-512 crypt hash; nobody knows a password for it.
PASSWORD_HASH = "$6$posturelab$" + "x/" * 43
LOCKED = "*"


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account. `password` as in shadow(5): a hash, `*` for none possible, empty for none needed."""

    name: str
    uid: int
    password: str = LOCKED
    shell: str = "/bin/sh"


AUDITOR = Account("auditor", 1000)

# Name, and number where the machine's packages have not made one.
_SERVICES = {
    "daemon": 1, "www-data": 33, "_apt": 42, "postgres": 991, "memcache": 992,
    "ftp": 993, "_rpc": 990, "sshd": 994, "redis": 995, "mysql": 996, "nobody": 65534,
}  # fmt: skip


def _ids(name: str, otherwise: int) -> tuple[int, int]:
    """The machine's own numbers, so that the owners of its packages' files keep their names inside."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return otherwise, otherwise
    return entry.pw_uid, entry.pw_gid


def owner_of(name: str, people: tuple[Account, ...]) -> tuple[int, int]:
    """User and group number of an account of the host."""
    numbers = {"root": 0} | {person.name: person.uid for person in people}
    return (numbers[name], numbers[name]) if name in numbers else _ids(name, _SERVICES[name])


def account_files(people: tuple[Account, ...], root_password: str = LOCKED) -> dict[str, str]:
    """The three files by path. `nogroup` and the like appear as the groups that the numbers above use."""
    services = {name: _ids(name, number) for name, number in _SERVICES.items()}
    passwd = ["root:x:0:0:root:/root:/bin/sh"]
    passwd += [f"{name}:x:{uid}:{gid}::{_home(name)}:/usr/sbin/nologin" for name, (uid, gid) in services.items()]
    passwd += [f"{who.name}:x:{who.uid}:{who.uid}::/home/{who.name}:{who.shell}" for who in people]
    shadow = [f"root:{root_password}:20000:0:99999:7:::", *(f"{name}:*:20000:0:99999:7:::" for name in services)]
    shadow += [f"{who.name}:{who.password}:20000:0:99999:7:::" for who in people]
    groups = {0: "root", 5: "tty", 42: "shadow", 43: "utmp", 65534: "nogroup"}
    groups |= {gid: name for name, (_, gid) in services.items() if gid not in groups}
    groups |= {who.uid: who.name for who in people}
    files = {"/etc/passwd": passwd, "/etc/shadow": shadow, "/etc/group": [f"{n}:x:{g}:" for g, n in groups.items()]}
    return {path: "\n".join(lines) + "\n" for path, lines in files.items()}


def _home(service: str) -> str:
    return "/srv/ftp" if service == "ftp" else "/nonexistent"
