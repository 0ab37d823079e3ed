"""The only place that prints: results on standard output, everything else on standard error, nothing unescaped."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from posture.cli.logs import as_json_lines, json_line
from posture.engine.clock import utc_now
from posture.model.text import visible


def say(text: str = "") -> None:
    """A line of the result, on standard output."""
    click.echo(visible(text, limit=4000))


def note(text: str, **about: object) -> None:
    """A line for the person in front, on standard error; for programs, an object of the log with what it is about."""
    _told("info", text, about)


def warn(text: str, **about: object) -> None:
    """As `note`, for what is not as it should be."""
    _told("warning", text, about)


def complain(text: str, **about: object) -> None:
    """As `note`, for what ends the command."""
    _told("error", text, about)


def _told(level: str, text: str, about: Mapping[str, object]) -> None:
    harmless = visible(text, limit=4000)
    click.echo(json_line(level, harmless, utc_now(), **about) if as_json_lines() else harmless, err=True)


def raw(text: str) -> None:
    """Text of our own making on standard output, line breaks and all."""
    click.echo(text)


def as_json(value: Any) -> None:
    """A value as JSON on standard output; everything beyond ASCII is escaped, terminal escapes with it."""
    click.echo(json.dumps(value, indent=2, default=str))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns on standard output, each as wide as its widest cell, the last one as it comes."""
    lines = [tuple(headings), *(tuple(visible(cell) for cell in row) for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(headings) - 1)]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        click.echo("  ".join([*cells, line[-1]]).rstrip())


def interactive() -> bool:
    """Whether progress may move on standard error: a terminal, and not a dumb one."""
    return sys.stderr.isatty() and os.environ.get("TERM", "") != "dumb" and not as_json_lines()


def coloured(stream_is_terminal: bool) -> bool:
    """Whether colour may be used; https://no-color.org."""
    return stream_is_terminal and not os.environ.get("NO_COLOR")
