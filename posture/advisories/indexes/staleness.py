"""When an index is too old to say that nothing is pending."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from posture.advisories.failure_note import Failure
from posture.advisories.indexes.file import Pocket

MOST_AGE = timedelta(days=3)  # since it was confirmed with the mirror
MOST_SILENCE = timedelta(days=30)  # of a release that nobody mends any more: its last index acquits nothing for ever


def why_stale(  # noqa: PLR0913
    fetched: datetime,
    pockets: Sequence[Pocket],
    failure: Failure | None,
    now: datetime,
    standstill: timedelta | None,
    *,
    moving: Sequence[str] = (),
) -> str:
    """Why the index no longer proves that nothing is pending, in words; empty while it does.

    Refusing a newer index makes the last good one stale at once: something is wrong with the archive or the way to it.
    A mirror that cannot be reached does so only with time. `standstill` is how long nothing new may be signed, None
    where that may be for ever; Valid-Until, where it is signed, says it better. `moving` are the pockets that updates
    come through: each must move, lest a fresh one hide a frozen one; without any, the newest of all must.
    """
    newest = max(pocket.date for pocket in pockets)
    expired = [pocket for pocket in pockets if pocket.valid_until and pocket.valid_until < now]
    if failure and failure.refused:
        return f"no known update as of {fetched:%Y-%m-%d}: a newer index was refused ({failure.reason})"
    if expired:
        until = min(pocket.valid_until for pocket in expired if pocket.valid_until)
        return f"no known update as of {newest:%Y-%m-%d}: the index of {expired[0].name} expired on {until:%Y-%m-%d}"
    if now - fetched > MOST_AGE:
        why = f" ({failure.reason})" if failure else ""
        return f"no known update as of {fetched:%Y-%m-%d}: the index has not been confirmed since{why}"
    brings = [pocket for pocket in pockets if pocket.name in moving]
    still = [pocket for pocket in brings if standstill and now - pocket.date > standstill and not pocket.valid_until]
    if still:
        return (
            f"no known update as of {still[0].date:%Y-%m-%d}: the distribution signed nothing of {still[0].name}; "
            "the mirror stands still"
        )
    unlimited = not brings and not any(pocket.valid_until for pocket in pockets)
    if standstill and now - newest > standstill and unlimited:
        return (
            f"no known update as of {newest:%Y-%m-%d}: the distribution signed nothing since; the mirror stands still"
        )
    if standstill is None and now - newest > MOST_SILENCE:
        return f"no known update as of {newest:%Y-%m-%d}: the release has ended, and nothing was signed since"
    return ""
