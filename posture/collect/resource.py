"""Everything that is collected of one resource: both sides of a host at the same time, under one gate."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any

from posture.collect.action_log import ActionLog
from posture.collect.host.bundle import SentIn
from posture.collect.host.collect import collect_inside, inside_of
from posture.collect.host.trust import NOBODY_KNOWN, KnownHosts
from posture.collect.network.collect import collect_outside
from posture.collect.network.scanner import Scanner
from posture.collect.redaction_key import customer_key
from posture.collect.scope import Revoked, ScopeError, ScopeGate, never_revoked
from posture.collect.sessions import SESSIONS_AT_ONCE
from posture.facts.factset import COLLECTED, INSIDE, OUTSIDE, Facts, without
from posture.facts.host import ListeningSockets, OsRelease
from posture.facts.packages import InstalledPackages
from posture.facts.unavailable import Unavailable
from posture.model.customer import Customer
from posture.model.outage import Outage
from posture.model.resource import Resource, ResourceKind
from posture.model.text import visible, visible_lines

Prepare = Callable[[OsRelease, InstalledPackages, datetime], None]
"""Told of each system met, so that what its distribution offers can be fetched before anything is judged.

Nothing is fetched after the deadline, the last argument.
"""


_LOG = logging.getLogger(__name__)
_FRAMES = 10  # of the stack a defect is logged with, the innermost
NOTHING_KNOWN: Facts = {}


@dataclass(frozen=True, slots=True)
class ResourceCollector:
    """Collects from real hosts; fits posture.engine.ports.Collect.

    Any number of hosts may be looked at from outside at once: they share the scanner's pool. Sessions inside mostly
    wait for their hosts; `sessions` bounds them where the hosts are this very machine, or its memory is short. `known`
    is what hosts are known by besides the inventory. `redaction` is the installation's key for the fingerprints of
    secrets. `bundles` are what hosts (customer's id, resource's id) said by themselves, instead of a session inside.
    `resolvers` are who to ask of domains and names, as POSTURE_RESOLVER has it; empty: the system's.
    `revoked` tells all gates what was revoked meanwhile. `sides`: whether hosts are looked at from outside, and inside;
    what is not looked at stays as it was seen before, with the time of that look.
    """

    log: ActionLog
    prepare: Prepare
    scanner: Scanner
    sessions: AbstractContextManager[bool] = field(default_factory=lambda: BoundedSemaphore(SESSIONS_AT_ONCE))
    redaction: bytes = field(default=b"", repr=False)
    bundles: Mapping[tuple[str, str], SentIn] = field(default_factory=dict)
    known: KnownHosts = NOBODY_KNOWN
    resolvers: str = ""
    revoked: Revoked = never_revoked
    sides: tuple[bool, bool] = (True, True)

    def __call__(
        self,
        customer: Customer,
        resource: Resource,
        run: str,
        deadline: datetime,
        earlier: Facts = NOTHING_KNOWN,
    ) -> Facts:
        """Look at a resource from outside and inside; `earlier` is what was known of it before.

        A kind that cannot be looked at yet has no facts. A target that the gate refuses is not contacted from either
        side, and all its facts are unavailable for that reason.
        """
        clock = self.scanner.clock
        gate = ScopeGate(customer, run, clock, self.log, pace=self.scanner.pace, revoked=self.revoked)
        if resource.kind is ResourceKind.REPOSITORY:
            return self._repository(customer, resource, gate, deadline)
        if resource.kind is ResourceKind.AWS_ACCOUNT:
            return self._aws_account(customer, resource, gate, deadline, earlier)
        if resource.kind is ResourceKind.ACCOUNTS:
            return self._accounts(resource, gate, deadline)
        if resource.kind is ResourceKind.DOMAIN:
            return self._domain(resource, gate, deadline)
        if resource.kind is not ResourceKind.HOST:
            return {}
        try:
            gate.permit(resource.address, "audit")
        except ScopeError as refusal:
            return without(str(refusal), COLLECTED[ResourceKind.HOST])
        outside_too, inside_too = self.sides
        if not outside_too:
            with self.sessions:
                now_inside = self._inside(customer, resource, gate, deadline)
                self._prepare(now_inside, deadline)
            return {**_as_before(earlier, OUTSIDE), **now_inside}
        if not inside_too:
            seen = collect_outside(resource, gate, self.scanner, deadline, earlier, tuple, self.resolvers)
            return {**seen, **_as_before(earlier, INSIDE)}
        with ThreadPoolExecutor(1, thread_name_prefix="outside") as beside:
            listening: Future[tuple[int, ...]] = Future()
            known = (earlier, listening.result, self.resolvers)
            outside = beside.submit(collect_outside, resource, gate, self.scanner, deadline, *known)
            inside: Facts = {}
            try:
                with self.sessions:
                    inside = self._inside(customer, resource, gate, deadline)
                    self._prepare(inside, deadline)
            finally:
                listening.set_result(_listening(inside))
            return {**_whatever_came(outside, resource), **inside}

    def _inside(self, customer: Customer, resource: Resource, gate: ScopeGate, deadline: datetime) -> Facts:
        sent_in = self.bundles.get((customer.id, resource.id))
        if sent_in is not None:
            return inside_of(sent_in, resource, self.scanner.clock())
        key = customer_key(self.redaction, customer.id) if self.redaction else ""
        return collect_inside(resource, gate, self.scanner.clock, deadline, key=key, known=self.known)

    def _aws_account(
        self, customer: Customer, resource: Resource, gate: ScopeGate, deadline: datetime, earlier: Facts
    ) -> Facts:
        from posture.collect.aws.collect import Look, collect_account  # noqa: PLC0415  boto3 takes 200 ms to load
        from posture.collect.leaks.detector import own_detector  # noqa: PLC0415

        detector = own_detector(bytes.fromhex(customer_key(self.redaction, customer.id)))
        return collect_account(resource, Look(gate, self.scanner.clock, deadline), earlier, detector)

    def _accounts(self, resource: Resource, gate: ScopeGate, deadline: datetime) -> Facts:
        from posture.collect.accounts.collect import collect_accounts  # noqa: PLC0415  TLS and eleven readers

        return collect_accounts(resource, gate, self.scanner.clock, deadline, self.scanner.identity.user_agent)

    def _domain(self, resource: Resource, gate: ScopeGate, deadline: datetime) -> Facts:
        from posture.collect.email.collect import collect_domain  # noqa: PLC0415  dnspython takes 60 ms to load

        clock, who = self.scanner.clock, self.scanner.identity
        return collect_domain(resource, gate, clock, deadline, who, self.resolvers)

    def _repository(self, customer: Customer, resource: Resource, gate: ScopeGate, deadline: datetime) -> Facts:
        from posture.collect.leaks.detector import own_detector  # noqa: PLC0415  its engines take 50 ms to load
        from posture.collect.repository.resource import collect_repository  # noqa: PLC0415

        detector = own_detector(bytes.fromhex(customer_key(self.redaction, customer.id)))
        return collect_repository(resource, detector, gate, self.scanner.clock, deadline)

    def _prepare(self, inside: Facts, deadline: datetime) -> None:
        release, packages = inside[OsRelease], inside[InstalledPackages]
        if isinstance(release, OsRelease) and isinstance(packages, InstalledPackages):
            self.prepare(release, packages, deadline)


def _as_before(earlier: Facts, types: tuple[type[Any], ...]) -> Facts:
    return {fact: earlier.get(fact, Unavailable("it was not looked at this time")) for fact in types}


def _listening(inside: Facts) -> tuple[int, ...]:
    """The TCP ports that something listens on for other machines."""
    seen = inside.get(ListeningSockets)
    sockets = seen.sockets if isinstance(seen, ListeningSockets) else ()
    return tuple(s.port for s in sockets if s.protocol == "tcp" and not s.address.startswith(("127.", "::1")))


def _whatever_came(outside: Future[Facts], resource: Resource) -> Facts:
    """What the network said. A defect met there must not throw away what was seen inside: strangers speak out there."""
    error = outside.exception()
    if not isinstance(error, Exception) or isinstance(error, Outage):
        return outside.result()
    where = "\n".join(visible_lines("".join(traceback.format_tb(error.__traceback__, -_FRAMES))))
    said = visible(f"{type(error).__name__}: {error}")
    _LOG.error("%s: looking at it from outside failed\n%s\n%s", visible(resource.id), where, said)
    what = f"a defect of this program ({type(error).__name__})"
    return without(f"looking at it from outside failed, which is {what}: the auditor's log says more", OUTSIDE)
