"""Release, kernel, container."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from posture.collect.host.sections import tagged
from posture.facts.host import KernelState, OsRelease
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

Tags = dict[str, list[str]]

_NUMBER = re.compile(r"[0-9]+")
_CONTAINER = re.compile(r"[a-z0-9-]{1,40}")
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
    )


def kernel(body: bytes, observed: datetime) -> KernelState | Unavailable:
    """The running and the newest installed kernel."""
    tags = gathered(body)
    running = first(tags, "running")
    if not running:
        return Unavailable("the host did not say which kernel it runs (uname -r)")
    container = first(tags, "container").lower()
    if not container and "boot" in tags:
        return Unavailable("/boot cannot be read by this account, so the installed kernels are unknown; run as root")
    images = [visible(name) for name in tags.get("image", ())]
    return KernelState(
        running=running,
        newest_installed=newest(images, running),
        reboot_required="reboot" in tags,
        reboot_packages=tuple(visible(name.strip()) for name in tags.get("reboot-package", ()) if name.strip()),
        container=container if _CONTAINER.fullmatch(container) else "",
        observed=observed,
    )


def newest(images: Iterable[str], running: str) -> str:
    """The newest kernel release among /boot's images: of the running one's flavour where there is one.

    ``6.1.0-28-cloud-amd64`` has the flavour ``cloud-amd64``; rescue images and saved old ones are none to boot.
    """
    usable = [name for name in images if name[:1].isdigit() and "rescue" not in name and not name.endswith(".old")]
    same = [name for name in usable if _flavour(name) == _flavour(running)]
    return max(same or usable, key=_order, default="")


def _flavour(release: str) -> str:
    parts = release.split("-")
    return "-".join(parts[next((i for i, part in enumerate(parts) if not part[:1].isdigit()), len(parts)) :])


def _order(release: str) -> tuple[int, ...]:
    return tuple(int(number[:18]) for number in _NUMBER.findall(release.removesuffix(_flavour(release))))


def zone(body: bytes) -> timezone:
    """The host's time zone as an offset; UTC when it did not say."""
    match = _OFFSET.fullmatch(first(gathered(body), "timezone"))
    if not match or int(match[2]) > 14 or int(match[3]) > 59:
        return timezone(timedelta())
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-offset if match[1] == "-" else offset)
