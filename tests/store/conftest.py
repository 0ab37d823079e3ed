"""Both databases, a store on each, and factories of what is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from owner import OWNER

from posture.model.assessment import Assessment, CheckInfo
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.finding import Acceptance, Finding, FindingStatus, finding_id
from posture.model.policy import Policy, Provider
from posture.model.resource import Resource, ResourceKind, SshAccess
from posture.model.run import Run
from posture.model.secret import SecretRef
from posture.model.severity import Severity
from posture.model.unit import ClaimedUnit, UnitResult
from posture.model.verdict import Evidence, Outcome, Verdict
from posture.store import Store, open_store

NOW = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
LEASE = timedelta(minutes=20)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table; on PostgreSQL for its owner."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/posture.db"
    return request.getfixturevalue("postgresql").new(role=OWNER)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database, on PostgreSQL with the tables made already."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/posture.db"
    return request.getfixturevalue("postgresql").new("posture_0")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened


class Make:
    """Factories."""

    now = NOW
    lease = LEASE

    def customer(self, name: str = "bakery", resources: Sequence[str] = ("web1",)) -> Customer:
        grant = Authorization(
            AuthorizationMethod.CONTRACT, f"MSA-{name}", "Jane Doe", NOW - timedelta(days=9), NOW + timedelta(days=9)
        )
        ssh = SshAccess("auditor", SecretRef.parse("file:/etc/posture/key"), ("SHA256:abc",))
        return Customer(
            id=name,
            name=f"Example {name} GmbH",
            authorization=grant,
            networks=(ip_network("198.51.100.0/28"), ip_network("2001:db8::/64")),
            exclude=(ip_network("198.51.100.9/32"),),
            resources=tuple(Resource(ResourceKind.HOST, r, "198.51.100.2", ssh) for r in resources),
            timezone="Europe/Berlin",
        )

    def run(self, number: int = 1) -> Run:
        started = NOW + timedelta(days=number)
        return Run(f"{started:%Y%m%dT%H%M%S}Z-{number:04x}", started, "0.1.0", "Coma Cloud 2026")

    def policy(self) -> Policy:
        return Policy("Coma Cloud", "2026", Provider("Coma Cloud", "abuse@coma.example"), (), {}, Severity.MEDIUM)

    def check(self, name: str = "exposure.redis-no-auth") -> CheckInfo:
        return CheckInfo(name, "Redis answers without a password", "4.4", Severity.CRITICAL, ("cis@8.1:4.4",))

    def result(self, resource: str = "web1", text: str = "seen", at: datetime = NOW, facts: str = "") -> UnitResult:
        verdict = Verdict(Outcome.FAIL, text, "6379/tcp", None, (Evidence("probe", text, at),), (("port", 6379),))
        return UnitResult(
            f'{{"facts":"{resource} {facts or text}"}}'.encode(),
            (Assessment(self.check(), resource, Outcome.FAIL, "", (verdict,)),),
        )

    def finding(self, customer: str = "bakery", resource: str = "web1", subject: str = "6379/tcp", **other) -> Finding:
        check = self.check()
        plain = Finding(
            id=finding_id(customer, resource, check.id, subject),
            customer=customer,
            resource=resource,
            check=check,
            subject=subject,
            summary="Anyone can read and erase this data",
            severity=Severity.CRITICAL,
            status=FindingStatus.NEW,
            first_seen=NOW,
            last_seen=NOW,
            due=NOW + timedelta(days=2),
            last_run="",
            evidence=(Evidence("probe", "+PONG", NOW),),
            details=(("port", 6379), ("names", ("a", "b")), ("public", True), ("package", "redis-server")),
        )
        return replace(plain, **other)

    def acceptance(self, finding: Finding) -> Acceptance:
        until = NOW + timedelta(days=200)
        given = (finding.severity, finding.times_reopened)
        return Acceptance(finding.id, finding.customer, "moved soon", "Jane Doe", NOW, until, *given)

    def sees(self, unit: ClaimedUnit, *subjects: str, now: datetime = NOW) -> Callable[..., Sequence[Finding]]:
        """An advance that knows a failure for each subject, and takes the resource's others for resolved."""

        def advance(previous: Sequence[Finding], _acceptances: Sequence[Acceptance]) -> Sequence[Finding]:
            known = {f.id: f for f in previous}
            failing = [self.finding(unit.customer, unit.resource, s) for s in subjects]
            seen = [
                replace(
                    f,
                    status=FindingStatus.OPEN if f.id in known else FindingStatus.NEW,
                    first_seen=known[f.id].first_seen if f.id in known else now,
                    last_seen=now,
                    last_run=unit.run,
                )
                for f in failing
            ]
            now_good = [
                replace(f, status=FindingStatus.RESOLVED, resolved_at=now, last_run=unit.run)
                for f in previous
                if f.id not in {g.id for g in failing} and f.status is not FindingStatus.RESOLVED
            ]
            return [*seen, *now_good]

        return advance

    def nothing(self, _previous: Sequence[Finding], _acceptances: Sequence[Acceptance]) -> Sequence[Finding]:
        """An advance that changes nothing."""
        return ()

    def audit(
        self,
        store: Store,
        number: int,
        customers: Sequence[Customer],
        *subjects: str,
        run: str | None = None,
        facts: str = "",
    ) -> Run:
        """A whole run in which every resource fails for these subjects."""
        run = replace(self.run(number), id=run or self.run(number).id)
        store.start_run(run, "plan", [(c, [r.id for r in c.resources]) for c in customers], run.started)
        while unit := store.claim(run.id, "worker", LEASE, run.started):
            self.close(store, unit, *subjects, now=run.started, facts=facts)
        return run

    def close(self, store: Store, unit: ClaimedUnit, *subjects: str, now: datetime = NOW, facts: str = "") -> bool:
        """Commit or finish a unit."""
        if unit.resource:
            result = self.result(unit.resource, at=now, facts=facts)
            return store.commit(unit, result, self.sees(unit, *subjects, now=now), now)
        return store.finish(unit, self.nothing, now)


@pytest.fixture(scope="session")
def make() -> Make:
    return Make()
