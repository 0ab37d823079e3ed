"""Networks of two customers that overlap: allowed, as providers hand addresses on, but worth a look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from posture.inventory.document import Document
from posture.inventory.problem import Problem, field_name
from posture.model.customer import Customer, IPNetwork


@dataclass(frozen=True, slots=True)
class _Held:
    """A network of a customer, by their places in the file."""

    customer: int
    place: int
    network: IPNetwork

    @property
    def order(self) -> tuple[int, int, int]:
        """Widest first among those that start together, so that a network comes after all it lies in."""
        return (self.network.version, int(self.network.network_address), self.network.prefixlen)


def overlaps(document: Document, customers: Sequence[Customer]) -> Iterator[Problem]:
    """One warning for each network that lies in another customer's, naming the narrowest such one."""
    for inner, outer in _nested(customers):
        owner = customers[outer.customer].id
        node = document.root.items("customers")[inner.customer].items("networks")[inner.place]
        line = document.root.items("customers")[outer.customer].items("networks")[outer.place].line
        yield Problem(
            document.file,
            node.line,
            field_name(("customers", inner.customer, "networks", inner.place)),
            f"{inner.network} lies in {outer.network} of customer {owner} (line {line})",
            f"look whose it is; if it is not {owner}'s, add it to the exclude list there",
            customers[inner.customer].id,
        )


def _nested(customers: Sequence[Customer]) -> Iterator[tuple[_Held, _Held]]:
    """Pairs of a network and the narrowest one of another customer that holds it.

    Two networks are nested or apart, so one pass over them in order, with those that are still open on a stack, is
    enough.
    """
    held = [
        _Held(index, place, network)
        for index, customer in enumerate(customers)
        for network, place in {network: place for place, network in enumerate(customer.networks)}.items()
    ]
    around: list[_Held] = []
    for inner in sorted(held, key=lambda h: h.order):
        while around and not _within(inner.network, around[-1].network):
            around.pop()
        others = (outer for outer in reversed(around) if outer.customer != inner.customer)
        outer = next((o for o in others if not _excluded(inner.network, customers[o.customer])), None)
        if outer is not None:
            yield inner, outer
        around.append(inner)


def _excluded(network: IPNetwork, customer: Customer) -> bool:
    return any(_within(network, out) for out in customer.exclude)


def _within(inner: IPNetwork, outer: IPNetwork) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]
