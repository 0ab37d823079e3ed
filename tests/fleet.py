"""A small fleet with invented facts, run through the real engine, executor and database."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from posture.advisories.weak_keys.fleet_primes import newly_shared
from posture.engine.plan import Plan, plan
from posture.engine.unit import Job
from posture.execute.local import run_local
from posture.execute.workers import is_gone
from posture.facts.authorized_keys import AuthorizedKey, AuthorizedKeys
from posture.facts.factset import COLLECTED, Facts, without
from posture.facts.fleet import FleetKeys
from posture.facts.host import ListeningSockets, Process, Socket
from posture.facts.key_flaws import KeyFlaws
from posture.facts.network import Login, OpenPort, PortSweep, Vantage
from posture.facts.services import Services
from posture.facts.unavailable import Unavailable
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.resource import Resource, ResourceKind
from posture.model.run import Run, Source
from posture.model.unit import ClaimedUnit
from posture.policy.load import default_policy
from posture.sdk import Check, KernelState, Severity, Verdict, check, fail, not_assessed, passed
from posture.store import Store, open_store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@check("exposure.open", title="Something is open", clause="4.4", severity=Severity.HIGH)
def something_open(services: Services) -> Iterator[Verdict]:
    """Every exposed service is a finding."""
    yield passed("looked at")
    for service in services.exposed():
        yield fail("open", subject=service.subject, evidence=service.evidence, port=service.port)


@check("packages.kernel", title="The kernel is old", clause="4.1", severity=Severity.MEDIUM)
def old_kernel(kernel: KernelState) -> Iterator[Verdict]:
    """Never has its fact in this fleet."""
    yield not_assessed("never reached")


@check("exposure.broken", title="A check with a defect", clause="4.4", severity=Severity.LOW)
def broken(services: Services) -> Iterator[Verdict]:
    """Raises on every second host."""
    if len(services.services) % 2:
        raise RuntimeError("a defect")
    yield passed("fine")


def customers(count: int = 3, hosts: int = 4) -> list[Customer]:
    grant = Authorization(AuthorizationMethod.CONTRACT, "r", "g", NOON - timedelta(1), NOON + timedelta(days=99_999))
    return [
        Customer(f"c{c}", f"Customer {c}", grant, resources=tuple(_host(f"c{c}-h{h}") for h in range(hosts)))
        for c in range(count)
    ]


@check("keys.everywhere", title="A key is known elsewhere", clause="4.3", severity=Severity.HIGH)
def known_elsewhere(fleet: FleetKeys) -> Iterator[Verdict]:
    """Tells all that the comparison of hosts says."""
    yield passed("looked at")
    for key in fleet.keys:
        hosts = ",".join(sorted({place.resource for place in key.places}))
        yield fail(f"{hosts} and {key.elsewhere} others", subject=key.fingerprint)


CHECKS: Sequence[Check] = (something_open, old_kernel, broken, known_elsewhere)


def key_line(name: str, account: str) -> AuthorizedKey:
    """A line with a key of that name."""
    path, print_ = f"/home/{account}/.ssh/authorized_keys", f"SHA256:{name}"
    return AuthorizedKey(account, 0 if account == "root" else 1000, path, 1, "ssh-ed25519", 256, print_, name)


def _host(name: str) -> Resource:
    return Resource(ResourceKind.HOST, name, "198.51.100.2")


def facts_of(resource: Resource) -> Facts:
    """The same for the same resource, whenever and by whomever it is asked; every fifth host cannot be looked at."""
    seed = hashlib.sha256(resource.id.encode()).digest()
    known = without("the host is down", COLLECTED[ResourceKind.HOST])
    if seed[0] % 5 == 0:
        return known
    ports = tuple(
        OpenPort("198.51.100.2", 1000 + seed[n], "redis", login=Login.NOT_NEEDED) for n in range(1, 1 + seed[0] % 3)
    )
    sweep = PortSweep("198.51.100.2", Vantage.OUTSIDE, "1-65535", ports, 0, NOON, NOON, "nmap 7.93")
    sockets = ListeningSockets(
        tuple(Socket("tcp", "0.0.0.0", p.port, Process(7, "redis-server")) for p in ports), True, NOON
    )
    lines = tuple(key_line(f"key {seed[n] % 5}", "root") for n in range(3, 5))  # some are known to several customers
    keys = AuthorizedKeys(lines, ("root",), (), (), "", NOON)
    return {**known, PortSweep: sweep, ListeningSockets: sockets, AuthorizedKeys: keys}


class Collector:
    """Invented facts after a delay of some milliseconds."""

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay

    def __call__(self, customer: Customer, resource: Resource, run: str, deadline: datetime, earlier: Facts) -> Facts:
        time.sleep(self.delay)
        return facts_of(resource)


class NoAdvice:
    def pending(self, release, packages, now):
        return Unavailable("no index")

    def support(self, release, now):
        return Unavailable("no data")

    def unsupported(self, release, packages, now):
        return Unavailable("no data")

    def languages(self, packages, now):
        return Unavailable("no data")

    def applications(self, found, now):
        return Unavailable("no data")

    def servers(self, services, now):
        return Unavailable("no data")

    def shared_primes(self, new, known):
        return newly_shared(new, known)

    def sources_for(self, release, packages, now) -> tuple[Source, ...]:
        return ()

    def keys(self, keys, now) -> KeyFlaws:
        return KeyFlaws((), len(keys), (), (), now)

    def software_sources(self, ecosystems, now) -> tuple[Source, ...]:
        return ()


class Silent:
    def started(self, unit: ClaimedUnit) -> None: ...

    def ended(self, unit: ClaimedUnit) -> None: ...


class Told(Silent):
    """Says each unit that ended, for a test that waits for it."""

    def ended(self, unit: ClaimedUnit) -> None:
        print(f"{unit.customer}/{unit.resource}", flush=True)


def planned(fleet: Sequence[Customer], *globs: str) -> Plan:
    return plan(fleet, CHECKS, globs)


def audit(
    store: Store,
    fleet: Sequence[Customer],
    *,
    run: str,
    threads: int = 1,
    delay: float = 0.0,
    watcher=None,
    checks: Sequence[str] = (),
) -> None:
    """Begin the run or go on with it, to its end; of all checks or of those with these names."""
    chosen = planned(fleet, *checks)
    if store.unfinished_run(chosen.digest) is None:
        work = [(chosen.customer[customer], resources) for customer, resources in chosen.work]
        store.start_run(Run(run, NOON, "test", "test", whole=chosen.whole), chosen.digest, work, NOON)
    else:
        store.release_leases(run, is_gone, datetime.now(UTC))
    job = Job(chosen, default_policy(), store, Collector(delay), NoAdvice(), lambda: datetime.now(UTC))
    run_local(job, store, run, watcher or Silent(), threads)


if __name__ == "__main__":
    with open_store(f"sqlite:///{Path(sys.argv[1])}") as opened:
        audit(opened, customers(), run="run-1", threads=3, delay=0.05, watcher=Told())
