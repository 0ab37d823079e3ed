"""Hand a proposal to a system of the provider's, and try again a little later where that may help.

The same proposal has the same identity and the same bytes each time, so that a receiver does it once however often it
is told: it is told at least once, and again only where it is not known to have taken it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from posture.deliver.outcome import Taken, TryLater
from posture.deliver.program import run
from posture.deliver.webhook import post
from posture.model.hook import Hook

PAUSES = (1.0, 4.0)  # seconds before the second and the third attempt; the next night tries again
Sleep = Callable[[float], None]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a hook gets: a proposal's identity and JSON, and the key that requests are signed with."""

    identity: str
    body: str
    secret: str = field(default="", repr=False)


def hand_over(hook: Hook, sent: Sent, clock: Clock, sleep: Sleep) -> Taken:
    """Hand a proposal to a hook, in up to three attempts.

    Args:
        hook: a web address or a program.
        sent: what it gets.
        clock: now.
        sleep: waits for so many seconds.

    Raises:
        TryLater: none of the attempts came through.
        Refused: it will never take it as it is.
    """
    for pause in (*PAUSES, None):
        try:
            return _once(hook, sent, clock)
        except TryLater:
            if pause is None:
                raise
        sleep(pause)
    raise AssertionError("the last attempt returns or raises")


def longest(hook: Hook) -> timedelta:
    """How long handing over may take: an attempt that is older has died with its process."""
    return hook.timeout * (len(PAUSES) + 1) + timedelta(seconds=sum(PAUSES) + 60)


def shown(hook: Hook) -> str:
    """Where a hook leads, in words, without any secret."""
    return f"POST {hook.url}" if hook.url else f"run {' '.join(hook.command)}"


def _once(hook: Hook, sent: Sent, clock: Clock) -> Taken:
    if hook.url:
        return post(hook, sent.identity, sent.body.encode(), sent.secret, clock())
    return run(hook, sent.identity, sent.body.encode())
