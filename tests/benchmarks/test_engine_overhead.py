"""What the engine costs per (resource x check), beside calling the same checks with no engine at all."""

from __future__ import annotations

import resource as process_resource
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from posture.engine.derive import derive
from posture.engine.plan import plan
from posture.engine.unit import Job, run_unit
from posture.facts.factset import COLLECTED, Facts, without
from posture.facts.host import ListeningSockets, Process, Socket
from posture.facts.key_flaws import KeyFlaws
from posture.facts.network import Login, OpenPort, PortSweep, Vantage
from posture.facts.services import Services
from posture.facts.unavailable import Unavailable
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.finding import Acceptance, Finding
from posture.model.resource import Resource, ResourceKind
from posture.model.run import Source
from posture.model.unit import ClaimedUnit, UnitResult
from posture.policy.load import default_policy
from posture.sdk import Check, Severity, Verdict, check, fail, passed

CHECKS, RESOURCES = 40, 10_000
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def checks() -> list[Check]:
    def one(number: int) -> Check:
        def body(services: Services) -> Iterator[Verdict]:
            """One service in twenty is a failure."""
            for service in services.exposed():
                if number == 0:
                    yield fail("open", subject=service.subject, evidence=service.evidence, port=service.port)
                else:
                    yield passed("closed", subject=service.subject)

        return check(f"exposure.n{number}", title="t", clause="4.4", severity=Severity.HIGH)(body)

    return [one(number) for number in range(CHECKS)]


def facts() -> Facts:
    ports = tuple(OpenPort("198.51.100.2", port, "redis", login=Login.NOT_NEEDED) for port in (22, 80, 6379))
    sweep = PortSweep("198.51.100.2", Vantage.OUTSIDE, "1-65535", ports, 0, NOON, NOON, "nmap 7.93")
    listening = tuple(Socket("tcp", "0.0.0.0", port.port, Process(1, "redis-server")) for port in ports)
    known = without("not looked at", COLLECTED[ResourceKind.HOST])
    return {**known, PortSweep: sweep, ListeningSockets: ListeningSockets(listening, True, NOON)}


class Memoryless:
    """Units without a database: the lifecycle runs, nothing is kept."""

    def __init__(self) -> None:
        self.outcomes = 0

    def claim(self, run: str, worker: str, lease: timedelta, now: datetime) -> ClaimedUnit | None:
        return None

    def commit(self, unit: ClaimedUnit, result: UnitResult, advance, now: datetime) -> bool:
        previous: Sequence[Finding] = ()
        acceptances: Sequence[Acceptance] = ()
        advance(previous, acceptances)
        self.outcomes += len(result.assessments)
        return True

    def last_facts(self, customer: str, resource: str) -> bytes | None:
        return None

    def finish(self, unit: ClaimedUnit, advance, now: datetime, result=None, present=()) -> bool:
        return True


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

    def sources_for(self, release, packages, now) -> tuple[Source, ...]:
        return ()

    def keys(self, keys, now) -> KeyFlaws:
        return KeyFlaws((), len(keys), (), (), now)

    def software_sources(self, ecosystems, now) -> tuple[Source, ...]:
        return ()


def peak_mib() -> float:
    return process_resource.getrusage(process_resource.RUSAGE_SELF).ru_maxrss / 1024


def test_engine_overhead() -> None:
    """Every (resource, check) has its outcome; the figures are printed, with the bare checks beside them."""
    hosts = tuple(Resource(ResourceKind.HOST, f"h{n}", "198.51.100.2") for n in range(RESOURCES))
    grant = Authorization(AuthorizationMethod.CONTRACT, "r", "g", NOON, NOON + timedelta(days=1))
    customer = Customer("bakery", "Bakery", grant, resources=hosts)
    units, same = Memoryless(), facts()
    chosen = plan([customer], checks())
    job = Job(chosen, default_policy(), units, lambda *_: same, NoAdvice(), lambda: NOON)

    def unit(number: int) -> None:
        run_unit(job, ClaimedUnit(number, "r", "bakery", hosts[number].id, 1, 1))

    # A unit's whole path: facts encoded, joined, judged, findings advanced; only collecting and storing are left out.
    for number in range(200):
        unit(number)
    early, started = peak_mib(), time.perf_counter()
    for number in range(RESOURCES):
        unit(number)
    engine = time.perf_counter() - started
    late = peak_mib()
    assert units.outcomes == CHECKS * (RESOURCES + 200)

    known = derive(hosts[0], same, NoAdvice())[Services]
    started = time.perf_counter()
    for _ in range(RESOURCES // 10):
        for one in chosen.checks:
            list(one.judge(known))
    bare = (time.perf_counter() - started) * 10
    pairs = CHECKS * RESOURCES
    print(
        f"\nengine: {engine / pairs * 1e6:.1f} us per (resource x check) over {pairs:,} pairs; bare checks"
        f" {bare / pairs * 1e6:.1f} us, ratio {engine / bare:.1f}; memory {early:.0f} -> {late:.0f} MiB"
    )
    assert late < early * 1.5 + 20, "memory grows with the number of resources"
