"""What a worker makes sure of before it takes a unit: each of these would give wrong results quietly."""

from __future__ import annotations

import logging
from datetime import timedelta
from threading import Lock
from typing import Final

from posture import __version__
from posture.cli.errors import Broken, Usage
from posture.engine.clock import Clock
from posture.model.policy import Policy
from posture.model.shared_run import SharedRun
from posture.store.errors import SchemaNewer, SchemaOlder, StoreError
from posture.store.store import Store, open_store

MOST_APART: Final = timedelta(seconds=30)
_LOG = logging.getLogger("posture.worker")


def database_for_workers(url: str) -> Store:
    """The database, as it is: workers change no table's shape.

    Raises:
        Usage: it is SQLite, or its tables are of another version of posture.
        Broken: it does not answer.
    """
    if not url.startswith("postgres"):
        raise Usage(
            "workers need PostgreSQL: a SQLite file is for one machine and one process",
            "name it with --database postgresql://USER@HOST/NAME, or run: posture nightly --executor threads",
        )
    try:
        return open_store(url)
    except (SchemaOlder, SchemaNewer) as error:
        raise Usage(str(error)) from error
    except StoreError as error:
        raise Broken(str(error)) from error


def refuse_another_clock(store: Store, clock: Clock) -> None:
    """Who works with a clock that is off takes units or a night that others hold, or keeps what it lost.

    Raises:
        Usage: it differs by more than `MOST_APART` from the database server's.
    """
    before = clock()
    theirs = store.server_time()
    if theirs is None:
        return
    apart = max(before - theirs, theirs - clock(), timedelta())
    if apart > MOST_APART:
        raise Usage(
            f"this machine's clock differs from the database server's by {apart.total_seconds():.0f} seconds; leases "
            "and windows would be wrong",
            "let chrony set the clocks of all machines: apt-get install chrony; chronyc tracking tells how it goes",
        )


class OpenRuns:
    """The runs this worker may take units of, and their rules; for many threads.

    A run that is held against another policy is refused: its findings would depend on who looked.
    """

    def __init__(self, store: Store, policy: Policy) -> None:
        self._store = store
        self._policy = policy
        self._known: dict[str, SharedRun] = {}
        self._lock = Lock()

    def look(self) -> None:
        """Read the runs that are open now.

        Raises:
            Usage: one of them is held against another policy.
        """
        with self._lock:
            self._known = {run.id: self._known.get(run.id) or self._allowed(run) for run in self._store.shared_runs()}

    def of(self, run: str) -> SharedRun | None:
        """The run; None when it is not open any more.

        Raises:
            Usage: it is held against another policy.
        """
        if run not in self._known:
            self.look()
        return self._known.get(run)

    def _allowed(self, run: SharedRun) -> SharedRun:
        if run.rules.policy not in {"", self._policy.digest}:
            raise Usage(
                f"the run {run.id} is held against another policy than this worker's {self._policy.name} "
                f"{self._policy.version}",
                "give all machines the same file, and name it with --policy",
            )
        if run.posture_version != __version__:
            _LOG.warning(
                "the run %s was begun by posture %s, this is %s; going on", run.id, run.posture_version, __version__
            )
        return run
