"""What only several fields together show: repeated ids, addresses out of networks, customers in each other's way.

It reads the tree, not the entries, so that it finds its problems also where other fields are wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from posture.inventory.addresses import hostless, literal, parse_agreed_network, parse_network
from posture.inventory.document import Document, Node
from posture.inventory.entries import AuthorizationEntry
from posture.inventory.problem import FieldPath, Problem, field_name
from posture.model.customer import IPAddress, IPNetwork

_MOST_NAMED = 5


def inconsistencies(document: Document) -> Iterator[Problem]:
    """Every such problem of the file."""
    customers = document.root.items("customers")
    yield from _repeated(document.file, ("customers",), customers, "customer")
    for index, customer in enumerate(customers):
        resources = customer.items("resources")
        yield from _repeated(document.file, ("customers", index, "resources"), resources, "resource of this customer")
        yield from _outside(document.file, index, customer)
    yield from _shared_addresses(document.file, customers)


def lapsed(document: Document, now: datetime) -> tuple[list[Problem], list[Problem]]:
    """Authorizations that have ended at `now`, and those that have not begun; each problem names its customer."""
    expired, not_yet = [], []
    for index, customer in enumerate(document.root.items("customers")):
        grant = _authorization(customer)
        if grant is None:
            continue
        if grant.valid_until <= now:
            what, fix = f"ended on {grant.valid_until.isoformat()}", "agree on a new period and set a later date"
            expired.append(_lapse(document, index, "valid_until", what, fix))
        elif grant.valid_from > now:
            what, fix = f"begins on {grant.valid_from.isoformat()}", "wait, or set an earlier date if that was agreed"
            not_yet.append(_lapse(document, index, "valid_from", what, fix))
    return expired, not_yet


def _authorization(customer: Node) -> AuthorizationEntry | None:
    node = customer.child("authorization")
    try:
        return AuthorizationEntry.model_validate(node.plain()) if node else None
    except ValidationError:
        return None  # told by the entry's own problems


def _lapse(document: Document, index: int, key: str, message: str, fix: str) -> Problem:
    customer = document.root.items("customers")[index]
    node = (customer.child("authorization") or customer).child(key) or customer
    field = field_name(("customers", index, "authorization", key))
    return Problem(document.file, node.line, field, message, fix, customer.text("id") or "")


def _repeated(file: str, where: FieldPath, nodes: Iterable[Node], what: str) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, node in enumerate(nodes):
        child, name = node.child("id"), node.text("id")
        if child is None or name is None:
            continue
        before = first.get(name.casefold())
        if before is None:
            first[name.casefold()] = child.line
            continue
        message = f"is already the id of another {what}, in line {before}"
        yield Problem(file, child.line, field_name((*where, index, "id")), message, "choose another id")


def _hosts(customer: Node) -> Iterator[tuple[int, Node, IPAddress]]:
    """The hosts with a literal address: index, the address' node, the address."""
    for index, resource in enumerate(customer.items("resources")):
        node, text = resource.child("address"), resource.text("address")
        address = literal(text) if text is not None and resource.text("kind") == "host" else None
        if node is not None and address is not None and not hostless(address):
            yield index, node, address


def _outside(file: str, index: int, customer: Node) -> Iterator[Problem]:
    networks = _networks(customer, "networks", parse_agreed_network)
    exclude = _networks(customer, "exclude", parse_network)
    if networks is None or exclude is None:
        return  # told field by field; who belongs where is not known yet
    if not networks:
        if any(resource.text("kind") == "host" for resource in customer.items("resources")):
            yield _no_networks(file, index, customer)
        return
    for number, node, address in _hosts(customer):
        field = field_name(("customers", index, "resources", number, "address"))
        out = next((network for network in exclude if address in network), None)
        if not any(address in network for network in networks):
            message = f"{address} is in none of the customer's networks ({_named(networks)})"
            fix = "correct it, or add its network to networks if the customer agreed"
            yield Problem(file, node.line, field, message, fix)
        elif out is not None:
            fix = "delete the resource, or take the address out of exclude if the customer agreed"
            yield Problem(file, node.line, field, f"{address} is excluded by {out}", fix)


def _no_networks(file: str, index: int, customer: Node) -> Problem:
    node = customer.child("networks") or customer
    fix = "add the addresses the customer agreed to, like `networks: [198.51.100.0/28]`"
    field = field_name(("customers", index, "networks"))
    return Problem(file, node.line, field, "is missing, and hosts are contacted only inside it", fix)


def _networks(customer: Node, key: str, parse: Callable[[object], IPNetwork]) -> list[IPNetwork] | None:
    """The networks under a key; None if one cannot be read."""
    child = customer.child(key)
    if child is None:
        return []
    if not isinstance(child.value, list):
        return None
    try:
        return [parse(item.value) for item in child.value]
    except PydanticCustomError:
        return None


def _named(networks: list[IPNetwork]) -> str:
    left = len(networks) - _MOST_NAMED
    return ", ".join(map(str, networks[:_MOST_NAMED])) + (f" and {left} more" if left > 0 else "")


def _shared_addresses(file: str, customers: Iterable[Node]) -> Iterator[Problem]:
    first: dict[IPAddress, tuple[int, int]] = {}
    for index, customer in enumerate(customers):
        for number, node, address in _hosts(customer):
            owner, line = first.setdefault(address, (index, node.line))
            if owner != index:
                field = field_name(("customers", index, "resources", number, "address"))
                message = f"{address} is also a host of customers[{owner}], in line {line}"
                yield Problem(file, node.line, field, message, "list it under the customer whose machine it is")
