"""What the machine this runs on is."""

from __future__ import annotations

import platform
import subprocess

from posture.advisories.errors import NoSources
from posture.advisories.indexes.apt.of_host import index_name
from posture.advisories.indexes.name import IndexName
from posture.facts.host import OsRelease


def machine_release() -> tuple[str, str]:
    """The id and codename of this machine's release, lower case; empty where it does not say (os-release(5))."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return "", ""
    return release.get("ID", "").lower(), release.get("VERSION_CODENAME", "").lower()


def machine_index() -> IndexName:
    """The index that answers for this machine.

    Raises:
        NoSources: none does.
    """
    distribution, codename = machine_release()
    try:
        command = ["dpkg", "--print-architecture"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise NoSources(f"dpkg does not tell this machine's architecture: {error}") from error
    return index_name(OsRelease(distribution, "", codename, distribution), done.stdout.strip())
