"""For those who begin a night: wake workers, and see whether there are any."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from procrastinate import App
from procrastinate.exceptions import ConnectorException

from posture.execute.procrastinate_app import MOST_WAKE_UPS, queue, waiting, wake, wake_urgent
from posture.execute.procrastinate_schema import NoQueue, told
from posture.store.errors import DatabaseUnreachable

_ALIVE: Final = 30  # seconds since a worker's last sign of life


def wake_workers(url: str, how_many: int) -> int:
    """Wake so many slots of workers, 256 at most, each of which takes units until none is free.

    Wake-ups that wait already count: to call it again and again fills no queue.

    Returns:
        How many worker processes are alive now; 0: nobody will come before one is started.

    Raises:
        DatabaseUnreachable: the queue cannot be reached, or has no tables (posture db upgrade).
    """
    with _explaining():
        return asyncio.run(_woken(url, how_many))


def wake_for_urgent(url: str) -> None:
    """Wake a slot that is kept for urgent units (of priority 50 or more).

    Raises:
        DatabaseUnreachable: as of `wake_workers`.
    """
    with _explaining():
        asyncio.run(_woken_for_urgent(url))


@contextmanager
def _explaining() -> Iterator[None]:
    try:
        yield
    except (ConnectorException, psycopg.Error) as error:
        raise DatabaseUnreachable(f"the queue that wakes workers cannot be reached ({told(error)})") from error
    except NoQueue as error:
        raise DatabaseUnreachable(f"the queue that wakes workers cannot be reached: {error}") from error


async def _woken(url: str, how_many: int) -> int:
    app = queue(url, connections=1)
    async with app.open_async():
        await wake(app, min(how_many, MOST_WAKE_UPS) - await waiting(app))
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
