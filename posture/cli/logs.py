"""What is said on standard error: one harmless line each for people, or one JSON object each for programs."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from typing import Any, Final

from posture.model.text import visible_lines

VARIABLE: Final = "POSTURE_LOG_FORMAT"
FORMATS: Final = ("text", "json")
_LONGEST: Final = 8_000  # characters of one value
_OF_A_RECORD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def as_json_lines() -> bool:
    """Whether standard error is for programs: ``--log-format json``, or POSTURE_LOG_FORMAT."""
    return os.environ.get(VARIABLE, "") == "json"


def json_line(level: str, event: str, at: datetime, **about: Any) -> str:
    """One line of the log for programs; all that is not ASCII is escaped, and values are bounded.

    Args:
        level: ``info``, ``warning`` or ``error``.
        event: what happened, in words.
        at: aware.
        about: more, such as ``night``, ``run``, ``customer``, ``resource``, ``worker``.
    """
    told = {"time": at.astimezone(UTC).isoformat(), "level": level, "event": _harmless(event)}
    return json.dumps({**told, **{name: _harmless(value) for name, value in about.items()}}, default=str)


def to_standard_error() -> None:
    """Show warnings and errors of this program and its libraries."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if as_json_lines() else _Harmless("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class _Harmless(logging.Formatter):
    """Log records may hold what hosts sent."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(f"posture: {line}" for line in visible_lines(super().format(record)))


class _Json(logging.Formatter):
    """A record with all that was logged beside its words."""

    def format(self, record: logging.LogRecord) -> str:
        about = {name: value for name, value in record.__dict__.items() if name not in _OF_A_RECORD}
        if record.exc_info:
            about["exception"] = self.formatException(record.exc_info)
        at = datetime.fromtimestamp(record.created, UTC)
        return json_line(record.levelname.lower(), record.getMessage(), at, logger=record.name, **about)


def _harmless(value: Any) -> Any:
    return "\n".join(visible_lines(value))[:_LONGEST] if isinstance(value, str) else value
