"""Who takes which unit: a lease and a fence, the bounds of a night's networks, and leases of workers that are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, case, func, or_, select, update

from posture.model.night import NightRules
from posture.model.unit import ClaimedUnit
from posture.store import schema
from posture.store.database import EVERYONE, Database, OnDatabase
from posture.store.encoding import RULES
from posture.store.runs import FINISH

MOST_TRIES = 8  # networks that filled up between the look and the lock; then somebody else's turn comes

_unit = schema.scan_unit.c
_run = schema.run.c

# Built once: to build a statement takes several times as long as to send it.
_SHARED = select(schema.run).where(schema.OPEN_TO_ALL).order_by(_run.seq)
_TAKE = (
    update(schema.scan_unit)
    .where(_unit.id == bindparam("of_id"))
    .values({name: bindparam(name) for name in ("state", "worker", "lease_until", "attempt", "fence")})
)


class Claims(OnDatabase):
    """Taking, holding and giving back units; fits posture.engine.ports.Units in part."""

    __slots__ = ()

    def claim(self, run: str, worker: str, lease: timedelta, now: datetime) -> ClaimedUnit | None:
        """Take the next free unit of the run, or None when all are done, held, or not to be begun now.

        `attempt` and `fence` grow with every claim. A unit whose lease ran out is free again. No finish unit is free
        before all resources of the run are done: what customers have in common must not depend on who was first.
        """
        with self.database.writing(EVERYONE) as connection:
            found = connection.execute(select(schema.run).where(_run.id == run)).first()
            return None if found is None else _Taking(self.database, connection, worker, now).first_of([found], lease)

    def claim_shared(
        self, worker: str, lease: timedelta, now: datetime, least: int | None = None
    ) -> ClaimedUnit | None:
        """As `claim`, of all runs that any worker may take units of: the highest priority of all comes first.

        `least` is the lowest priority that is taken; None: any.
        """
        with self.database.writing(EVERYONE) as connection:
            shared = connection.execute(_SHARED).all()
            return _Taking(self.database, connection, worker, now, least).first_of(shared, lease)

    def renew(self, unit: ClaimedUnit, lease: timedelta, now: datetime) -> bool:
        """Hold a unit for longer. False when somebody else holds it by now, or it is done."""
        with self.database.writing(unit.customer) as connection:
            holding = update(schema.scan_unit).where(*held(unit)).values(lease_until=now + lease)
            return connection.execute(holding).rowcount == 1

    def release_leases(self, run: str, is_dead: Callable[[str], bool], now: datetime) -> int:
        """Free the units of workers that are gone, without waiting for their leases; the number of units freed.

        An interruption is nobody's fault: it does not count as an attempt, as a lease that ran out does.

        Args:
            run: its id.
            is_dead: whether the worker of that name is surely gone.
            now: the leases end here.
        """
        leased = (_unit.run == run, schema.NOT_DONE, _unit.state == "leased")
        with self.database.writing(EVERYONE) as connection:
            workers = connection.execute(select(_unit.worker).where(*leased).distinct()).scalars().all()
            gone = sorted(worker for worker in workers if is_dead(worker))
            if not gone:
                return 0
            freed = connection.execute(
                update(schema.scan_unit)
                .where(*leased, _unit.worker.in_(gone))
                .values(state="queued", worker="", lease_until=now, attempt=_unit.attempt - 1)
            )
            return freed.rowcount


HELD = (
    *(_unit[name] == bindparam(f"of_{name}") for name in ("id", "run", "customer", "resource", "fence")),
    _unit.state == "leased",
)
"""As `held`, built once; `holding` has the values."""


def holding(unit: ClaimedUnit) -> dict[str, object]:
    """The values of `HELD` for a unit."""
    return {
        "of_id": unit.id,
        "of_run": unit.run,
        "of_customer": unit.customer,
        "of_resource": unit.resource,
        "of_fence": unit.fence,
    }


def held(unit: ClaimedUnit) -> tuple[ColumnElement[bool], ...]:
    """That the unit is still its claimer's. All parts are compared: a mixed-up one must not touch another customer."""
    return (
        _unit.id == unit.id,
        _unit.run == unit.run,
        _unit.customer == unit.customer,
        _unit.resource == unit.resource,
        _unit.fence == unit.fence,
        _unit.state == "leased",
    )


