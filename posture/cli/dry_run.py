from __future__ import annotations

from collections.abc import Iterator

from posture.cli.output import say
from posture.cli.wiring import mirrors
from posture.collect.network.plan import planned
from posture.collect.scope import ScopeGate
from posture.engine.clock import utc_now
from posture.engine.judge import checks_for
from posture.engine.plan import Plan
from posture.model.action import Action
from posture.model.customer import Customer
from posture.model.resource import Resource, ResourceKind


class _NothingDone:
    """A dry run does nothing, so there is nothing to log."""

    def record(self, action: Action) -> None:
        """Forget it."""


def print_contacts(plan: Plan) -> None:
    """Print every contact an audit would make, and under which authorization. Nothing is sent or resolved."""
    for customer_id, resources in plan.work:
        customer = plan.customer[customer_id]
        for line in _permission(customer):
            say(line)
        gate = ScopeGate(customer, "dry-run", utc_now, _NothingDone())
        for resource_id in resources:
            resource = plan.resource[customer_id, resource_id]
            count = len(checks_for(resource.kind, plan.checks))
            say(f"  {resource.kind} {resource.id}: {count} {'check' if count == 1 else 'checks'}")
            for line in _contacts(resource, gate):
                say(f"    {line}")
    say()
    say("Besides, from the mirrors that packages come from, the signed index of each distribution met:")
    for mirror in mirrors():
        say(f"  apt-get update (into the cache folder): {mirror}")
    say("Nothing was sent.")


def _permission(customer: Customer) -> Iterator[str]:
    grant = customer.authorization
    yield f"{customer.id} ({customer.name})"
    yield (
        f"  authorized by {grant.granted_by} ({grant.method}, {grant.reference})"
        f" until {grant.valid_until.isoformat(timespec='minutes')}"
    )
    outside = ", ".join(map(str, customer.networks)) or "no network: nothing can be contacted"
    besides = f", except {', '.join(map(str, customer.exclude))}" if customer.exclude else ""
    yield f"  only these addresses: {outside}{besides}"


def _contacts(resource: Resource, gate: ScopeGate) -> Iterator[str]:
    if resource.kind is not ResourceKind.HOST:
        yield "nothing: no collector of this version looks at this kind"
        return
    yield from planned(resource, gate)
    if resource.local:
        yield "this machine is read from inside with one shell script; no connection"
    elif resource.ssh is not None:
        yield f"ssh {resource.ssh.user}@{resource.address} port {resource.ssh.port}/tcp: one login, one shell script"
    else:
        yield "no login: no ssh access is configured"
