"""Release, kernel, container."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

from posture.collect.host.sections import tagged
from posture.facts.host import KernelState, OsRelease
from posture.facts.unavailable import Unavailable
from posture.model.kernel_release import flavour, order
from posture.model.text import visible

Tags = dict[str, list[str]]

_CONTAINER = re.compile(r"[a-z0-9-]{1,40}")
_MACHINE = re.compile(r"[0-9a-f]{32}")
_OFFSET = re.compile(r"([+-])([0-9]{2})([0-9]{2})")


def gathered(body: bytes) -> Tags:
    """The section's lines by tag, in order."""
    found: Tags = {}
    for tag, text in tagged(body):
        found.setdefault(tag, []).append(text)
    return found


def first(tags: Tags, tag: str) -> str:
    """The first line of a tag in printable form, empty when there is none."""
    return visible(next(iter(tags.get(tag, ())), "").strip())


def assignments(lines: Iterable[str]) -> dict[str, str]:
    """Shell-like assignments as os-release(5) defines them; lines of another form are left out."""
    values = {}
    for line in lines:
        name, equals, value = line.strip().partition("=")
        if not equals or not re.fullmatch(r"[A-Z0-9_]+", name):
            continue
        try:
            words = shlex.split(value[:2000])
        except ValueError:
            continue
        values[name] = visible(" ".join(words))
    return values


def release(body: bytes, observed: datetime) -> OsRelease | Unavailable:
    """The distribution's release, from os-release."""
    tags = gathered(body)
    values = assignments(tags.get("os", ()))
    if not values:
        return Unavailable("the host has no /etc/os-release that can be read, so its distribution is unknown")
    return OsRelease(
        id=values.get("ID", "linux").lower(),
        version_id=values.get("VERSION_ID", ""),
        codename=values.get("VERSION_CODENAME", "").lower(),
        name=values.get("PRETTY_NAME") or values.get("NAME", "Linux"),
        like=tuple(values.get("ID_LIKE", "").lower().split()),
        hostname=first(tags, "hostname"),
        init=first(tags, "init"),
        observed=observed,
        machine=machine if _MACHINE.fullmatch(machine := first(tags, "machine")) else "",
    )


def kernel(body: bytes, observed: datetime) -> KernelState | Unavailable:
    """The running and the newest installed kernel.

    /boot tells which are installed; where its images have no version (Alpine), there is none, or it cannot be read, the
    kernels' modules do.
    """
    tags = gathered(body)
    running = first(tags, "running")
    if not running:
        return Unavailable("the host did not say which kernel it runs (uname -r)")
    container = first(tags, "container").lower()
    images, modules = ([visible(name) for name in tags.get(tag, ())] for tag in ("image", "modules"))
    installed = newest(images, running) or newest(modules, running)
    if not container and not installed and "boot" in tags:
        return Unavailable(
            "/boot cannot be read by this account, so the installed kernels are unknown; run as root "
            "(posture access setup CUSTOMER --tier root)"
        )
    booted = _moment(first(tags, "booted"))
    return KernelState(
        running=running,
        newest_installed=installed,
        reboot_required="reboot" in tags,
        reboot_packages=tuple(visible(name.strip()) for name in tags.get("reboot-package", ()) if name.strip()),
        container=container if _CONTAINER.fullmatch(container) else "",
        observed=observed,
        booted=booted,
        updated=_updated(tags, booted),
        flag=first(tags, "reboot-flag"),
        livepatches=tuple(visible(name.strip()) for name in tags.get("livepatch", ()) if name.strip()),
    )


def newest(releases: Iterable[str], running: str) -> str:
    """The newest of these kernel releases: of the running one's flavour where there is one.

    ``6.1.0-28-cloud-amd64`` has the flavour ``cloud-amd64``; rescue images and saved old ones are none to boot.
    """
    usable = [name for name in releases if name[:1].isdigit() and "rescue" not in name and not name.endswith(".old")]
    same = [name for name in usable if flavour(name) == flavour(running)]
    return max(same or usable, key=order, default="")


def _updated(tags: Tags, booted: datetime | None) -> tuple[str, ...]:
    """The core packages that were installed after the boot."""
    if booted is None:
        return ()
    rows = [text.partition("\t") for text in tags.get("core", ())]
    late = [visible(name.strip()) for at, _, name in rows if (moment := _moment(at)) and moment > booted]
    return tuple(dict.fromkeys(late))


def _moment(seconds: str) -> datetime | None:
    """A time in seconds since 1970; None when it is no such number, or the clock had not been set."""
    if not re.fullmatch(r"[0-9]{9,11}", seconds):
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def zone(body: bytes) -> timezone:
    """The host's time zone as an offset; UTC when it did not say."""
    match = _OFFSET.fullmatch(first(gathered(body), "timezone"))
    if not match or int(match[2]) > 14 or int(match[3]) > 59:
        return timezone(timedelta())
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-offset if match[1] == "-" else offset)
