"""For those who begin a night: wake workers, and see whether there are any."""

from __future__ import annotations

import asyncio
from typing import Final

from procrastinate import App

from posture.execute.procrastinate_app import queue, wake, wake_urgent

_ALIVE: Final = 30  # seconds since a worker's last sign of life


def wake_workers(url: str, how_many: int) -> int:
    """Wake so many slots of workers, 256 at most, each of which takes units until none is free.

    Returns:
        How many worker processes are alive now; 0: nobody will come before one is started.

    Raises:
        procrastinate.exceptions.ConnectorException: the queue cannot be reached, or has no tables (posture db upgrade).
    """
    return asyncio.run(_woken(url, how_many))


def wake_for_urgent(url: str) -> None:
    """Wake a slot that is kept for urgent units (of priority 50 or more).

    Raises:
        procrastinate.exceptions.ConnectorException: as of `wake_workers`.
    """
    asyncio.run(_woken_for_urgent(url))


async def _woken(url: str, how_many: int) -> int:
    app = queue(url, connections=1)
    async with app.open_async():
        await wake(app, how_many)
        return await _alive(app)


async def _woken_for_urgent(url: str) -> None:
    app = queue(url, connections=1)
    async with app.open_async():
        await wake_urgent(app)


async def _alive(app: App) -> int:
    row = await app.connector.execute_query_one_async(
        "SELECT count(*) AS beating FROM procrastinate_workers WHERE last_heartbeat > now() - %(age)s * interval '1 s'",
        age=_ALIVE,
    )
    return (int(row["beating"]) + 1) // 2  # a process has two, one of them for what is urgent
