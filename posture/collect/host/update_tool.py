"""A program that may install updates by itself, and the timers of systemd that start such programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.collect.host.update_lines import UpdateLines
from posture.facts.updates import Installs

_DOES = {Installs.NOTHING: 0, Installs.UNKNOWN: 1, Installs.DOWNLOADS: 2, Installs.SECURITY: 3}
_STARTED = frozenset({"enabled", "enabled-runtime", "static", "generated", "linked", "alias"})


@dataclass(frozen=True, slots=True)
class Tool:
    """What one program does; fields as of AutomaticUpdates. `installs` is what happens: nothing where it never runs."""

    name: str
    installs: Installs
    missing: str = ""
    last: datetime | None = None
    settings: tuple[str, ...] = ()

    @property
    def worth(self) -> tuple[int, bool, bool]:
        """More is nearer to updates that install themselves."""
        return _DOES[self.installs], not self.missing, bool(self.name)


def timer_off(lines: UpdateLines, name: str) -> str:
    """Why a timer or service of systemd does not run, empty when it does."""
    unit = lines.units.get(name, {})
    if unit.get("LoadState", "not-found") == "not-found":
        return f"the unit {name} is not there"
    state = unit.get("UnitFileState", "")
    if state == "masked" or unit["LoadState"] == "masked":
        return f"{name} is masked"
    active = unit.get("ActiveState", "unknown")
    if active == "active":
        return ""
    if state not in _STARTED:
        return f"{name} is disabled"
    return f"{name} is enabled, but not started" if active in {"inactive", "failed"} else ""


def unit_lines(lines: UpdateLines, *names: str) -> tuple[str, ...]:
    """The states of units in words, for evidence."""
    known = [(name, lines.units[name]) for name in names if name in lines.units]
    return tuple(
        f"{name}: {unit.get('UnitFileState') or unit.get('LoadState', '')}, {unit.get('ActiveState', '')}"
        for name, unit in known
    )
