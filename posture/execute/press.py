"""Reports on paper, in processes of their own: several at once, each under limits, and never none.

Layout is the dearest thing an audit does, and what strangers' servers said decides how dear. So it happens where it can
be stopped: a report that takes too long or too much memory, or takes its process down, is printed in its short form.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from pebble import ProcessExpired, ProcessPool

from posture.execute.press_worker import NO_MEMORY, Limits, begin, pdf, short_pdf, unlimited_pdf
from posture.report.model import Report

LIMITS: Final = Limits()
_WINDOW: Final = 4  # reports handed out at once, a process; more would only wait in memory
_LIFE: Final = 200  # reports a process prints before a fresh one takes its place


@dataclass(frozen=True, slots=True)
class Pressed:
    """A report and its PDF. `shortened` says why it is the short form; `error` why there is none at all."""

    report: Report
    pdf: bytes
    shortened: str = ""
    error: Exception | None = None


def press(reports: Iterable[Report], processes: int, limits: Limits = LIMITS) -> Iterator[Pressed]:
    """The PDF of each report, in the order of the reports.

    Args:
        reports: taken as there is room, a few ahead at most.
        processes: how many at once.
        limits: of each report.
    """
    coming = iter(reports)
    first = next(coming, None)
    if first is None:
        return
    pool = _pool(processes, limits)
    try:
        waiting = deque([(first, _handed(pool, pdf, first, limits))])
    except (BrokenProcessPool, OSError):  # its processes start with the first report
        yield from map(_printed_here, chain([first], coming))
        return
    with pool:
        while waiting:
            room = _WINDOW * processes - len(waiting)
            waiting.extend((report, _handed(pool, pdf, report, limits)) for report in islice(coming, room))
            report, printing = waiting.popleft()
            yield _taken(pool, report, printing, limits)


def _printed_here(report: Report) -> Pressed:
    """Where no process can be started (a limit, a sandbox): a report without limits is better than none."""
    try:
        return Pressed(report, unlimited_pdf(report))
    except Exception as error:  # noqa: BLE001  a defect met in one report must not end all others
        return Pressed(report, b"", error=error)


def _pool(processes: int, limits: Limits) -> ProcessPool:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["posture.execute.press_worker", "posture.report.pdf"])
    return ProcessPool(processes, _LIFE, initializer=begin, initargs=(limits,), context=context)


def _handed(pool: ProcessPool, work: Callable[[Report, int], bytes], report: Report, limits: Limits) -> Future[bytes]:
    return pool.schedule(work, args=(report, limits.cpu), timeout=limits.wall)


def _taken(pool: ProcessPool, report: Report, printing: Future[bytes], limits: Limits) -> Pressed:
    try:
        return Pressed(report, printing.result())
    except TimeoutError:
        why = f"it took more than {limits.wall} seconds"
    except ProcessExpired as error:
        why = _why(error, limits)
    except Exception as error:  # noqa: BLE001  no fonts, no Pango, or a defect: no form at all
        return Pressed(report, b"", error=error)
    try:
        return Pressed(report, _handed(pool, short_pdf, report, limits).result(), shortened=why)
    except Exception as error:  # noqa: BLE001  likewise
        return Pressed(report, b"", shortened=why, error=error)


def _why(error: ProcessExpired, limits: Limits) -> str:
    if error.exitcode == -signal.SIGXCPU:
        return f"it needed more than {limits.cpu} seconds of CPU"
    if error.exitcode == NO_MEMORY:
        return f"it needed more than {limits.memory} MiB of memory"
    return f"the process that printed it ended with {error.exitcode}"
