from __future__ import annotations

from typing import Protocol

from posture.model.action import Action


class ActionLog(Protocol):
    """Where actions are written, before they happen where that is possible."""

    def record(self, action: Action) -> None:
        """Append one action."""
