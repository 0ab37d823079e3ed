"""Where a host gets its updates from, and how fresh its own lists are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from posture.collect.host.apk_repositories import apk_pins, apk_refreshed, apk_repositories
from posture.collect.host.apt_sources import apt_pins, apt_refreshed, apt_sources, apt_weakened
from posture.collect.host.repository_secrets import without_secrets
from posture.collect.host.rpm_repositories import rpm_excludes, rpm_repositories
from posture.collect.host.sections import Section
from posture.collect.host.update_lines import UpdateLines, update_lines
from posture.facts.unavailable import Unavailable
from posture.facts.updates import UpdateSources
from posture.model.text import visible

_PAID = ("esm-infra", "esm-apps")


def update_sources(section: Section, observed: datetime) -> UpdateSources | Unavailable:
    """The configured repositories."""
    lines = update_lines(section)
    if isinstance(lines, Unavailable):
        return lines
    told = _told(lines, observed)
    if isinstance(told, Unavailable):
        return told
    sources = tuple(replace(source, location=without_secrets(source.location)) for source in told.sources)
    return replace(told, sources=sources)


def _told(lines: UpdateLines, observed: datetime) -> UpdateSources | Unavailable:
    unreadable = tuple(visible(path) for path in lines.unreadable[:100])
    match lines.manager:
        case "dpkg":
            return UpdateSources(
                "dpkg", apt_sources(lines), apt_refreshed(lines), apt_pins(lines), unreadable, observed,
                subscription=_subscription(lines), weakened=apt_weakened(lines),
            )  # fmt: skip
        case "rpm":
            sources = rpm_repositories(lines)
            refreshed = max((source.fetched for source in sources if source.fetched), default=None)
            return UpdateSources("rpm", sources, refreshed, rpm_excludes(lines), unreadable, observed)
        case "apk":
            return UpdateSources(
                "apk", apk_repositories(lines), apk_refreshed(lines), apk_pins(lines), unreadable, observed
            )
    return Unavailable("no package manager was found on the host; dpkg, rpm and apk are supported")


def _subscription(lines: UpdateLines) -> str:
    """What of Ubuntu Pro is switched on, by the status that its client keeps."""
    active = [name for name in _PAID if lines.services.get(name) == "enabled"]
    return f"Ubuntu Pro: {', '.join(active)}" if active else ""
