"""What a host says from inside: its system and its sockets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.model.kernel_release import order


@dataclass(frozen=True, slots=True)
class OsRelease:
    """``/etc/os-release`` (os-release(5)): lower-case id, version id, codename, name; `like` are the parents' ids.

    `machine` is a hash that is the same for two looks at one machine between two boots, and another for a copy of it;
    empty where the host does not tell.
    """

    id: str
    version_id: str
    codename: str
    name: str
    like: tuple[str, ...] = ()
    hostname: str = ""
    init: str = ""  # "systemd" where it is process 1 or manages the machine
    observed: datetime | None = None
    machine: str = ""


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
