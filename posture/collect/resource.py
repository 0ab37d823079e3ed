"""Everything that is collected of one resource: both sides of a host at the same time, under one gate."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from posture.collect.host.collect import collect_inside
from posture.collect.network.collect import collect_outside
from posture.collect.network.identity import NAMELESS, Identity
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


NOTHING_KNOWN: Facts = {}


@dataclass(frozen=True, slots=True)
class ResourceCollector:
    """Collects from real hosts; fits posture.engine.ports.Collect.

    `rolling`: look at the ports of the night's plan (posture.collect.network.port_plan) instead of all. `identity` is
    what the scanner calls itself.
    """

    clock: Callable[[], datetime]
    log: ActionLog
    prepare: Prepare
    rolling: bool = False
    identity: Identity = NAMELESS

    def __call__(
        self,
        customer: Customer,
        resource: Resource,
        run: str,
        deadline: datetime,
        earlier: Facts = NOTHING_KNOWN,  # noqa: ARG002
    ) -> Facts:
        """Look at a resource from outside and inside; `earlier` is what was known of it before.

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
