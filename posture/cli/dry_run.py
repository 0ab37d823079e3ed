from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from posture.cli.dry_run_accounts import accounts_contacts
from posture.cli.dry_run_domain import domain_contacts
from posture.cli.hours import open_now, outside
from posture.cli.options import existing
from posture.cli.output import say
from posture.cli.wiring import mirrors
from posture.collect.aws.session_policy import ACTIONS
from posture.collect.network.plan import looked_from, planned, questions, tonight
from posture.collect.network.port_plan import PortPlan
from posture.collect.scope import ScopeGate
from posture.engine.clock import utc_now
from posture.engine.judge import checks_for
from posture.engine.plan import Plan
from posture.engine.unit import decoded
from posture.facts.network import PortSweep
from posture.model.action import Action
from posture.model.customer import Customer
from posture.model.resource import Resource, ResourceKind
from posture.model.text import visible


class _NothingDone:
    """A dry run does nothing, so there is nothing to log."""

    def record(self, action: Action) -> None:
        """Forget it."""


KnownPorts = Callable[[str, str], PortSweep | None]
"""Customer's and resource's id -> what the last look at its ports came to."""


def known_ports(database: str) -> KnownPorts:
    """What the database knows of each host's ports; nothing where there is no database yet, and none is made."""
    file = database.removeprefix("sqlite:///")
    if file != database and not Path(file).exists():
        return lambda _customer, _resource: None

    def last(customer: str, resource: str) -> PortSweep | None:
        with existing(database) as store:
            sweep = decoded(store.last_facts(customer, resource)).get(PortSweep)
            return sweep if isinstance(sweep, PortSweep) else None

    return last


def print_contacts(plan: Plan, rolling: KnownPorts | None = None) -> None:
    """Print every contact an audit would make, and under which authorization. Nothing is sent or resolved.

    Args:
        plan: of the audit.
        rolling: what is known of the ports, where only a part of them would be looked at.
    """
    for line in _of_every_host(plan):
        say(line)
    for customer_id, resources in plan.work:
        customer = plan.customer[customer_id]
        for line in _permission(customer):
            say(line)
        gate = ScopeGate(customer, "dry-run", utc_now, _NothingDone())
        for resource_id in resources:
            resource = plan.resource[customer_id, resource_id]
            count = len(checks_for(resource.kind, plan.checks))
            say(f"  {resource.kind} {resource.id}: {count} {'check' if count == 1 else 'checks'}")
            known = rolling(customer_id, resource_id) if rolling else None
            night = tonight(resource, gate, known) if rolling else None
            for line in _contacts(resource, gate, night):
                say(f"    {line}")
    say()
    if any(plan.resource[customer, one].kind is ResourceKind.HOST for customer, ids in plan.work for one in ids):
        say("Besides, from the mirrors that packages come from, the signed index of each distribution met:")
        for mirror in mirrors():
            say(f"  {mirror} (into the cache folder)")
    say("Nothing was sent.")


def _of_every_host(plan: Plan) -> Iterator[str]:
    """What is the same for all hosts, told once."""
    hosts = [resource for resource in plan.resource.values() if resource.kind is ResourceKind.HOST]
    if not hosts:
        return
    yield "Each host that may be looked at is asked, on the ports that its commands below find open:"
    yield from (f"  {question}" for question in questions())
    if sources := list(dict.fromkeys(filter(None, map(looked_from, hosts)))):
        yield f"From: {', '.join(sources)}. A firewall that hides a host from there leaves it not assessed."
    yield ""


def _permission(customer: Customer) -> Iterator[str]:
    grant = customer.authorization
    yield f"{customer.id} ({customer.name})"
    yield (
        f"  authorized by {grant.granted_by} ({grant.method}, {grant.reference})"
        f" until {grant.valid_until.isoformat(timespec='minutes')}"
    )
    networks = ", ".join(map(str, customer.networks)) or "no network: nothing can be contacted"
    besides = f", except {', '.join(map(str, customer.exclude))}" if customer.exclude else ""
    yield f"  only these addresses: {networks}{besides}"
    if customer.windows:
        yield f"  only in the window {customer.hours}"
    if not open_now(customer, utc_now()):
        yield f"  nothing would be sent now: {outside(customer, utc_now())}"
    if customer.rate:
        yield f"  at most {customer.rate:,} packets per second into one of its networks"


def _fetch(url: str) -> str:
    """How a repository is read."""
    parts = urlsplit(url)
    if parts.scheme in {"", "file"}:
        return "read where it lies on this machine; nothing is sent"
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    if usual is None:
        return "nothing: repositories are read from this machine or over https"
    return f"git clone of {visible(url)}, from an address in scope, port {parts.port or usual}/tcp"


def _contacts(resource: Resource, gate: ScopeGate, night: PortPlan | None) -> Iterator[str]:
    if resource.kind is ResourceKind.REPOSITORY:
        yield _fetch(dict(resource.settings).get("url", ""))
        return
    if resource.kind is ResourceKind.AWS_ACCOUNT:
        settings = dict(resource.settings)
        where = settings.get("regions", "").replace(",", ", ") or "all enabled regions"
        role = settings.get("role_arn", "")
        yield f"sts:AssumeRole of {role}, then in {where}, as far as there is anything to ask about:"
        yield from (f"  {called}" for called in textwrap.wrap(", ".join(ACTIONS), 110))
        return
    if resource.kind is ResourceKind.ACCOUNTS:
        yield from accounts_contacts(dict(resource.settings))
        return
    if resource.kind is ResourceKind.DOMAIN:
        yield from domain_contacts(resource)
        return
    if resource.kind is not ResourceKind.HOST:
        yield "nothing: no collector of this version looks at this kind"
        return
    yield from planned(resource, gate, night)
    if resource.local:
        yield "this machine is read from inside with one shell script; no connection"
    elif resource.ssh is not None:
        yield f"ssh {resource.ssh.user}@{resource.address} port {resource.ssh.port}/tcp: one login, one shell script"
    else:
        yield "no login: no ssh access is configured"
