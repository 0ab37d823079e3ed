"""What of a held prospect is looked at again: what blocked or stayed open, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from posture.cli.standing import Standing, expected_of
from posture.collect.network.chosen_ports import ChosenPorts
from posture.engine.gate import ports_of
from posture.model.precheck import Failing, Unassessed
from posture.model.resource import Resource, ResourceKind


@dataclass(frozen=True, slots=True)
class Again:
    """`only` are the checks of each resource (customer's and own id), `chosen` the ports of each address."""

    only: Mapping[tuple[str, str], frozenset[str]]
    chosen: Mapping[str, ChosenPorts]


def again(known: Standing) -> Again:
    """What to look at once more.

    A host is judged anew by every check that decides: what closes one hole may open another on the same port. Its ports
    are those that were blocked or open; where a question is about the whole host, all of them.
    """
    decision, customer = known.decision, known.customer
    concerned: dict[str, list[Failing | Unassessed]] = {}
    held: tuple[Failing | Unassessed, ...] = (*decision.blocks, *decision.unassessed)
    for one in held:
        concerned.setdefault(one.resource, []).append(one)
    deciding: dict[str, set[str]] = {}
    for where, check in expected_of(customer):
        if known.policy.precheck.needs(check.id, check.severity):
            deciding.setdefault(where, set()).add(check.id)
    only: dict[tuple[str, str], frozenset[str]] = {}
    chosen: dict[str, ChosenPorts] = {}
    for resource in customer.resources:
        questions = concerned.get(resource.id, ())
        if not questions:
            continue
        ids = {one.check.id for one in questions}
        if resource.kind is ResourceKind.HOST:
            ids |= deciding.get(resource.id, set())
            ports = _ports(questions)
            if ports is not None and resource.id in known.sweeps and not known.sweeps[resource.id].incomplete:
                chosen[known.sweeps[resource.id].address] = ports
        only[customer.id, resource.id] = frozenset(ids)
    return Again(only, chosen)


def _ports(questions: Iterable[Failing | Unassessed]) -> ChosenPorts | None:
    """The ports that the questions are about; None where one is about more than ports."""
    tcp: set[int] = set()
    udp: set[int] = set()
    for one in questions:
        own = one.ports if isinstance(one, Unassessed) else ()
        over_tcp, over_udp = {*own, *ports_of([one.subject])}, ports_of([one.subject], "udp")
        if not (over_tcp or over_udp):
            return None
        tcp |= over_tcp
        udp.update(over_udp)
    return ChosenPorts(frozenset(tcp), frozenset(udp))


def named(resources: Iterable[Resource], found: Again) -> str:
    """What is looked at again, in a few words for the person in front."""
    parts = []
    for resource in resources:
        if not any(own == resource.id for _, own in found.only):
            continue
        ports = found.chosen.get(resource.address)
        listed = [f"{p}/tcp" for p in sorted(ports.tcp)] + [f"{p}/udp" for p in sorted(ports.udp)] if ports else []
        parts.append(f"{resource.id} ({', '.join(listed)})" if listed else resource.id)
    return ", ".join(parts)
