"""The queue: wake-ups without content. What there is to do stands in the table of units alone.

Three tasks: `take` wakes one slot, which takes units until none is free; `urgent` wakes the slot that is kept for what
is urgent; `sweep` runs every minute on one of the workers and mends what faults left.
"""

from __future__ import annotations

import contextlib
from typing import Any, Final, Protocol

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.job_context import JobContext
from procrastinate.jobs import Status
from psycopg import AsyncConnection

from posture.execute.procrastinate_schema import SCHEMA, conninfo

UNITS: Final = "posture.units"
URGENT_UNITS: Final = "posture.urgent"
SWEEP: Final = "posture.sweep"

MOST_WAKE_UPS: Final = 256  # of one call: more only wait in the queue, and each slot that wakes wakes the next
_SIBLING: Final = "posture.sibling"
_UNITS: Final = 50  # of one job; then it makes room and wakes its successor
_SECONDS: Final = 300.0  # likewise
_SEEDS: Final = 16  # slots that a sweep wakes; each wakes the next
_FOR_A_CONNECTION: Final = 5.0  # seconds; whoever waits longer takes the database for lost
EVERY_MINUTE: Final = "* * * * *"
_AS_URGENT: Final = 100


class Turns(Protocol):
    """What a woken worker does."""

    async def take(self, most: int, seconds: float) -> int:
        """Take units with one slot until none is free, or so many are done, or the time is over; how many were done."""

    async def take_urgent(self, most: int) -> int:
        """As `take`, of urgent units alone, with the slot that is kept for them."""

    async def free(self, most: int) -> int:
        """How many units are free now, `most` at most."""

    async def sweep(self) -> None:
        """Free what workers hold that are gone."""


def queue(url: str, *, connections: int, sweeps: str = EVERY_MINUTE) -> procrastinate.App:
    """The queue of a database, with its tasks; open it before use (``async with app.open_async()``)."""
    connector = procrastinate.PsycopgConnector(
        conninfo=conninfo(url),
        min_size=1,
        max_size=connections,
        timeout=15,
        reconnect_timeout=60,
        configure=_within_schema,
    )
    # A minute that nobody was there for is not made up for: the sweep that comes finds all that there is to find.
    app = procrastinate.App(connector=connector, periodic_defaults={"max_delay": 50})
    app.task(name=UNITS, queue=UNITS, pass_context=True)(_take)
    app.task(name=URGENT_UNITS, queue=URGENT_UNITS, priority=_AS_URGENT, pass_context=True)(_take_urgent)
    sweep = app.task(name=SWEEP, queue=SWEEP, queueing_lock=SWEEP, pass_context=True)(_sweep)
    app.periodic(cron=sweeps, periodic_id=SWEEP)(sweep)
    return app


async def wake(app: procrastinate.App, slots: int) -> None:
    """Wake so many slots, wherever they are."""
    if slots > 0:
        await app.configure_task(UNITS).batch_defer_async(*({} for _ in range(min(slots, MOST_WAKE_UPS))))


async def waiting(app: procrastinate.App) -> int:
    """How many wake-ups no slot has taken yet."""
    row = await app.connector.execute_query_one_async(
        "SELECT count(*) AS waiting FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = %(queue)s",
        queue=UNITS,
    )
    return int(row["waiting"])


async def wake_urgent(app: procrastinate.App) -> None:
    """Wake the slots that are kept for what is urgent, one of each worker at most."""
    await app.configure_task(URGENT_UNITS).defer_async()


async def _take(context: JobContext) -> None:
    """Take units for a while. A slot that found one wakes another where there are more: so all wake, and no more."""
    turns, app = _turns(context), context.app
    if not await turns.take(1, _SECONDS):
        return
    if await turns.free(1):
        with contextlib.suppress(AlreadyEnqueued):
            await app.configure_task(UNITS, queueing_lock=_SIBLING).defer_async()
    if await turns.take(_UNITS - 1, _SECONDS) and await turns.free(1):  # others' turn: an urgent one, a new version
        await wake(app, 1)


async def _take_urgent(context: JobContext) -> None:
    if await _turns(context).take_urgent(_UNITS) == _UNITS:
        await wake_urgent(context.app)


async def _sweep(context: JobContext, timestamp: int) -> None:  # noqa: ARG001  Procrastinate's signature
    """Mend what faults left: jobs and leases of workers that are gone, and free units that nobody was woken for."""
    app, turns = context.app, _turns(context)
    await drop_stalled(app)
    await turns.sweep()
    await wake(app, await turns.free(_SEEDS) - await waiting(app))


def _turns(context: JobContext) -> Turns:
    found: Turns = context.additional_context["turns"]
    return found


async def drop_stalled(app: procrastinate.App) -> int:
    """Take jobs of workers that are gone out of the queue; how many.

    They hold nothing that would be lost. To retry them could fail: one of their kind may be waiting already.
    """
    stalled = [job.id for job in await app.job_manager.get_stalled_jobs() if job.id is not None]
    for number in stalled:
        await app.job_manager.finish_job_by_id_async(number, Status.FAILED, delete_job=True)
    return len(stalled)


async def _within_schema(connection: AsyncConnection[Any]) -> None:
    """Let names mean the queue's tables; by a statement, so that the URL's own options stay as they are."""
    before = connection.autocommit
    await connection.set_autocommit(True)
    await connection.execute(f"SET search_path TO {SCHEMA}")
    await connection.set_autocommit(before)
