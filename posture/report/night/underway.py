"""A night that is under way, in lines and as JSON: how far, who works where, what waits, when it may be over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from posture.model.night import Night, Progress, Way
from posture.model.text import visible

_ENOUGH: Final = 20  # units done before a pace says anything


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A night that has not ended, seen at `now`; `started` is when its run was begun. `zone`: whose clock is told."""

    night: Night
    started: datetime
    units: Progress
    way: Way
    now: datetime
    zone: str = "UTC"

    @property
    def led(self) -> bool:
        """Whether a process leads it now."""
        return bool(self.night.holder) and self.night.lease_until is not None and self.night.lease_until > self.now

    @property
    def leader(self) -> str:
        """The machine and the number of the process that leads it; empty where nobody does."""
        parts = self.night.holder.split(":")
        return f"{parts[0]}, process {parts[-2]}" if self.led and len(parts) > 3 else parts[0] if self.led else ""

    @property
    def waits(self) -> timedelta | None:
        """How long the unit that waits longest might have been begun."""
        since = self.way.waiting_since
        return None if since is None else max(timedelta(), self.now - since)

    @property
    def looks_end(self) -> datetime | None:
        """When the last resource will be done at the pace so far, at the latest when the night closes; without reports.

        None where too little is done to say, or nobody leads it.
        """
        left = self.units.total - self.units.done
        if not self.led or (self.units.done < _ENOUGH and left):
            return None
        spent = self.now - self.started
        return min(self.night.closes, self.now + spent * left / self.units.done) if left else self.now


def state(night: Night, now: datetime) -> str:
    """``ended``, ``under way``, or ``interrupted``: it has not ended and nobody leads it."""
    if night.ended is not None:
        return "ended"
    return "under way" if night.holder and night.lease_until and night.lease_until > now else "interrupted"


def lines(seen: UnderWay) -> list[str]:
    """A few lines for the person who asks in the middle of the night."""
    night, units, way = seen.night, seen.units, seen.way
    zone, end = ZoneInfo(seen.zone), seen.looks_end
    share = f", {100 * units.done // units.total} %" if units.total else ""
    led = f"led by {seen.leader}" if seen.led else "led by nobody; next: the same posture nightly goes on with it"
    begun, closes = (f"{moment.astimezone(zone):%a %d %b %H:%M}" for moment in (seen.started, night.closes))
    about = f", looks end about {end.astimezone(zone):%H:%M}" if end else ""
    working = f"{units.queued} wait, {units.leased} under way by {way.workers} processes, {units.lapsed} lapsed"
    told = [
        f"Night of {night.id}: {state(night, seen.now)}, {units.done} of {units.total} resources{share}",
        f"  {led}",
        f"  begun {begun}, closes {closes} ({seen.zone}){about}",
        f"  {working}, {units.late} late, {units.given_up} given up; {units.unfinished} customers unfinished",
    ]
    if seen.waits is not None:
        told.append(f"  the longest wait: {_span(seen.waits)}")
    told += [f"  network {one.network}: {one.under_way} under way, {one.waiting} wait" for one in way.networks]
    return [visible(line, 220) for line in told]


def as_json(seen: UnderWay) -> dict[str, Any]:
    """The same for programs."""
    way = seen.way
    return {
        "lapsed_ever": way.lapsed_ever,
        "workers": way.workers,
        "oldest_wait_seconds": None if seen.waits is None else round(seen.waits.total_seconds()),
        "looks_end": seen.looks_end.isoformat() if seen.looks_end else None,
        "networks": [
            {"network": one.network, "under_way": one.under_way, "waiting": one.waiting} for one in way.networks
        ],
    }


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60:02} min"
