"""Whether security updates are installed by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from posture.collect.host.dnf_automatic import rpm_tools
from posture.collect.host.sections import Section
from posture.collect.host.unattended_upgrades import apt_tools
from posture.collect.host.update_lines import UpdateLines, update_lines
from posture.collect.host.update_tool import Tool
from posture.facts.unavailable import Unavailable
from posture.facts.updates import AutomaticUpdates, Installs
from posture.model.text import visible

_TOOLS: Mapping[str, Callable[[UpdateLines], list[Tool]]] = {
    "dpkg": apt_tools,
    "rpm": rpm_tools,
    "apk": lambda _: [],  # which has nothing of its own: a job of cron does it
}
_UPDATES = frozenset({
    "upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade", "update", "upgrade-minimal", "update-minimal", "patch",
    "up", "dup",
})  # fmt: skip
_ONLY_LISTS = frozenset({"apt-get", "apt", "aptitude", "apk"})  # whose "update" fetches lists, installs nothing
_ASKS = frozenset({"apt-get", "apt", "aptitude", "dnf", "dnf5", "yum", "tdnf", "microdnf", "zypper"})
_YES = frozenset({"-y", "--yes", "--assume-yes", "--assumeyes", "-n", "--non-interactive", "-qq"})
_FETCHES = frozenset({"--downloadonly", "--download-only", "-d", "-s", "--simulate", "--dry-run", "--just-print"})


def automatic_updates(section: Section, observed: datetime) -> AutomaticUpdates | Unavailable:
    """What installs updates: of several tools the one that does most."""
    lines = update_lines(section)
    if isinstance(lines, Unavailable):
        return lines
    if lines.manager not in _TOOLS:
        return Unavailable("no package manager was found on the host; dpkg, rpm and apk are supported")
    tools = [*_TOOLS[lines.manager](lines), *_cron(lines)]
    best = max(tools, key=lambda tool: tool.worth, default=Tool("", Installs.NOTHING))
    unread = [f"not readable: {path}" for path in lines.jobs_unread[:5]]
    settings = tuple(visible(text) for text in (*best.settings, *unread)[:50])
    return AutomaticUpdates(
        best.name, best.installs, visible(best.missing), best.last, settings, observed, manager=lines.manager
    )


def _cron(lines: UpdateLines) -> list[Tool]:
    """Jobs that install updates without asking."""
    found = []
    for path, command in lines.jobs:
        installs = _job(command)
        if installs is Installs.NOTHING:
            continue
        missing = "no cron daemon runs" if lines.cron is False and "crond" not in lines.tools else ""
        found.append(Tool("cron", installs, missing, settings=(f"{path}: {command}",)))
    return found


def _job(command: str) -> Installs:
    """What a command line does to updates; one that would ask installs nothing where nobody answers."""
    program, *words = command.split() or [""]
    if program.startswith("unattended-upgrade"):
        return Installs.SECURITY
    wanted = _UPDATES - {"update"} if program in _ONLY_LISTS else _UPDATES
    if not wanted.intersection(words):
        return Installs.NOTHING
    if _FETCHES.intersection(words):
        return Installs.DOWNLOADS
    agreed = _YES.intersection(words) or any(re.fullmatch(r"-[a-z]*y[a-z]*", word) for word in words)
    return Installs.SECURITY if agreed or program not in _ASKS else Installs.NOTHING
