"""What apt does by itself: apt.systemd.daily, unattended-upgrades, and what starts them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from posture.collect.host.update_lines import UpdateLines
from posture.collect.host.update_tool import Tool, timer_off, unit_lines
from posture.facts.updates import Installs

_TIMERS = ("apt-daily.timer", "apt-daily-upgrade.timer")
_OFF = frozenset({"", "0", "no", "false"})
_STAMPS = ("/var/lib/apt/periodic/unattended-upgrades-stamp", "/var/lib/apt/periodic/upgrade-stamp")
_TIMER_STAMP = "/var/lib/systemd/timers/stamp-apt-daily-upgrade.timer"  # it started; that it did anything, these tell
_ANY = frozenset({".*", ".", "^", "^.*", "^.*$", ".+"})
_OWN = frozenset({"Debian", "Ubuntu"})
_KEYS = {
    "o": "origin", "origin": "origin", "l": "label", "label": "label", "a": "suite", "archive": "suite",
    "suite": "suite", "n": "codename", "codename": "codename",
}  # fmt: skip


def apt_tools(lines: UpdateLines) -> list[Tool]:
    """unattended-upgrades if it is installed, else what else apt was told to do."""
    if lines.apt is None:
        return [Tool("", Installs.UNKNOWN, "the configuration of apt could not be read (apt-config dump)")]
    periodic = {name.removeprefix("APT::Periodic::"): value for name, value in lines.apt}
    settings = (
        *(f'{name} "{value}"' for name, value in lines.apt if name.startswith(("APT::Periodic::", "Unattended-"))),
        *unit_lines(lines, *_TIMERS),
    )
    never = _never(lines, periodic)
    unattended = "unattended-upgrades" in lines.tools
    if unattended and not never:
        reason = _no_upgrade(periodic) or _no_origin(lines) or _blacklisted(lines)
        if not reason:
            return [Tool("unattended-upgrades", Installs.SECURITY, "", _last(lines), settings)]
        never = reason
    fetches = not _never(lines, periodic) and periodic.get("Download-Upgradeable-Packages", "0") not in _OFF
    does = Installs.DOWNLOADS if fetches else Installs.UNKNOWN if never.startswith("?") else Installs.NOTHING
    missing = never.removeprefix("?") if unattended or does is Installs.UNKNOWN else ""
    name = "unattended-upgrades" if unattended else ""
    return [Tool(name, does, missing, _last(lines) if unattended else None, settings)]


def _last(lines: UpdateLines) -> datetime | None:
    """When it last did its work; where it leaves no stamp of its own, when its timer last went off."""
    return lines.latest(*_STAMPS) or lines.latest(_TIMER_STAMP)


def _never(lines: UpdateLines, periodic: Mapping[str, str]) -> str:
    """Why apt.systemd.daily is not run, or does nothing; empty when it is, ``?`` first where that is not known."""
    if periodic.get("Enable", "1") in _OFF:
        return 'APT::Periodic::Enable is "0"'
    if lines.systemd:
        return next(filter(None, (timer_off(lines, timer) for timer in _TIMERS)), "")
    if "apt-compat" not in lines.tools:
        return "neither systemd nor cron starts it: /etc/cron.daily/apt-compat is not there"
    if lines.cron is None:
        return "?whether a cron daemon runs could not be seen"
    return "" if lines.cron else "systemd does not run here, and no cron daemon does"


def _no_upgrade(periodic: Mapping[str, str]) -> str:
    for name in ("Unattended-Upgrade", "Update-Package-Lists"):
        if periodic.get(name, "0") in _OFF:
            return f'APT::Periodic::{name} is not set to "1"'
    return ""


def _no_origin(lines: UpdateLines) -> str:
    """Why what is allowed leaves security updates out, empty when it does not."""
    allowed = [
        (name.partition("::")[2].partition("::")[0], value.strip())
        for name, value in lines.apt or ()
        if name.startswith(("Unattended-Upgrade::Origins-Pattern::", "Unattended-Upgrade::Allowed-Origins::"))
    ]
    if not allowed:
        return "Unattended-Upgrade::Origins-Pattern allows no origin"
    archives = list(_security_archives(lines))
    if not archives or any(_allows(kind, value, archive, lines) for kind, value in allowed for archive in archives):
        return ""
    return "Unattended-Upgrade::Origins-Pattern leaves the security archive out"


def _blacklisted(lines: UpdateLines) -> str:
    """Patterns of Package-Blacklist that match any name at all."""
    for name, value in lines.apt or ():
        if name.startswith("Unattended-Upgrade::Package-Blacklist") and value.strip() in _ANY:
            return f"Unattended-Upgrade::Package-Blacklist leaves every package out ({value.strip()})"
    return ""


def _security_archives(lines: UpdateLines) -> Iterator[dict[str, str]]:
    """How the release's security archive names itself: by the list of it, else as it is known to.

    The distribution's own list comes first, then a mirror's that took another origin. Those of other releases, and of
    Ubuntu's paid programme, whose suites end alike, are not it.
    """
    code = lines.os.get("VERSION_CODENAME", "")
    fields = [{name.lower(): value for name, value in head.items()} for head in lines.heads.values()]
    found = [
        {name: words.get(name, "") for name in ("origin", "label", "suite", "codename")}
        for words in fields
        if (words.get("label") == "Debian-Security" or words.get("suite") == f"{code}-security")
        and (not code or words.get("codename") in {code, f"{code}-security"})
    ]
    own = [archive for archive in found if archive["origin"] in _OWN]
    if own or found:
        yield (own or found)[0]
        return
    if not code:  # testing and unstable
        return
    if lines.os.get("ID") == "ubuntu":
        yield {"origin": "Ubuntu", "label": "Ubuntu", "suite": f"{code}-security", "codename": code}
    elif lines.os.get("ID") == "debian":
        for suite in ("stable-security", "oldstable-security", "oldoldstable-security"):
            yield {"origin": "Debian", "label": "Debian-Security", "suite": suite, "codename": f"{code}-security"}


def _allows(kind: str, value: str, archive: Mapping[str, str], lines: UpdateLines) -> bool:
    """One entry against an archive: ``origin=Debian,codename=*`` or, of Allowed-Origins, ``Ubuntu:noble-security``."""
    code = lines.os.get("VERSION_CODENAME", "")
    distribution = {"debian": "Debian", "ubuntu": "Ubuntu"}.get(lines.os.get("ID", ""), "")
    value = value.replace("${distro_codename}", code).replace("${distro_id}", distribution)
    if kind == "Allowed-Origins":
        origin, colon, suite = value.partition(":")
        pairs = [("o", origin), ("a", suite)] if colon else [tuple(value.split()[:2])]
    else:
        pairs = [word.partition("=")[::2] for word in re.split(r"\s*,\s*", value)]
    return all(
        len(pair) == 2
        and pair[0].strip() in _KEYS
        and fnmatch.fnmatchcase(archive[_KEYS[pair[0].strip()]], pair[1].strip())
        for pair in pairs
    )
