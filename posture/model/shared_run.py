from __future__ import annotations

from dataclasses import dataclass

from posture.model.night import NightRules


@dataclass(frozen=True, slots=True)
class SharedRun:
    """A run whose units any worker may take: who began it, and what whoever takes a unit keeps to.

    `winding`: its time is over; what is left of it is closed without a look.
    """

    id: str
    posture_version: str
    rules: NightRules
    winding: bool = False
