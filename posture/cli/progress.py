"""Progress on standard error: a live line on a terminal, a line a resource elsewhere, nothing on standard output."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from posture.cli.logs import as_json_lines
from posture.cli.output import coloured, interactive, note
from posture.engine.plan import Plan
from posture.model.text import visible
from posture.model.unit import ClaimedUnit

QUIET_UNITS = 200  # a log of a larger audit gets a line every hundredth part instead of one a resource


class PlainWatcher:
    """A line when a resource is done."""

    def __init__(self, total: int, done: int) -> None:
        self._total = total
        self._done = done
        self._started = time.monotonic()
        self._since: dict[int, float] = {}  # by unit, of those under way
        self._lock = threading.Lock()

    def started(self, unit: ClaimedUnit) -> None:
        """Nothing to say yet, except in small audits."""
        with self._lock:
            self._since[unit.id] = time.monotonic()
        if unit.resource and self._total <= QUIET_UNITS:
            note(f"looking at {unit.customer}/{unit.resource}", **_about(unit))

    def ended(self, unit: ClaimedUnit) -> None:
        """Say how far it is."""
        now = time.monotonic()
        with self._lock:
            took = now - self._since.pop(unit.id, now)
            self._done += bool(unit.resource)
            done = self._done
        few = self._total <= QUIET_UNITS or done % (self._total // 100) == 0 or done == self._total
        if unit.resource and (few or as_json_lines()):  # programs search the log for one resource of many
            told = f"{done} of {self._total} done after {now - self._started:.0f} s: {unit.customer}/{unit.resource}"
            note(told, **_about(unit), seconds=round(took, 2), done=done, total=self._total)


def _about(unit: ClaimedUnit) -> dict[str, object]:
    named = {"run": unit.run, "customer": unit.customer, "resource": unit.resource}
    return {**named, "unit": unit.id, "attempt": unit.attempt}


def night_watcher(total: int, done: int) -> PlainWatcher:
    """Lines for the log of a night of `total` resources, `done` of which were done before."""
    return PlainWatcher(total, done)


class LiveWatcher:
    """A bar with what is under way."""

    def __init__(self, progress: Any, total: int, done: int) -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=total, completed=done)
        self._under_way: dict[int, str] = {}
        self._lock = threading.Lock()

    def started(self, unit: ClaimedUnit) -> None:
        """Show the resource."""
        with self._lock:
            self._under_way[unit.id] = unit.resource or f"{unit.customer}: findings"
            self._show()

    def ended(self, unit: ClaimedUnit) -> None:
        """Take it off, and advance."""
        with self._lock:
            self._under_way.pop(unit.id, None)
            self._show()
            if unit.resource:
                self._progress.advance(self._task)

    def _show(self) -> None:
        names = [visible(name, 30) for name in self._under_way.values()]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        self._progress.update(self._task, description=", ".join(names[:3]) + more or "finishing")


@contextmanager
def watching(plan: Plan, done: int) -> Iterator[PlainWatcher | LiveWatcher]:
    """A watcher of the plan's units, `done` of which an earlier start of the run has done."""
    total = sum(len(resources) for _, resources in plan.work)
    if not interactive():
        yield PlainWatcher(total, done)
        return
    from rich.console import Console  # noqa: PLC0415  only for a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (
        SpinnerColumn(),
        MofNCompleteColumn(),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    console = Console(stderr=True, no_color=not coloured(stream_is_terminal=True))
    with Progress(*columns, console=console, transient=True) as progress:
        yield LiveWatcher(progress, total, done)
