"""Everything that is collected of one resource: both sides of a host at the same time, under one gate."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from posture.collect.host.collect import collect_inside
from posture.collect.network.collect import collect_outside
from posture.collect.scope import ActionLog, ScopeError, ScopeGate
from posture.facts.factset import COLLECTED, OUTSIDE, Facts, without
from posture.facts.host import OsRelease
from posture.facts.network import PortSweep
from posture.facts.packages import InstalledPackages
from posture.model.customer import Customer
from posture.model.resource import Resource, ResourceKind

Prepare = Callable[[OsRelease, InstalledPackages, datetime], None]
"""Told of each system met, so that what its distribution offers can be fetched before anything is judged.

Nothing is fetched after the deadline, the last argument.
"""


@dataclass(frozen=True, slots=True)
class ResourceCollector:
    """Collects from real hosts; fits posture.engine.ports.Collect."""

    clock: Callable[[], datetime]
    log: ActionLog
    prepare: Prepare

    def __call__(self, customer: Customer, resource: Resource, run: str, deadline: datetime) -> Facts:
        """Look at a resource from outside and inside.

        A kind that cannot be looked at yet has no facts. A target that the gate refuses is not contacted from either
        side, and all its facts are unavailable for that reason.
        """
        if resource.kind is not ResourceKind.HOST:
            return {}
        gate = ScopeGate(customer, run, self.clock, self.log)
        try:
            gate.permit(resource.address, "audit")
        except ScopeError as refusal:
            return without(str(refusal), COLLECTED[ResourceKind.HOST])
        with ThreadPoolExecutor(1, thread_name_prefix="outside") as beside:
            outside = beside.submit(collect_outside, resource, gate, self.clock, deadline)
            inside = collect_inside(resource, gate, self.clock, deadline)
            self._prepare(inside, deadline)
            return {**without("not looked at", OUTSIDE), PortSweep: outside.result(), **inside}

    def _prepare(self, inside: Facts, deadline: datetime) -> None:
        release, packages = inside[OsRelease], inside[InstalledPackages]
        if isinstance(release, OsRelease) and isinstance(packages, InstalledPackages):
            self.prepare(release, packages, deadline)
