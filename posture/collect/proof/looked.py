from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """A domain or an address that is shown to be the customer's, and what showed it."""

    target: str
    seen: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look for a challenge's token came to.

    `shown` is empty where it is not proven: then `reason` says exactly why and `step` what to do. `notes` are for the
    operator, proven or not: what is left alone, and why.
    """

    shown: tuple[Shown, ...] = ()
    reason: str = ""
    step: str = ""
    notes: tuple[str, ...] = ()
