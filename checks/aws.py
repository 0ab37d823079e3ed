"""What all checks of AWS accounts say alike."""

from __future__ import annotations

from collections.abc import Iterable

from checks.wording import listed
from posture.sdk import Gap, Iterator, Verdict, not_assessed

_NAMED = 6  # gaps told in one sentence


def unseen(gaps: Iterable[Gap]) -> Iterator[Verdict]:
    """One verdict for everything that was not answered; none where all was."""
    told = list(dict.fromkeys(map(str, gaps)))
    if told:
        yield not_assessed(f"Not read: {listed(told, _NAMED)}")
