"""What is said on standard error: one harmless line each for people, or one JSON object each for programs."""

from __future__ import annotations

import json
import logging
import math
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Final

from posture.engine.clock import utc_now
from posture.model.text import visible_lines

VARIABLE: Final = "POSTURE_LOG_FORMAT"
FORMATS: Final = ("text", "json")
_LONGEST: Final = 8_000  # characters of one value
_LINES, _LINE = 60, 4_000  # of it
_FRAMES: Final = 10  # of a stack, the innermost
_ALWAYS: Final[dict[str, object]] = {}  # of this process
_OF_A_RECORD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}

Trace = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


def as_json_lines() -> bool:
    """Whether standard error is for programs: ``--log-format json``, or POSTURE_LOG_FORMAT."""
    return os.environ.get(VARIABLE, "") == "json"


@contextmanager
def about(**what: object) -> Iterator[None]:
    """Name in every line for programs, of every thread, what this process is at: its night, run and worker."""
    before = dict(_ALWAYS)
    _ALWAYS.update(what)
    try:
        yield
    finally:
        _ALWAYS.clear()
        _ALWAYS.update(before)


def json_line(level: str, event: str, at: datetime, /, **what: object) -> str:
    """One line of the log for programs; all that is not ASCII is escaped, and values are bounded.

    Args:
        level: ``info``, ``warning`` or ``error``.
        event: what happened, in words.
        at: aware.
        what: it is about: ``night``, ``run``, ``customer``, ``resource``, ``unit``, ``attempt``, ``worker``,
            ``seconds`` that it took.
    """
    told = {"time": at.astimezone(UTC).isoformat(), "level": level, "event": event}
    return json.dumps({name: _harmless(value) for name, value in {**told, **_ALWAYS, **what, **told}.items()})


def told_as_json(event: str, step: str, error: Trace) -> None:
    """One line on what no command foresaw, with where in the program it happened."""
    line = json_line("error", event, utc_now(), next=step, exception=_innermost(error))
    sys.stderr.write(f"{line}\n")


def to_standard_error() -> None:
    """Show warnings and errors of this program and its libraries."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if as_json_lines() else _Harmless("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(as_json_lines())


class _Harmless(logging.Formatter):
    """Log records may hold what hosts sent."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(f"posture: {line}" for line in visible_lines(super().format(record)))


class _Json(logging.Formatter):
    """A record with all that was logged beside its words."""

    def format(self, record: logging.LogRecord) -> str:
        what = {name: value for name, value in record.__dict__.items() if name not in _OF_A_RECORD}
        if record.exc_info:
            what["exception"] = _innermost(record.exc_info)
        at = datetime.fromtimestamp(record.created, UTC)
        return json_line(record.levelname.lower(), record.getMessage(), at, **{"logger": record.name, **what})


def _innermost(error: Trace) -> str:
    """The end of a traceback, where the error is: a long one is cut at its beginning."""
    kind, value, trace = error
    frames = traceback.format_tb(trace, -_FRAMES)
    return "".join([*frames, *traceback.format_exception_only(kind, value)]).rstrip()


def _harmless(value: object) -> object:
    """Numbers as they are; all else as bounded text without anything that moves a cursor."""
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return "\n".join(visible_lines(str(value), _LINES, _LINE))[:_LONGEST]
