"""Whether somebody leads a night who cannot be asked: on another machine, or in another container."""

from __future__ import annotations

import threading
from typing import Final

from posture.cli.night_lease import LEAD, Lease
from posture.cli.output import note
from posture.engine.clock import Clock, steady, utc_now
from posture.execute.workers import can_be_asked
from posture.model.night import Night
from posture.store.store import Store

LOOKED_EVERY: Final = 1.0  # seconds
_MOST: Final = 2 * LEAD  # a leader whose clock is ahead


def take_lead(
    store: Store,
    night: Night,
    lease: Lease,
    stop: threading.Event,
    *,
    clock: Clock = utc_now,
    every: float = LOOKED_EVERY,
) -> bool:
    """Take the lead of a night, once the word of a leader has run out that is not heard of any more.

    A leader that lives renews its word long before its end, and one of this machine is known to live: then it has the
    lead, and this ends at once. So a night is not left alone by whoever comes after a leader that was killed.

    Returns:
        False where another living process leads it, it has ended, or `stop` is set.

    Raises:
        StoreError: the database failed.
    """
    moment, first = steady(clock()), None
    end = moment() + _MOST
    while not lease.take():
        now, led = moment(), store.night(night.id)
        if led is None or led.ended is not None or now > end:
            return False
        if first is None and led.holder and led.lease_until is not None:
            if can_be_asked(led.holder):
                return False
            first = led
            note(
                f"The night of {night.id} is led by a process on {led.holder.partition(':')[0]}, which cannot be asked "
                f"from here; waiting until {min(led.lease_until, end):%H:%M:%S %Z} for a sign of its life.",
                led_by=led.holder,
            )
        elif first is not None and (led.holder, led.lease_until) != (first.holder, first.lease_until) and led.holder:
            return False
        if stop.wait(every):
            return False
    return True
