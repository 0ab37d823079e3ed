from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click

from posture.cli.audit import allowed_customers, this_machine
from posture.cli.errors import Broken, Exit, Usage
from posture.cli.findings import known_finding
from posture.cli.hours import refuse_outside_windows
from posture.cli.options import database_option, existing, inventory_option, now, policy_of, policy_option
from posture.cli.order import Order, carry_on
from posture.cli.output import say
from posture.cli.plugins import loaded
from posture.collect.network.chosen_ports import ChosenPorts
from posture.engine.gate import ports_of
from posture.engine.narrow import REST, sides
from posture.engine.plan import NothingToDo, Plan, plan
from posture.engine.unit import decoded
from posture.facts.network import PortSweep
from posture.model.finding import Finding, FindingStatus
from posture.model.resource import ALL_HOSTS, Resource, ResourceKind
from posture.model.verdict import Outcome
from posture.model.view import CustomerView
from posture.store.store import Store


@click.command()
@click.argument("finding_id", metavar="ID")
@inventory_option
@policy_option
@database_option
def recheck(finding_id: str, inventory_file: Path, policy_file: Path | None, database: str) -> int:
    """Look at the finding ID again, and at nothing else, under the authorization of today's inventory.

    It takes seconds: of a host only the port that the finding is about, or the ports that were open last time; nothing
    from outside where the check needs the inside alone, and the other way round. What was not looked at stays as it
    was, and no other finding is touched.

    For a finding of all hosts, which tells what several have in common, each of the customer's hosts is looked at.

    Exit code 0 when it is fixed, 1 when it is still there, 3 when it could not be assessed.
    """
    with existing(database) as store:
        finding = known_finding(store, finding_id)
        local = this_machine()
        theirs = (inventory_file, (finding.customer,), database)
        customer = local if finding.customer == local.id else allowed_customers(*theirs)[0]
        try:
            where = [] if finding.resource == ALL_HOSTS.id else [finding.resource]
            planned = plan([customer], loaded().checks, [finding.check.id], where)
        except NothingToDo as error:
            raise Usage(str(error), "the resource or the check is no longer there") from error
        refuse_outside_windows(planned.customers, now())
        policy = policy_of(policy_file)
        run = carry_on(_narrowed(Order(planned, policy, threads=1, about=finding), store, finding), store)
        known, view = known_finding(store, finding_id), store.customer_view(finding.customer, policy, run)
    if view is None:
        raise Broken(f"the run {run} of {finding.customer} is not in the database any more")
    return _told(known, view)


def _told(finding: Finding, view: CustomerView) -> int:
    mine = [a for a in view.assessments if (a.check.id, a.resource) == (finding.check.id, finding.resource)]
    if not any(assessment.decides(finding.subject) for assessment in mine):
        say(f"{finding.id} is {finding.status}, and could not be looked at again: {finding.summary}")
        unseen = [
            v.summary for a in mine for v in a.verdicts if v.outcome is Outcome.NOT_ASSESSED and v.subject != REST
        ]
        for reason in dict.fromkeys(unseen or ["the look at it came to no result"]):
            say(f"not assessed: {reason}")
        return Exit.INCOMPLETE
    if finding.status is FindingStatus.RESOLVED:
        say(f"{finding.id} is {finding.status}; it was: {finding.summary}")
        return Exit.DONE
    say(f"{finding.id} is {finding.status}: {finding.summary}")
    return Exit.FINDINGS


def _narrowed(order: Order, store: Store, finding: Finding) -> Order:
    """The least that decides the finding: of a host one side where that is enough, and of its ports a few."""
    resource = order.plan.resource.get((finding.customer, finding.resource))
    if resource is None or resource.kind is not ResourceKind.HOST:
        return order
    needed = _sides(order.plan, finding)
    if not needed[0]:
        return replace(order, sides=needed)
    return replace(order, sides=needed, chosen=_chosen(store, finding, resource, inside=needed[1]))


def _sides(planned: Plan, finding: Finding) -> tuple[bool, bool]:
    (check,) = (one for one in planned.checks if one.id == finding.check.id)
    return sides(check)


def _chosen(store: Store, finding: Finding, resource: Resource, *, inside: bool) -> Mapping[str, ChosenPorts]:
    """The finding's own port; else the ports that were open, where the look inside tells of those that are new."""
    sweep = decoded(store.last_facts(finding.customer, finding.resource)).get(PortSweep)
    if not isinstance(sweep, PortSweep) or sweep.incomplete:
        return {}
    tcp, udp = (frozenset(ports_of([finding.subject], protocol)) for protocol in ("tcp", "udp"))
    if tcp or udp:
        return {sweep.address: ChosenPorts(tcp, udp, listening=False)}
    if not (inside and (resource.ssh or resource.local)):
        return {}
    tcp, udp = (frozenset(p.port for p in sweep.open if p.protocol == protocol) for protocol in ("tcp", "udp"))
    return {sweep.address: ChosenPorts(tcp, udp)}
