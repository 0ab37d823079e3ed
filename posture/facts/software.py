"""Software beyond the distribution's packages, and programs that run what is no longer on disk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StaleProcess:
    """A process that still runs code of files that were replaced or deleted.

    `files` are those files as the kernel names them, without its ``(deleted)``. `unit` is the systemd unit (or user
    session), empty when not known. `packages` are the installed packages that own those paths now, as far as known.
    """

    pid: int
    name: str
    user: str
    unit: str
    files: tuple[str, ...]
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StaleProcesses:
    """What was seen in /proc/PID/maps: `readable` of `total` processes with memory of their own could be looked at.

    `elsewhere` are processes of containers that were left out: their files are updated in there. `unread` names some of
    those that could not be looked at. `gap` says in words what else kept the look from being whole, empty when nothing
    did. `reboot_due` is True where KernelState asks for a reboot, which renews them all.
    """

    processes: tuple[StaleProcess, ...]
    readable: int
    total: int
    observed: datetime
    elsewhere: int = 0
    unread: tuple[str, ...] = ()
    gap: str = ""
    reboot_due: bool = False


@dataclass(frozen=True, slots=True)
class LanguagePackage:
    """A package of a programming language that the distribution's package manager did not install.

    `ecosystem` is OSV's name: ``PyPI``, ``npm``, ``Packagist``, ``RubyGems``. `place` is the folder it lies in: a
    virtual environment, an application, the language's own folder. `owner` could change it when it was looked at: an
    account's name, or ``#`` and its id where it has no plain one; ``root`` when only root could, empty when not known.
    """

    ecosystem: str
    name: str
    version: str
    place: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class LanguagePackages:
    """Language packages under `places`. `complete` is False when a limit of count or time ended the search.

    `unreadable` counts folders and files that could not be looked at, or do not tell a version that can be read. Left
    out is what somebody else updates: files of the distribution's packages, and libraries that a web application brings
    along.
    """

    packages: tuple[LanguagePackage, ...]
    places: tuple[str, ...]
    unreadable: int
    complete: bool
    observed: datetime


@dataclass(frozen=True, slots=True)
class InstalledApplication:
    """A web application on disk, by a file of its own that tells its version.

    `product`: ``wordpress``, ``nextcloud``, ``phpmyadmin``, ``roundcube``, ``drupal``, ``joomla``, ``typo3``,
    ``mediawiki``, ``moodle``, ``matomo``, ...; `extension` names a plug-in or theme of it (``plugin/akismet``), empty
    for the application itself. `version` is empty when the file is there and does not tell. `owner` as of
    LanguagePackage.
    """

    product: str
    version: str
    place: str
    extension: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class InstalledApplications:
    """Web applications under `places`; limits as of LanguagePackages."""

    applications: tuple[InstalledApplication, ...]
    places: tuple[str, ...]
    unreadable: int
    complete: bool
    observed: datetime
