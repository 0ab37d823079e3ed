"""A customer more in an inventory's file: its entry as text, put behind the others, with all else left as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from posture.model.customer import Customer
from posture.model.resource import Resource, ResourceKind

_ITEM = re.compile(r"^( *)- ", re.MULTILINE)
_LIST = re.compile(r"^customers:[ \t]*(#.*)?$", re.MULTILINE)
INDENT = 2


class NoPlace(ValueError):
    """The text has no list of customers that an entry can be put behind."""


def entry_text(customer: Customer, indent: int = INDENT) -> str:
    """The customer's entry in YAML, as an item of the list `customers`; hosts and domains are all it can have."""
    return "".join(f"{' ' * indent}{line}\n" for line in _lines(customer))


def appended(text: str, customer: Customer) -> str:
    """The inventory's text with the customer behind all others, comments and all kept.

    Raises:
        NoPlace: `customers` is not there, or is not written as a list with a line for each item.
    """
    if not text.strip():
        return f"customers:\n{entry_text(customer)}"
    listed = _LIST.search(text)
    if listed is None:
        raise NoPlace("it has no line `customers:` with the list below it")
    item = _ITEM.search(text, listed.end())
    return f"{text.rstrip()}\n\n{entry_text(customer, len(item[1]) if item else INDENT)}"


def _lines(customer: Customer) -> Iterator[str]:
    grant = customer.authorization
    yield f"- id: {_quoted(customer.id)}"
    yield f"  name: {_quoted(customer.name)}"
    if customer.contact:
        yield f"  contact: {_quoted(customer.contact)}"
    yield f"  language: {_quoted(customer.language)}"
    yield "  authorization:"
    yield f"    method: {grant.method.value}"
    yield f"    reference: {_quoted(grant.reference)}"
    yield f"    granted_by: {_quoted(grant.granted_by)}"
    yield f"    valid_from: {grant.valid_from.isoformat()}"
    yield f"    valid_until: {grant.valid_until.isoformat()}"
    if customer.networks:
        yield f"  networks: [{', '.join(_quoted(str(one)) for one in customer.networks)}]"
    yield "  resources:"
    for resource in customer.resources:
        yield f"    - {{{', '.join(_fields(resource))}}}"


def _fields(resource: Resource) -> Iterator[str]:
    yield f"kind: {resource.kind.value}"
    yield f"id: {_quoted(resource.id)}"
    if resource.kind is ResourceKind.HOST:
        yield f"address: {_quoted(resource.address)}"
    if resource.names:
        yield f"names: [{', '.join(map(_quoted, resource.names))}]"


def _quoted(text: str) -> str:
    """A text in double quotes: what JSON writes, YAML reads."""
    return json.dumps(text, ensure_ascii=False)
