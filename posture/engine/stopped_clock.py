"""For how long a finding's ladder stood still: while its risk was accepted, or a dispute was not decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from posture.model.dispute import Dispute, DisputeState
from posture.model.proposal import Case

_NEVER = timedelta()


def stopped(case: Case, hold: timedelta, begin: datetime, end: datetime) -> timedelta:
    """How much of the time between two moments does not count, each part of it once."""
    pauses = sorted([*_accepted(case), *_disputed(case, hold, end)])
    total, reached = _NEVER, begin
    for first, last in pauses:
        first, last = max(first, reached), min(last, end)  # noqa: PLW2901
        if first < last:
            total, reached = total + (last - first), last
    return total


def held_until(case: Case, hold: timedelta) -> datetime | None:
    """Until when the undecided dispute of the present episode holds further steps; None where there is none."""
    mine = _of_episode(case)
    if not mine or mine[-1].state is not DisputeState.RAISED:
        return None
    return mine[-1].raised_at + max(_NEVER, hold - _used(mine[:-1], hold))


def accepted_dispute(case: Case) -> Dispute | None:
    """The dispute of the present episode that was accepted, unless another was raised after it."""
    mine = _of_episode(case)
    return mine[-1] if mine and mine[-1].state is DisputeState.ACCEPTED else None


def _of_episode(case: Case) -> tuple[Dispute, ...]:
    return tuple(dispute for dispute in case.disputes if dispute.about(case.finding))


def _accepted(case: Case) -> Iterator[tuple[datetime, datetime]]:
    """Of several acceptances the one given last counts from then on."""
    mine = [a for a in case.acceptances if a.times_reopened == case.finding.times_reopened]
    ends = [min(one.until, later.accepted_at) for one, later in pairwise(mine)]
    ends += [one.until for one in mine[-1:]]
    yield from zip((one.accepted_at for one in mine), ends, strict=True)


def _disputed(case: Case, hold: timedelta, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """An accepted dispute stops the clock until a later one is decided; others, all together, for as long as `hold`."""
    mine = _of_episode(case)
    for number, dispute in enumerate(mine):
        if dispute.state is DisputeState.ACCEPTED:
            later = mine[number + 1 :]
            yield dispute.raised_at, later[-1].decided_at or now if later else now
        else:
            left = max(_NEVER, hold - _used(mine[:number], hold))
            yield dispute.raised_at, min(dispute.decided_at or now, dispute.raised_at + left)


def _used(disputes: Iterable[Dispute], hold: timedelta) -> timedelta:
    """How much of the hold earlier disputes have had: whoever disputes again and again gains nothing by it."""
    used = _NEVER
    for dispute in disputes:
        if dispute.state is DisputeState.REJECTED and dispute.decided_at is not None:
            used += min(hold - used, max(_NEVER, dispute.decided_at - dispute.raised_at))
    return used
