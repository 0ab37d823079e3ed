"""In which nights a customer is looked at, and when never: the field `schedule`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from posture.inventory.forms import refused
from posture.inventory.hours import Hours, parse_windows
from posture.inventory.resource_entries import Entry
from posture.model.schedule import DAYS, Blackout, Schedule, WeeklyBlackout

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _moment(value: object) -> datetime:
    """A date and time, of the customer's own clock where no offset is given."""
    fix = "write it like 2026-11-27T18:00, on the customer's clock, or with an offset"
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
    except ValueError:
        moment = None
    if moment is None or not 1970 <= moment.year <= 9000:
        raise refused("is no date and time", fix)
    return moment


Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "pattern": "^[0-9-]{10}T[0-9:]{5}"})
]


class BlackoutEntry(Entry):
    """A time in which nothing may be contacted: once, from `start` until `end`, or every week, `days` and `hours`."""

    start: Moment | None = Field(default=None, description="Beginning, once", examples=["2026-11-27T18:00"])
    end: Moment | None = Field(default=None, description="End, once", examples=["2026-11-30T06:00"])
    days: list[Day] = Field(default=[], description="Every week: days on which it begins", examples=[["fri"]])
    hours: Hours = Field(default="", description="Every week: the hours", examples=["18:00-23:00"])

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        once, weekly = (self.start, self.end), (self.days, self.hours)
        if all(once) == all(weekly) or any(once) == any(weekly):
            raise refused("is no blackout", "write start and end, or days and hours")
        if self.start and self.end and self.end.replace(tzinfo=None) <= self.start.replace(tzinfo=None):
            raise refused("ends before it begins", "write the later time as end")
        if len(parse_windows(self.hours)) > 1:
            raise refused("has several hours", "write one blackout for each")
        return self

    def blackout(self, zone: ZoneInfo) -> Blackout | WeeklyBlackout:
        """The value, by a customer's clock."""
        if self.start and self.end:
            starts, ends = (at if at.tzinfo else at.replace(tzinfo=zone) for at in (self.start, self.end))
            return Blackout(starts, ends)
        (window,) = parse_windows(self.hours)
        return WeeklyBlackout(tuple(sorted({DAYS.index(day) for day in self.days})), window)


class ScheduleEntry(Entry):
    """How often, and in which nights, a customer is looked at; when never."""

    every: int = Field(default=1, ge=1, le=365, description="Nights between looks; 1: each night", examples=[7])
    days: list[Day] = Field(default=[], description="Only nights that begin on these; default: any", examples=[["sat"]])
    blackouts: list[BlackoutEntry] = Field(
        default=[],
        max_length=50,
        description="Times in which nothing may be contacted",
        examples=[[{"start": "2026-11-27T18:00", "end": "2026-11-30T06:00"}]],
    )

    def schedule(self, timezone: str) -> Schedule:
        """The value, by a customer's clock."""
        zone = ZoneInfo(timezone)
        days = tuple(sorted({DAYS.index(day) for day in self.days}))
        return Schedule(self.every, days, tuple(entry.blackout(zone) for entry in self.blackouts))
