"""Waiting updates of which only advisories can say whether they mend flaws."""

from __future__ import annotations

from collections.abc import Sequence

from posture.facts.packages import PendingUpdates


def why_untold(pending: PendingUpdates, doubts: Sequence[str]) -> str:
    """Why "no security update is waiting" cannot be said, empty where it can.

    `doubts` are what is wrong with the advisories: none at hand, or too old.
    """
    waiting = sum(not update.security and update.pocket in pending.untold for update in pending.updates)
    if not waiting or not doubts:
        return ""
    updates = "1 update is" if waiting == 1 else f"{waiting} updates are"
    return (
        f"no known update as of {pending.index_date:%Y-%m-%d}: {updates} waiting, and which of them mend flaws is told "
        f"by advisories only ({'; '.join(doubts)}). Install all of them, or run the audit again with advisories"
    )
