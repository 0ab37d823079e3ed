"""When a customer may be looked at, and how fast: the fields `window` and `rate`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import time
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema

from posture.inventory.document import Document
from posture.inventory.forms import refused
from posture.inventory.problem import Problem, field_name
from posture.model.customer import Customer
from posture.model.window import Window

SLOWEST: Final = 50  # packets a second: all ports of one host take 22 minutes
FASTEST: Final = 100_000

_LONGEST = 200
_TIME = "(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"
_SPAN = re.compile(rf"\s*(?P<opens>{_TIME})\s*-\s*(?P<closes>{_TIME})\s*")
_LIKE = "write it like 22:00-06:00, several with commas between them"


def parse_windows(text: str) -> tuple[Window, ...]:
    """Windows as they are written: ``22:00-06:00, 12:00-13:00``; none for an empty text.

    Raises:
        PydanticCustomError: it is written otherwise.
    """
    if not text.strip():
        return ()
    if len(text) > _LONGEST:
        raise refused(f"is longer than {_LONGEST} characters", "shorten it")
    return tuple(_window(part) for part in text.split(","))


def _window(text: str) -> Window:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise refused("is no span of hours", _LIKE)
    opens, closes = _time(found["opens"]), _time(found["closes"])
    if opens == closes:
        raise refused("opens and closes at the same time", "delete the line where any hour will do")
    return Window(opens, closes)


def _time(text: str) -> time:
    """24:00 is midnight, as people write the end of a day."""
    hour, _, minute = text.partition(":")
    return time(int(hour) % 24, int(minute))


def _hours(text: str) -> str:
    parse_windows(text)
    return text


def _rate(packets: int) -> int:
    if packets != 0 and not SLOWEST <= packets <= FASTEST:
        fix = f"write packets per second, {SLOWEST} to {FASTEST}, or delete the line"
        raise refused("is out of bounds", fix)
    return packets


_WRITTEN = rf"^\s*$|^\s*{_TIME}\s*-\s*{_TIME}\s*(,\s*{_TIME}\s*-\s*{_TIME}\s*)*$"
Hours = Annotated[
    str,
    AfterValidator(_hours),
    WithJsonSchema({"type": "string", "pattern": _WRITTEN, "maxLength": _LONGEST}, mode="validation"),
]
Rate = Annotated[
    int,
    AfterValidator(_rate),
    WithJsonSchema(
        {"type": "integer", "anyOf": [{"const": 0}, {"minimum": SLOWEST, "maximum": FASTEST}]}, mode="validation"
    ),
]


def hours_in_utc(document: Document, customers: Sequence[Customer]) -> Iterator[Problem]:
    """One warning for each customer with a window and no time zone: whose night it is, is easily got wrong."""
    for place, customer in enumerate(customers):
        entry = document.root.items("customers")[place]
        node = entry.child("window")
        if customer.windows and node is not None and entry.child("timezone") is None:
            yield Problem(
                document.file,
                node.line,
                field_name(("customers", place, "window")),
                "is read in UTC, as the customer has no timezone",
                "add the customer's own, like `timezone: Europe/Berlin`, or `timezone: UTC` if that is meant",
                customer.id,
            )
