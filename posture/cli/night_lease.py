"""The lead of a night, held by a lease from its beginning to its summary."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

from posture.cli.errors import Broken
from posture.engine.clock import Clock, steady
from posture.execute.workers import is_gone
from posture.store.errors import StoreError
from posture.store.store import Store

LEAD: Final = timedelta(minutes=2)  # how long a leader's word holds; it is renewed long before
RENEWED_EVERY: Final = timedelta(seconds=20)
_LOG = logging.getLogger(__name__)


class Lease:
    """The lead of one night: taken by `take`, then renewed beside all else that is done, and given back at the end.

    Whatever writes what another leader might have written asks `must_hold` before.
    """

    def __init__(
        self,
        store: Store,
        night: str,
        holder: str,
        clock: Clock,
        *,
        holds: timedelta = LEAD,
        every: timedelta = RENEWED_EVERY,
    ) -> None:
        self._store = store
        self._night = night
        self.holder = holder
        self._clock = steady(clock())
        self._holds = holds
        self._every = every
        self._over = threading.Event()
        self._lost = False
        self._beside = threading.Thread(target=self._renewing, name="lead", daemon=True)

    def take(self) -> bool:
        """Take the lead, or keep it. False while another living process has it, or the night has ended.

        Raises:
            StoreError: the database failed.
        """
        return self._store.lead_night(self._night, self.holder, self._holds, is_gone, self._clock())

    def must_hold(self) -> None:
        """That the lead is this process's still: by the database, not by what was known a while ago.

        Raises:
            Broken: another process has it by now.
            StoreError: the database failed.
        """
        if self._lost or not self.take():
            raise Broken(
                f"another process leads the night of {self._night} by now", "nothing is lost; see: posture nights"
            )

    def __enter__(self) -> Self:
        self._beside.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._beside.join()
        self._store.leave_night(self._night, self.holder)

    def _renewing(self) -> None:
        while not self._over.wait(self._every.total_seconds()):
            try:
                held = self.take()
            except StoreError as error:  # whoever needs the database now says so; the word holds for a while yet
                _LOG.warning("the lead of the night %s could not be renewed: %s", self._night, error)
                continue
            if not held:
                self._lost = True
                return
