"""Any order of claims, deaths and commits leads to the same end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from owner import as_owner

from posture.store import schema

WORK = {"bakery": ["a", "b", "c"], "cafe": ["a"], "dairy": []}
STEPS = ("claim", "commit first", "commit last", "die", "lapse", "commit a dead one's", "take over")


class Night:
    """Some workers at work on one run, as a list of steps makes them go."""

    def __init__(self, store, make, run):
        self.store, self.make, self.run, self.now = store, make, run, make.now
        self.held, self.dead, self.closed = [], [], []

    def claim(self):
        name = f"worker{len(self.held) + len(self.dead)}"
        if unit := self.store.claim(self.run.id, name, self.make.lease, self.now):
            self.held.append(unit)

    def commit(self, units, index):
        if units:
            unit = units.pop(index)
            if self.make.close(self.store, unit, "6379/tcp", unit.resource, now=self.now):
                self.closed.append((unit.customer, unit.resource))

    def step(self, name):
        match name:
            case "claim":
                self.claim()
            case "commit first":
                self.commit(self.held, 0)
            case "commit last":
                self.commit(self.held, -1)
            case "die":
                self.dead += self.held[:1]
                del self.held[:1]
            case "lapse":
                self.now += 2 * self.make.lease
            case "commit a dead one's":
                self.commit(self.dead, 0)
            case "take over":
                self.store.release_leases(self.run.id, lambda _worker: True, self.now)

    def end(self):
        self.now += 2 * self.make.lease
        while self.store.run(self.run.id).ended is None:
            self.claim()
            self.commit(self.held, -1)


def quiet_or_not(store, make, steps):
    """One night without a past; the units in the order they were closed, and the digest."""
    with as_owner(store) as connection:
        for table in reversed(schema.METADATA.sorted_tables):
            if table is not schema.scan_action:
                connection.execute(table.delete())
    run = replace(make.run(), id="run")
    store.start_run(run, "plan", [(make.customer(name, ids), ids) for name, ids in WORK.items()], make.now)
    night = Night(store, make, run)
    for step in steps:
        night.step(step)
    night.end()
    return night.closed, store.digest(run.id)


SEEN: set[str] = set()  # digests of quiet nights, on whichever database


@pytest.fixture
def quiet(store, make):
    """The digest of a night in which nothing happens; the same on both databases."""
    SEEN.add(quiet_or_not(store, make, ())[1])
    (digest,) = SEEN
    return digest


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=40))
def test_every_unit_is_done_once_and_the_digest_is_the_same(store, make, quiet, steps):
    """Whatever happens to the workers, each unit is closed exactly once and the result is that of a quiet night."""
    closed, digest = quiet_or_not(store, make, steps)
    assert sorted(closed) == sorted((c, r) for c, ids in WORK.items() for r in ["", *ids])
    assert digest == quiet
