"""How much of the TCP ports the audit looked at, where that was not all of them at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

from posture.model.coverage import PortsSeen
from posture.model.text import visible
from posture.report import limits
from posture.report.places import some_names
from posture.report.wording import listed, number

_DAY = timedelta(days=1)


def ports_looked_at(seen: Sequence[PortsSeen]) -> str:
    """One sentence; empty where every host's ports were all looked at this time."""
    partial = [one for one in seen if one.partial]
    if not partial:
        return ""
    names = listed(*some_names([visible(one.resource, limits.NAME) for one in partial]))
    fewest, most = min(one.now for one in partial), max(one.now for one in partial)
    count = number(fewest, "port") if fewest == most else f"{fewest:,} to {most:,} ports"
    days = max(math.ceil((one.at - one.oldest) / _DAY) for one in partial)
    every = f"all {max(one.every for one in partial):,}"
    each = "" if len(partial) == 1 else " each"
    return f"{names}: {count}{each} were looked at this time; {every} within the last {number(days, 'day')}"
