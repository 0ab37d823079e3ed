"""What installs updates by itself on systems of rpm: dnf-automatic, yum-cron, SUSE's tools, image-based systems."""

from __future__ import annotations

from datetime import datetime

from posture.collect.host.rpm_repositories import sections
from posture.collect.host.update_lines import UpdateLines
from posture.collect.host.update_tool import Tool, timer_off, unit_lines
from posture.facts.updates import Installs

_YES = frozenset({"1", "yes", "true", "on"})
_DNF_CONF = ("/usr/share/dnf5/dnf5-plugins/automatic.conf", "/etc/dnf/automatic.conf")  # the later one wins

# Timers that do one thing whatever dnf-automatic's configuration says (dnf-automatic(8)).
_FIXED = {
    "dnf-automatic-install.timer": Installs.SECURITY,
    "dnf-automatic-download.timer": Installs.DOWNLOADS,
    "dnf-automatic-notifyonly.timer": Installs.DOWNLOADS,
}
# Timers whose unit comes with its tool and installs all updates.
_OWN = {
    "transactional-update.timer": "transactional-update",
    "os-update.timer": "os-update",
    "bootc-fetch-apply-updates.timer": "bootc",
}


def rpm_tools(lines: UpdateLines) -> list[Tool]:
    """Every such program that is there."""
    return [*_fixed(lines), *_dnf(lines), *_yum_cron(lines), *_own(lines), *_ostree(lines), *_online_update(lines)]


def _fixed(lines: UpdateLines) -> list[Tool]:
    return [
        Tool("dnf-automatic", does, "", _last(lines, timer), unit_lines(lines, timer))
        for timer, does in _FIXED.items()
        if not timer_off(lines, timer)
    ]


def _dnf(lines: UpdateLines) -> list[Tool]:
    """dnf-automatic and its successor do what their configuration says, once their timer runs."""
    found = []
    for name in ("dnf5-automatic", "dnf-automatic"):
        timer = f"{name}.timer"
        if name not in lines.tools and timer_off(lines, timer):
            continue
        commands = _section(lines, _DNF_CONF, "commands")
        settings = (*_shown(commands), *unit_lines(lines, timer))
        found.append(_by_configuration(lines, name, timer, commands, "/etc/dnf/automatic.conf", settings))
    return found


def _yum_cron(lines: UpdateLines) -> list[Tool]:
    if "yum-cron" not in lines.tools:
        return []
    path = "/etc/yum/yum-cron.conf"
    commands = _section(lines, (path,), "commands")
    settings = (*_shown(commands), *unit_lines(lines, "yum-cron.service"))
    if "yum-cron-service" in lines.tools:  # of an init without units
        does = Installs.SECURITY if commands.get("apply_updates", "no").lower() in _YES else Installs.DOWNLOADS
        return [Tool("yum-cron", does, "", None, settings)]
    return [_by_configuration(lines, "yum-cron", "yum-cron.service", commands, path, settings)]


def _by_configuration(  # noqa: PLR0913, PLR0917  # two tools, one rule
    lines: UpdateLines, name: str, unit: str, commands: dict[str, str], path: str, settings: tuple[str, ...]
) -> Tool:
    last = _last(lines, unit)
    if off := timer_off(lines, unit):
        return Tool(name, Installs.NOTHING, off, last, settings)
    if commands.get("apply_updates", "no").lower() in _YES:
        return Tool(name, Installs.SECURITY, "", last, settings)
    if path in lines.unreadable:
        return Tool(name, Installs.UNKNOWN, f"{path} cannot be read by this account", last, settings)
    return Tool(name, Installs.DOWNLOADS, f"apply_updates is not set to yes in {path}", last, settings)


def _own(lines: UpdateLines) -> list[Tool]:
    found = []
    for timer, name in _OWN.items():
        off = timer_off(lines, timer)
        if not off or name in lines.tools:
            does = Installs.NOTHING if off else Installs.SECURITY
            found.append(Tool(name, does, off, _last(lines, timer), unit_lines(lines, timer)))
    return found


def _ostree(lines: UpdateLines) -> list[Tool]:
    """rpm-ostreed.conf(5): AutomaticUpdatePolicy is none, check, stage or apply."""
    if "ostree" not in lines.tools:
        return []
    timer = "rpm-ostreed-automatic.timer"
    policy = _assigned(lines, "/etc/rpm-ostreed.conf").get("automaticupdatepolicy", "none").lower()
    settings = (f"AutomaticUpdatePolicy={policy}", *unit_lines(lines, timer))
    off = timer_off(lines, timer)
    if off or policy == "none":
        return [Tool("rpm-ostree", Installs.NOTHING, off or "AutomaticUpdatePolicy is none", None, settings)]
    does = Installs.SECURITY if policy in {"apply", "stage"} else Installs.DOWNLOADS
    return [Tool("rpm-ostree", does, "", None, settings)]


def _online_update(lines: UpdateLines) -> list[Tool]:
    """YaST's online update: a job of cron that runs zypper."""
    if "online-update" not in lines.tools:
        return []
    values = _assigned(lines, "/etc/sysconfig/automatic_online_update")
    settings = tuple(f"{name.upper()}={value}" for name, value in values.items())
    if values.get("aou_enable_cronjob", "").lower() not in _YES:
        return [Tool("zypper", Installs.NOTHING, 'AOU_ENABLE_CRONJOB is not "true"', None, settings)]
    return [Tool("zypper", Installs.SECURITY, "", None, settings)]


def _section(lines: UpdateLines, paths: tuple[str, ...], wanted: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        for file in lines.below(path):
            for name, section in sections(file):
                found |= section if name == wanted else {}
    return found


def _assigned(lines: UpdateLines, path: str) -> dict[str, str]:
    """``NAME="value"``, names in lower case."""
    words = [line.partition("=") for file in lines.below(path) for line in file.lines]
    return {name.strip().lower(): value.strip().strip("\"'") for name, equals, value in words if equals}


def _shown(section: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"{name} = {value}" for name, value in section.items())


def _last(lines: UpdateLines, unit: str) -> datetime | None:
    return lines.latest(f"/var/lib/systemd/timers/stamp-{unit}")
