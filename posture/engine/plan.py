"""What one audit will look at, decided before anything is contacted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property

from posture.engine.judge import checks_for
from posture.model.customer import Customer
from posture.model.resource import ALL_HOSTS, Resource, ResourceKind
from posture.sdk import Check


@dataclass(frozen=True)
class Plan:
    """The customers with the resources to look at, and the checks to judge them with.

    `whole` is False when a filter left resources or checks out: then what is missing from the plan is not gone. `only`
    are the ids of the checks of a resource (by customer's and own id) where those are not all.
    """

    customers: tuple[Customer, ...]
    work: tuple[tuple[str, tuple[str, ...]], ...]  # customer id -> resource ids
    checks: tuple[Check, ...]
    whole: bool
    only: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    @cached_property
    def customer(self) -> Mapping[str, Customer]:
        """Customers by id."""
        return {customer.id: customer for customer in self.customers}

    @cached_property
    def resource(self) -> Mapping[tuple[str, str], Resource]:
        """Resources by customer's and own id."""
        return {(customer.id, r.id): r for customer in self.customers for r in customer.resources}

    def checks_of(self, customer: str, resource: str) -> tuple[Check, ...]:
        """The checks that a resource is judged with, of any kind."""
        chosen = self.only.get((customer, resource))
        return self.checks if chosen is None else tuple(check for check in self.checks if check.id in chosen)

    def together(self, customer: str) -> tuple[Check, ...]:
        """The checks of all hosts of a customer together; none where he has no host, or not all are looked at."""
        hosts = {r.id for r in self.customer[customer].resources if r.kind is ResourceKind.HOST}
        if not hosts or not hosts <= self._asked[customer]:
            return ()
        return checks_for(ResourceKind.ALL_HOSTS, self.checks)

    @cached_property
    def _asked(self) -> Mapping[str, frozenset[str]]:
        return {customer: frozenset(ids) for customer, ids in self.work}

    @property
    def digest(self) -> str:
        """The same for the same resources and checks: then an interrupted run can be gone on with."""
        resources = [(c.id, c.networks, c.exclude, c.resources) for c in self.customers]
        parts = [repr(resources), repr(self.work), *(check.id for check in self.checks)]
        parts += [repr((key, sorted(ids))) for key, ids in sorted(self.only.items())]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class NothingToDo(ValueError):
    """A filter matches nothing. The message names it and what there is."""


def plan(
    customers: Sequence[Customer],
    checks: Iterable[Check],
    check_globs: Sequence[str] = (),
    resource_globs: Sequence[str] = (),
) -> Plan:
    """Choose checks and resources by their ids (shell patterns, any of which may match; none given is all).

    Raises:
        NothingToDo: a pattern matches no check or no resource.
    """
    every = tuple(checks)
    chosen = tuple(c for c in every if not check_globs or any(fnmatchcase(c.id, glob) for glob in check_globs))
    for glob in check_globs:
        if not any(fnmatchcase(check.id, glob) for check in every):
            raise NothingToDo(f"no check is called {glob}; see them with: posture checks list")
    work = tuple(
        (customer.id, tuple(r.id for r in customer.resources if _meant(r.id, resource_globs))) for customer in customers
    )
    every_id = [r.id for customer in customers for r in customer.resources]
    for glob in resource_globs:
        if glob != "*" and not any(fnmatchcase(one, glob) for one in every_id):
            raise NothingToDo(f"no resource of these customers is called {glob}; see the inventory")
    if not resource_globs or "*" in resource_globs:
        return Plan(tuple(customers), work, chosen, whole=not check_globs)
    asked = {customer for customer, ids in work if ids}  # the others were not meant
    return Plan(
        tuple(customer for customer in customers if customer.id in asked),
        tuple((customer, ids) for customer, ids in work if ids),
        chosen,
        whole=False,
    )


def _meant(name: str, globs: Sequence[str]) -> bool:
    return not globs or any(fnmatchcase(name, glob) for glob in globs)


def expected(plan: Plan) -> frozenset[tuple[str, str, str]]:
    """Every (customer, resource, check) that must have exactly one outcome when the run has ended."""
    single = frozenset(
        (customer, resource, check.id)
        for customer, resources in plan.work
        for resource in resources
        for check in checks_for(plan.resource[customer, resource].kind, plan.checks_of(customer, resource))
    )
    return single | {(customer, ALL_HOSTS.id, c.id) for customer, _ in plan.work for c in plan.together(customer)}
