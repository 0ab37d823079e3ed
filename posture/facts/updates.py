"""How a host gets its updates: where from, how fresh its own lists are, and whether anybody installs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class UpdateSource:
    """One configured repository. Credentials are never kept in `location`.

    `name`: ``bookworm-security main``, a repository id of dnf, a line of /etc/apk/repositories. `verified` is False
    where signatures are not checked (``trusted=yes``, ``gpgcheck=0``), None when that is not known. Of a list that the
    host has fetched: `origin`, `suite` and `codename` as signed, `signed` when the repository signed it, `valid_until`
    until when it is good, `fetched` when the host last got it.
    """

    name: str
    location: str
    enabled: bool = True
    verified: bool | None = None
    path: str = ""  # the configuration file
    origin: str = ""
    suite: str = ""
    codename: str = ""
    components: tuple[str, ...] = ()
    signed: datetime | None = None
    valid_until: datetime | None = None
    fetched: datetime | None = None


@dataclass(frozen=True, slots=True)
class UpdateSources:
    """The repositories a host's package manager is configured with. `unreadable`: configuration that could not be read.

    `refreshed` is when the package manager last fetched any list, None when not known. `pins` are preferences that
    change what is installed (apt_preferences(5), exclude= of dnf, /etc/apk/world), as written. `subscription` names a
    paid programme that is active (``Ubuntu Pro: esm-infra``), empty if none or not known. `weakened` are settings that
    switch a protection off for every source, as written.
    """

    manager: str
    sources: tuple[UpdateSource, ...]
    refreshed: datetime | None
    pins: tuple[str, ...]
    unreadable: tuple[str, ...]
    observed: datetime
    subscription: str = ""
    weakened: tuple[str, ...] = ()


class Installs(StrEnum):
    """What happens to a security update without anybody's doing."""

    SECURITY = "security"  # security updates, or all, are installed
    DOWNLOADS = "downloads"  # fetched or announced, not installed
    NOTHING = "nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AutomaticUpdates:
    """Whether security updates are installed by themselves.

    `tool`: ``unattended-upgrades``, ``dnf-automatic``, ``dnf5-automatic``, ``yum-cron``, ``zypper``, ``os-update``,
    ``transactional-update``, ``rpm-ostree``, ``bootc``, ``cron`` (a job that runs the package manager), empty when none
    was found. `missing` says what keeps it from working, empty when nothing does (``the timer apt-daily-upgrade.timer
    is disabled``). `last` is when it ran last, as far as its traces tell. `settings` are the lines it was concluded
    from. `manager` as of InstalledPackages.
    """

    tool: str
    installs: Installs
    missing: str
    last: datetime | None
    settings: tuple[str, ...]
    observed: datetime
    manager: str = "dpkg"
