"""A worker that the queue wakes: it may run on any machine that reaches the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

import psycopg
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from posture.execute.patience import Patience
from posture.execute.procrastinate_app import SWEEP, UNITS, URGENT_UNITS, queue, wake
from posture.execute.procrastinate_schema import told
from posture.execute.shift import URGENT, Shift, tell
from posture.execute.workers import is_gone
from posture.model.unit import ClaimedUnit
from posture.store.store import Store

_CONNECTIONS: Final = 4  # of the queue, beside those of the store
_ASIDE: Final = 3  # threads for looks at the table
_BROKEN_OFF: Final = 2.0  # seconds for jobs to come to an end when the database is lost
_BEFORE_THE_NEXT: Final = 1.0
_TICK: Final = 0.1

T = TypeVar("T")


@dataclass
class Woken:
    """Slots that take units when they are woken; fits posture.execute.procrastinate_app.Turns.

    `lost` are the errors that mean: the database is away for a while. `grace` is for units under way when the shift is
    stopped. `sweeps` says when sweeps are due, as crontab(5) does.
    """

    store: Store
    shift: Shift
    patience: Patience
    lost: tuple[type[Exception], ...]
    threads: int
    grace: float
    sweeps: str
    failed: BaseException | None = None
    _slots: ThreadPoolExecutor = field(init=False)
    _urgent: ThreadPoolExecutor = field(init=False)
    _aside: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._slots = ThreadPoolExecutor(self.threads, thread_name_prefix="unit")
        self._urgent = ThreadPoolExecutor(1, thread_name_prefix="urgent")
        self._aside = ThreadPoolExecutor(_ASIDE, thread_name_prefix="aside")

    async def work(self, url: str) -> None:
        """Serve the queue until the shift is stopped and its grace is over.

        Raises:
            Gone: the database went away and stayed away.
            Exception: what else the store raised.
        """
        try:
            while not self.shift.stop.is_set():
                try:
                    await self._serve(url)
                except (ConnectorException, psycopg.Error, OSError) as error:
                    tell("queue lost", why=told(error))
                if self.failed is not None:
                    raise self.failed
                if not self.shift.stop.is_set():
                    await asyncio.sleep(_BEFORE_THE_NEXT)
                    await self._beside(self._wait_for_the_database)
        finally:
            self.shift.stop.set()
            for pool in (self._slots, self._urgent, self._aside):
                pool.shutdown(wait=False, cancel_futures=True)

    async def take(self, most: int, seconds: float) -> int:
        """Take units with one slot."""
        return await self._within(self._slots, partial(self._turn, self.shift.claim, most, seconds))

    async def take_urgent(self, most: int) -> int:
        """Take urgent units with the slot that is kept for them."""
        claim = partial(self.shift.claim, URGENT)
        return await self._within(self._urgent, partial(self._turn, claim, most, None))

    async def free(self, most: int) -> int:
        """How many units are free."""
        if self.shift.stop.is_set():
            return 0
        return await self._beside(lambda: self.store.free_units(most, self.shift.clock()))

    async def sweep(self) -> None:
        """Free what workers of this machine hold that are gone; elsewhere the leases run out."""
        await self._beside(self._sweep)

    async def _serve(self, url: str) -> None:
        """Until the shift is stopped, or the queue fails."""
        app = queue(url, connections=_CONNECTIONS, sweeps=self.sweeps)
        async with app.open_async():
            workers = (
                self._worker(app, "units", [UNITS, URGENT_UNITS], self.threads),
                self._worker(app, "urgent", [URGENT_UNITS, SWEEP], 2),
            )
            await wake(
                app, min(await self.free(self.threads), self.threads)
            )  # what others left, e.g. before an upgrade
            serving = [asyncio.create_task(worker.run()) for worker in workers]  # type: ignore[no-untyped-call]
            while not self.shift.stop.is_set() and self.failed is None and not any(one.done() for one in serving):
                await asyncio.wait(serving, timeout=_TICK, return_when=asyncio.FIRST_COMPLETED)
            for worker in workers:
                worker.shutdown_graceful_timeout = self.grace if self.shift.stop.is_set() else _BROKEN_OFF
                worker.stop()  # type: ignore[no-untyped-call]
            for outcome in await asyncio.gather(*serving, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome

    def _worker(self, app: App, name: str, queues: list[str], concurrency: int) -> Worker:
        return Worker(
            app,
            queues=queues,
            name=name,
            concurrency=concurrency,
            delete_jobs="always",
            install_signal_handlers=False,
            shutdown_graceful_timeout=_BROKEN_OFF,
            additional_context={"turns": self},
        )

    def _turn(self, claim: Callable[[], ClaimedUnit | None], most: int, seconds: float | None) -> int:
        """A slot's turn, in a thread of its own; a database that comes back is waited for."""
        while True:
            try:
                done = self.shift.turn(claim, most, seconds)
                self.patience.well()
            except self.lost as error:
                tell("database lost", why=error)
                self.shift.stop.wait(_BEFORE_THE_NEXT)
                self._wait_for_the_database()
                if self.shift.stop.is_set():
                    return 0
            else:
                return done

    def _wait_for_the_database(self) -> None:
        if self.patience.wait(self.shift.stop):
            try:
                tell("database is back", given_back=self.shift.give_back_dropped())
            except self.lost:  # gone again: the next time, or when the lease runs out
                return

    def _sweep(self) -> None:
        for run in self.store.shared_runs():
            if freed := self.store.release_leases(run.id, is_gone, self.shift.clock()):
                tell("freed units of workers that are gone", run=run.id, units=freed)

    async def _beside(self, work: Callable[[], T]) -> T:
        return await self._within(self._aside, work)

    async def _within(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work)
        except BaseException as error:
            if not isinstance(error, (*self.lost, asyncio.CancelledError)):
                self.failed = self.failed or error
            raise
