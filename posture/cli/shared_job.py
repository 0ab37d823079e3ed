"""What a unit of a night needs, from the database alone: any worker on any machine can do it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from posture.cli.plugins import loaded
from posture.engine.clock import Clock, utc_now
from posture.engine.plan import Plan
from posture.engine.ports import Advisor, Collect
from posture.engine.unit import TIME_LIMIT, Job
from posture.model.policy import Policy
from posture.model.unit import ClaimedUnit
from posture.sdk import Check
from posture.store.store import Store

MOST_KEPT = 512  # customers whose plan is kept in memory: as many as are under way, and some


@dataclass
class SharedJobs:
    """Unit -> job. May be used by many threads; memory does not grow with the number of customers.

    `checks`: what units are judged with; the installed ones by default.
    """

    store: Store
    policy: Policy
    collect: Collect
    advisor: Advisor
    clock: Clock = utc_now
    checks: tuple[Check, ...] = field(default_factory=lambda: loaded().checks)
    _known: OrderedDict[tuple[str, str], Job] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, unit: ClaimedUnit) -> Job | None:
        """The job of a unit's customer in its run; None where the night was wound up and let go of the customer.

        Raises:
            StoreError: the database does not answer.
        """
        key = (unit.run, unit.customer)
        with self._lock:
            if (job := self._known.get(key)) is not None:
                self._known.move_to_end(key)
                return job
        job = self._made(unit)
        if job is None:
            return None
        with self._lock:
            self._known[key] = job
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
        return job

    def _made(self, unit: ClaimedUnit) -> Job | None:
        customer = self.store.part_of_run(unit.run, unit.customer)
        if customer is None:
            return None
        work = ((customer.id, tuple(resource.id for resource in customer.resources)),)
        plan = Plan((customer,), work, self.checks, whole=True)
        return Job(plan, self.policy, self.store, self.collect, self.advisor, self.clock, TIME_LIMIT)
