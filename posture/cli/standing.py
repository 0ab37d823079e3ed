"""How a prospect stands: the outcomes that count by now, whichever look they are from, and what they decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from posture import __version__
from posture.cli.plugins import loaded
from posture.collect.network.nmap_run import raw_sockets_allowed
from posture.engine.gate import decide, merged, ports_of
from posture.engine.judge import checks_for
from posture.engine.outside import checks_from_outside
from posture.engine.plan import Plan
from posture.engine.unit import decoded
from posture.facts.network import PortSweep
from posture.model.assessment import CheckInfo
from posture.model.customer import Customer
from posture.model.policy import Policy
from posture.model.precheck import Decision
from posture.model.resource import ResourceKind
from posture.model.run import Run
from posture.report.language import language
from posture.report.precheck import PrecheckReport
from posture.report.precheck_compose import Look, Made, compose_precheck
from posture.report.remediation import pick
from posture.store.store import Store

OUTSIDE_ONLY = (
    "It was looked at from outside only: nobody logged in, so missing updates, accounts and keys were not looked at."
)
NO_ADDRESS = (
    "No address was looked at, so nothing is known of the servers behind the domain: prove them, and check again with "
    "--address."
)
CONNECT = (
    "This program ran without raw sockets, so ports were looked at by whole connections: a firewall that refuses by "
    "ICMP looks like a closed port, it takes longer, and each open port sees one more connection. As root that is not "
    "so."
)
DROPPED = "{} drops what it does not serve: a service that is open to others alone is not seen from here."
SOURCE = "It was looked at from {}: who lets in only others, or keeps only this address out, looks closed."
UDP = "Over UDP only the {} services that are most often misused were asked; one that stays silent may still be there."
AGAIN = "Of {} only the TCP ports {} were looked at again, on {}; the others are as they were seen before."
_MOST_PORTS = 60  # characters


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a prospect by now. `oldest` is when the first look began that still counts."""

    customer: Customer
    policy: Policy
    looks: tuple[Look, ...]
    sweeps: Mapping[str, PortSweep]
    decision: Decision
    oldest: datetime
    run: str

    @property
    def until(self) -> datetime:
        """How long the verdict holds."""
        return min(self.oldest + self.policy.precheck.valid, self.customer.authorization.valid_until)


def prospect_plan(customer: Customer, only: Mapping[tuple[str, str], frozenset[str]] | None = None) -> Plan:
    """What is looked at from outside: all of it, or the resources and checks of `only`."""
    checks = checks_from_outside(loaded().checks)
    if only is None:
        return Plan((customer,), ((customer.id, tuple(r.id for r in customer.resources)),), checks, whole=False)
    chosen = tuple(r.id for r in customer.resources if (customer.id, r.id) in only)
    return Plan((customer,), ((customer.id, chosen),), checks, whole=False, only=only)


def expected_of(customer: Customer) -> tuple[tuple[str, CheckInfo], ...]:
    """Every resource with every check that should have an outcome."""
    checks = checks_from_outside(loaded().checks)
    return tuple((r.id, check.info) for r in customer.resources for check in checks_for(r.kind, checks))


def standing(store: Store, customer: Customer, policy: Policy, runs: Sequence[Run]) -> Standing:
    """How the prospect stands after these runs, which are in their order and not empty."""
    known: dict[tuple[str, str], Look] = {}
    present = {r.id for r in customer.resources}
    for run in runs:
        for stored in store.facts(run.id, customer.id):
            for new in stored.assessments:
                if new.resource in present:
                    key = (new.resource, new.check.id)
                    known[key] = _newest(known.get(key), Look(new, run.started, run.id))
    expected = expected_of(customer)
    wanted = {(resource, check.id) for resource, check in expected}
    looks = tuple(look for key, look in sorted(known.items()) if key in wanted)
    sweeps = _sweeps(store, customer)
    decision = decide(customer.id, [look.assessment for look in looks], sweeps, expected, policy.precheck)
    times = [look.at for look in looks] or [runs[-1].started]
    times += [one.at for sweep in sweeps.values() for one in sweep.looked]
    return Standing(customer, policy, looks, sweeps, decision, min(times), runs[-1].id)


def _newest(known: Look | None, new: Look) -> Look:
    """The newer look, unless it could not see again what had failed."""
    if known is None:
        return new
    (both,) = merged([known.assessment], [new.assessment])
    return new if both is new.assessment else Look(both, known.at, known.run)


def _sweeps(store: Store, customer: Customer) -> dict[str, PortSweep]:
    found: dict[str, PortSweep] = {}
    for resource in customer.resources:
        if resource.kind is ResourceKind.HOST:
            swept = decoded(store.last_facts(customer.id, resource.id)).get(PortSweep)
            if isinstance(swept, PortSweep):
                found[resource.id] = swept
    return found


def report_on(now_known: Standing, at: datetime) -> PrecheckReport:
    """What the prospect is told."""
    texts = {plugin.check.id: pick(plugin.texts, "en") for plugin in loaded().plugins}
    return compose_precheck(
        Made(
            customer=now_known.customer,
            policy=now_known.policy,
            decision=now_known.decision,
            looks=now_known.looks,
            sweeps=now_known.sweeps,
            texts=texts,
            at=at,
            until=now_known.until,
            run=now_known.run,
            limits=tuple(_limits(now_known)),
            tool=f"posture {__version__}",
        )
    )


def _limits(now_known: Standing) -> Iterable[str]:
    sweeps = now_known.sweeps.values()
    yield OUTSIDE_ONLY
    if not any(resource.kind is ResourceKind.HOST for resource in now_known.customer.resources):
        yield NO_ADDRESS
    sources = sorted({sweep.source for sweep in sweeps if sweep.source})
    if sources:
        yield SOURCE.format(" and ".join(sources))
    if sweeps and not raw_sockets_allowed():
        yield CONNECT
    asked = {port for sweep in sweeps for port in sweep.asked_udp}
    if asked:
        yield UDP.format(len(asked))
    for sweep in sweeps:
        if sweep.filtered > sweep.swept // 2:
            yield DROPPED.format(sweep.address)
        if sweep.looked and sweep.tried:
            asked_again = ", ".join(str(port) for port in _told(now_known, sweep))[:_MOST_PORTS]
            yield AGAIN.format(sweep.address, asked_again or "that blocked", language("en").when(sweep.started))


def _told(now_known: Standing, sweep: PortSweep) -> tuple[int, ...]:
    """Of the ports looked at again, those that anything is said about; the others were at random."""
    subjects = [v.subject for look in now_known.looks for v in look.assessment.verdicts]
    return tuple(port for port in ports_of(subjects) if sweep.tries(port))


def stale(now_known: Standing, at: datetime) -> bool:
    """Whether the verdict holds no longer."""
    return at >= now_known.until