_FREE_WOUND_UP = (
    select(schema.scan_unit)
    .where(_unit.run == bindparam("of_run"), schema.NOT_DONE)
    .where(or_(_unit.state == "queued", _unit.lease_until <= bindparam("now")))
    .order_by(_unit.priority.desc(), _unit.shuffle.desc(), _unit.id.desc())
    .limit(1)
    .with_for_update(skip_locked=True)
)
_FREE = _FREE_WOUND_UP.where(
    or_(_unit.opens.is_(None), _unit.opens <= bindparam("now")),
    or_(_unit.closes.is_(None), _unit.closes > bindparam("now"), _unit.over),
)


def free(run: Row[Any], now: datetime) -> tuple[ColumnElement[bool], ...]:
    """That a unit of the run may be taken now, as far as its lease and the hours go."""
    parts = [_unit.run == run.id, schema.NOT_DONE, or_(_unit.state == "queued", _unit.lease_until <= now)]
    if not run.winding:
        parts.append(or_(_unit.opens.is_(None), _unit.opens <= now))
        parts.append(or_(_unit.closes.is_(None), _unit.closes > now, _unit.over))
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class _Taking:
    """A worker that asks for a unit now, within one transaction."""

    database: Database
    connection: Connection
    worker: str
    now: datetime
    least: int | None = None

    def first_of(self, runs: Iterable[Row[Any]], lease: timedelta) -> ClaimedUnit | None:
        """The unit of the highest priority that may begin, leased; None when there is none."""
        found = [(row, run.until) for run in runs if (row := self._next_of(run)) is not None]
        if not found:
            return None
        best, until = max(found, key=lambda one: one[0].priority)
        until = min((end for end in (until, best.closes) if end is not None), default=None)
        unit = ClaimedUnit(best.id, best.run, best.customer, best.resource, best.attempt + 1, best.fence + 1, until)
        leased = {"state": "leased", "worker": self.worker, "lease_until": self.now + lease}
        self.connection.execute(_TAKE, {"of_id": unit.id, "attempt": unit.attempt, "fence": unit.fence, **leased})
        return unit

    def _next_of(self, run: Row[Any]) -> Row[Any] | None:
        """The next unit of a run that its rules let begin now, locked; None when there is none."""
        if run.until is not None and run.until <= self.now and not run.winding:
            return None  # whoever leads the night takes out first what it did not reach at all
        rules = NightRules() if run.winding else RULES.value(run.rules)
        if rules.total:
            self.database.queue_up(self.connection, "units at once")
            if _under_way(self.connection, self.now) >= rules.total:
                return None
        full = self._full(rules)
        for _ in range(MOST_TRIES):
            unit = _candidate(self.connection, run, full, self.now, self.least)
            if unit is None or (unit.resource == FINISH and _looking(self.connection, run.id)):
                return None
            bounded = unit.network and (rules.per_network or rules.exclusive)
            if not bounded or not self.database.is_postgresql:  # on SQLite a writing transaction is alone
                return unit
            # Not waited for: two that each hold a network and wait for the other's would both be thrown out.
            if not self.database.is_mine_now(self.connection, "network", unit.network):
                full |= {unit.network}
                continue
            full |= self._full(rules)  # once more: others claimed between the look and the lock
            if unit.network not in full:
                return unit
        return None

    def _full(self, rules: NightRules) -> frozenset[str]:
        """The networks in which nothing more may begin."""
        if not rules.per_network and not rules.exclusive:
            return frozenset()
        others = func.sum(case((_unit.worker != self.worker, 1), else_=0))
        busy = (
            select(_unit.network, func.count().label("units"), others.label("others"))
            .where(schema.LEASED, _unit.network != "", _unit.lease_until > self.now)
            .group_by(_unit.network)
        )
        return frozenset(
            row.network
            for row in self.connection.execute(busy)
            if (rules.per_network and row.units >= rules.per_network) or (rules.exclusive and row.others)
        )


def _candidate(
    connection: Connection, run: Row[Any], full: frozenset[str], now: datetime, least: int | None
) -> Row[Any] | None:
    wanted = _FREE_WOUND_UP if run.winding else _FREE
    if full:
        wanted = wanted.where(_unit.network.not_in(sorted(full)))
    if least is not None:
        wanted = wanted.where(_unit.priority >= least)
    return connection.execute(wanted, {"of_run": run.id, "now": now}).first()


def _under_way(connection: Connection, now: datetime) -> int:
    leased = select(func.count()).select_from(schema.scan_unit).where(schema.LEASED, _unit.lease_until > now)
    return connection.execute(leased).scalar_one()


def _looking(connection: Connection, run: str) -> bool:
    """Whether a resource of the run is still to be done: those come before all finish units."""
    first = select(_unit.resource).where(_unit.run == run, schema.NOT_DONE).order_by(_unit.priority.desc()).limit(1)
    return connection.execute(first).scalar() != FINISH
