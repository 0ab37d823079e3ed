"""What the rooms below log, on standard error: one harmless line each."""

from __future__ import annotations

import logging

from posture.model.text import visible_lines


class _Harmless(logging.Formatter):
    """Log records may hold what hosts sent."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(f"posture: {line}" for line in visible_lines(super().format(record)))


def to_standard_error() -> None:
    """Show warnings and errors of this program and its libraries."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Harmless("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
