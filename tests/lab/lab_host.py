"""What a host of the lab is made of: files, accounts, a firewall, servers; and the host that can be logged in to."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab_accounts import AUDITOR, Account, account_files, owner_of
from lab_keys import KeyPair
from truth import SCANNER

HERE = Path(__file__).resolve().parent
SSHD = "/usr/sbin/sshd -D -e &"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a host, or a folder where `content` is None."""

    path: str
    content: str | None = None
    mode: int = 0o644
    owner: str = "root"


@dataclass(frozen=True, slots=True)
class Host:
    """What a host has of its own; everything else it shares with the machine below.

    `binds` are the paths where its own `entries` replace the machine's, `scratch` those that begin empty. `firewall` is
    an nftables script that is loaded before the network comes up, `servers` a shell script.
    """

    name: str
    servers: str = ""
    firewall: str = ""
    people: tuple[Account, ...] = ()
    entries: tuple[Entry, ...] = ()
    binds: tuple[str, ...] = ()
    scratch: tuple[str, ...] = ("/run", "/var/log", "/srv")


def service_host(name: str, *, servers: str, entries: tuple[Entry, ...], firewall: str = "") -> Host:
    """A host that nobody logs in to: its files lie under /srv, its data goes to /run.

    /root and /tmp stay the machine's: the interpreter of the lab's own servers, and they, may live there.
    """
    own = (Entry("/srv", None, 0o755), *entries)
    return Host(name, servers=servers, firewall=firewall, entries=own, binds=("/srv",), scratch=("/run", "/var/log"))


def own_server(script: str, *words: str | int) -> str:
    """The line that starts one of the lab's own servers: a script of this folder, for what Debian has no package of."""
    return shlex.join([sys.executable, "-I", str(HERE / script), *map(str, words)]) + " &"


def running_as(user: str, command: str) -> str:
    uid, gid = owner_of(user, ())
    return f"setpriv --reuid={uid} --regid={gid} --clear-groups {command}"


def sshd_files(keys: Mapping[str, KeyPair], name: str, *options: str) -> tuple[Entry, ...]:
    host_key = keys[f"host-{name}"]
    config = (
        "# Debian's defaults where nothing else is said",
        "HostKey /etc/ssh/ssh_host_ed25519_key",
        "KbdInteractiveAuthentication no",
        "UsePAM yes",
        "PrintMotd no",
        "Subsystem sftp internal-sftp",
        *options,
    )
    return (
        Entry("/etc/ssh/sshd_config", "\n".join(config) + "\n"),
        Entry("/etc/ssh/ssh_host_ed25519_key", host_key.private, 0o600),
        Entry("/etc/ssh/ssh_host_ed25519_key.pub", host_key.public + "\n"),
    )


def restricted(key: KeyPair, command: str = "") -> str:
    only = f',command="{command}"' if command else ""
    return f'restrict,from="{SCANNER}"{only} {key.public}'


def home_of(person: Account, keys_allowed: str = "") -> tuple[Entry, ...]:
    home = f"/home/{person.name}"
    mine = Entry(f"{home}/.ssh/authorized_keys", keys_allowed + "\n", 0o600, person.name)
    folders = (Entry(home, None, 0o750, person.name), Entry(f"{home}/.ssh", None, 0o700, person.name))
    return (*folders, mine) if keys_allowed else folders[:1]


def with_ssh(  # a host that can be audited from inside: nothing personal of the machine may show through
    name: str,
    keys: Mapping[str, KeyPair],
    *options: str,
    servers: str = "",
    firewall: str = "",
    others: tuple[Account, ...] = (),
    root_keys: str = "",
    root_password: str = "*",
    entries: tuple[Entry, ...] = (),
    binds: tuple[str, ...] = (),
    scratch: tuple[str, ...] = (),
    audit_runs: str = "",
) -> Host:
    people = (AUDITOR, *others)
    own_srv = any(entry.path.startswith("/srv") for entry in entries)
    files = account_files(people, root_password)
    accounts = tuple(Entry(path, text, 0o640 if path.endswith("shadow") else 0o644) for path, text in files.items())
    root = (
        Entry("/root", None, 0o700),
        Entry("/root/.ssh", None, 0o700),
        *((Entry("/root/.ssh/authorized_keys", root_keys + "\n", 0o600),) if root_keys else ()),
    )
    return Host(
        name,
        servers=f"mkdir -p /run/sshd\n{SSHD}\n{servers}",
        firewall=firewall,
        people=people,
        entries=(
            *accounts,
            *root,
            *home_of(AUDITOR, restricted(keys["auditor"], audit_runs)),
            *sshd_files(keys, name, *options),
            *entries,
        ),
        binds=("/etc/ssh", "/home", "/root", *files, *(("/srv",) if own_srv else ()), *binds),
        scratch=("/run", "/var/log", *(() if own_srv else ("/srv",)), "/tmp", *scratch),
    )
