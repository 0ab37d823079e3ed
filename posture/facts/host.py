"""What a host says from inside: system, sockets, accounts, keys, the effective SSH server configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.model.kernel_release import order


@dataclass(frozen=True, slots=True)
class OsRelease:
    """``/etc/os-release`` (os-release(5)): lower-case id, version id, codename, name; `like` are the parents' ids."""

    id: str
    version_id: str
    codename: str
    name: str
    like: tuple[str, ...] = ()
    hostname: str = ""
    init: str = ""  # "systemd" where it is process 1 or manages the machine
    observed: datetime | None = None


@dataclass(frozen=True, slots=True)
class KernelState:
    """Whether the running kernel is the newest installed one, and whether the system itself asks for a reboot.

    `container` is the kind of container the host is (``docker``, ``lxc``), empty otherwise: a container has no kernel.
    `newest_installed` is the newest kernel release with an image in /boot or modules in /lib/modules, of the running
    one's flavour if there is any; empty when none is there. `updated` are the packages installed since the boot at
    `booted` that only a reboot renews, on systems that set no flag (dnf needs-restarting -r names the same). `flag` is
    the file by which the system asks. `livepatches` are the patches that the running kernel was given.
    """

    running: str
    newest_installed: str
    reboot_required: bool
    reboot_packages: tuple[str, ...]
    container: str
    observed: datetime
    booted: datetime | None = None
    updated: tuple[str, ...] = ()
    flag: str = ""
    livepatches: tuple[str, ...] = ()

    @property
    def behind(self) -> bool:
        """Whether a newer kernel is installed than runs."""
        return bool(self.newest_installed) and order(self.running) < order(self.newest_installed)

    @property
    def reboot_due(self) -> bool:
        """Whether only a reboot brings what is installed into use; a container's own is asked for by the file alone."""
        return self.reboot_required or (not self.container and (self.behind or bool(self.updated)))

    @property
    def mended(self) -> bool:
        """Whether all that a reboot would bring is a kernel whose gravest flaws were patched while it runs."""
        return bool(self.livepatches) and not self.reboot_required and (bool(self.container) or not self.updated)

    @property
    def ahead(self) -> bool:
        """Whether the running kernel is newer than all that are installed."""
        return bool(self.newest_installed) and order(self.running) > order(self.newest_installed)


@dataclass(frozen=True, slots=True)
class ConfigLine:
    """A line of a configuration file that says what is listened on; `number` counts from 1."""

    path: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Process:
    """The process behind a socket. Empty fields could not be read; `package` is the one that owns the executable."""

    pid: int
    name: str
    executable: str = ""
    user: str = ""
    unit: str = ""  # systemd unit
    package: str = ""
    package_version: str = ""
    config_files: tuple[str, ...] = ()  # configuration files of the system's own services, likeliest first
    config_lines: tuple[ConfigLine, ...] = ()  # of those files, in their order


@dataclass(frozen=True, slots=True)
class Socket:
    """A listening socket. `address` is ``0.0.0.0``, ``::``, ``*`` or the address it is bound to, without zone."""

    protocol: str  # tcp, udp
    address: str
    port: int
    process: Process | None = None


@dataclass(frozen=True, slots=True)
class ListeningSockets:
    """All listening sockets; `processes_complete` is False when some sockets' processes could not be read (no root)."""

    sockets: tuple[Socket, ...]
    processes_complete: bool
    observed: datetime


class Password(StrEnum):
    """What the shadow file says of an account's password. The hash itself never leaves the host."""

    SET = "set"
    LOCKED = "locked"
    EMPTY = "empty"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Account:
    """A local account. `can_login` is True when its shell is one that starts a session."""

    name: str
    uid: int
    shell: str
    home: str
    can_login: bool
    admin: bool  # uid 0, or member of sudo, wheel or admin
    password: Password


@dataclass(frozen=True, slots=True)
class Accounts:
    """The local accounts; `shadow_read` is False when password states are unknown (needs root).

    `elsewhere` names the sources besides local files that accounts come from (``ldap``, ``sss``, ``nis``;
    nsswitch.conf(5)): their accounts are not among these.
    """

    accounts: tuple[Account, ...]
    shadow_read: bool
    observed: datetime
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SshdContext:
    """The effective sshd configuration for one account that connects from the internet: ``sshd -T -C user=...``.

    `options` are (lower-case keyword, value) in the order sshd prints them.
    """

    user: str
    admin: bool
    options: tuple[tuple[str, str], ...]

    def get(self, keyword: str) -> str:
        """The first value of a keyword, lower case; empty when sshd did not print it."""
        return next((value for name, value in self.options if name == keyword), "").lower()


@dataclass(frozen=True, slots=True)
class SshServer:
    """The SSH server's effective configuration, an entry an account that can log in.

    `failed` are accounts for which ``sshd -T -C`` failed, or answered differently on different ports, as (account,
    message). `listening` is True when the server that was asked listens, itself or by a socket of systemd's, False when
    all listeners are known and it is not among them, None when that is not known. `others` says in words which SSH
    servers besides listen and were not asked (a second sshd, dropbear), empty if none.
    """

    contexts: tuple[SshdContext, ...]
    failed: tuple[tuple[str, str], ...]
    version: str
    unit: str
    observed: datetime
    listening: bool | None = None
    others: str = ""


@dataclass(frozen=True, slots=True)
class AuthorizedKey:
    """One line of an authorized_keys file (sshd(8), AUTHORIZED_KEYS FILE FORMAT).

    `bits` is 0 when unknown. `options` are (lower-case name, value). `dead` says why sshd ignores the line, empty when
    it does not.
    """

    account: str
    uid: int
    path: str
    line: int
    type: str
    bits: int
    fingerprint: str
    comment: str
    options: tuple[tuple[str, str], ...] = ()
    dead: str = ""

    def has(self, option: str) -> bool:
        """Whether the option is on the line."""
        return any(name == option for name, _ in self.options)


@dataclass(frozen=True, slots=True)
class AuthorizedKeys:
    """The authorized keys of all accounts that can log in. `unreadable` are files that are there and could not be read.

    `accounts_read` names the accounts whose files were looked at, `accounts_unread` those that could not be.
    `command` is sshd's AuthorizedKeysCommand when one is set: keys from it were not seen.
    """

    keys: tuple[AuthorizedKey, ...]
    accounts_read: tuple[str, ...]
    accounts_unread: tuple[str, ...]
    unreadable: tuple[str, ...]
    command: str
    observed: datetime


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key file. Only its header was read; `encrypted` is None when the format does not tell.

    `mode` holds the permission bits (0o600). `type` is the key's type where the header tells, else empty.
    """

    path: str
    owner: str
    mode: int
    format: str  # openssh, pem, pkcs8, putty
    encrypted: bool | None
    type: str = ""


@dataclass(frozen=True, slots=True)
class PrivateKeys:
    """Private key files under `places`.

    `unreadable` counts what could not be looked at: folders and files that could not be opened, names with control
    characters, links that were not followed. `complete` is False when a limit ended the search.
    """

    keys: tuple[PrivateKey, ...]
    places: tuple[str, ...]
    unreadable: int
    complete: bool
    observed: datetime
