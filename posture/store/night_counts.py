"""How far a night is and whom it reached: counted by the database, whatever the number of customers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from posture.model.night import BusyNetwork, Reach, Way
from posture.store import schema
from posture.store.database import EVERYONE, OnDatabase
from posture.store.nights import GIVEN_UP
from posture.store.runs import FINISH

MOST_NETWORKS = 5

_unit = schema.scan_unit.c
_of_customer = schema.customer_run.c
_run = schema.run.c
_RESOURCE = _unit.resource != FINISH


class NightCounts(OnDatabase):
    """Counting a night's customers and units."""

    __slots__ = ()

    def reach(self, run: str) -> Reach:
        """How many customers the run has, and how far they are."""
        finished = _of_customer.ended.is_not(None)
        counted = select(
            func.count().label("customers"),
            _count(finished).label("finished"),
            _count(and_(finished, _of_customer.complete)).label("complete"),
            _count(_of_customer.reported.is_not(None)).label("reported"),
        ).where(_of_customer.run == run)
        with self.database.reading(EVERYONE) as connection:
            row = connection.execute(counted).one()
        return Reach(row.customers, row.finished or 0, row.complete or 0, row.reported or 0)

    def given_up(self, run: str, most: int) -> tuple[tuple[str, str], ...]:
        """The resources whose looks were begun too often without coming to an end: customer and resource, in order."""
        wanted = (
            select(_unit.customer, _unit.resource)
            .where(_unit.run == run, _RESOURCE, _unit.state == "done", GIVEN_UP)
            .order_by(_unit.customer, _unit.resource)
            .limit(most)
        )
        with self.database.reading(EVERYONE) as connection:
            return tuple((row.customer, row.resource) for row in connection.execute(wanted))

    def way(self, run: str, now: datetime) -> Way:
        """How the run gets on at this moment."""
        held = and_(_unit.state == "leased", _unit.lease_until > now)
        lapsed = and_(_unit.state == "leased", _unit.lease_until <= now)
        may_begin = and_(_RESOURCE, _unit.state == "queued", or_(_unit.opens.is_(None), _unit.opens <= now))
        counted = select(
            func.count(case((held, _unit.worker)).distinct()).label("workers"),
            func.sum(case((_unit.attempt > 1, _unit.attempt - 1), else_=0)).label("begun_again"),
            _count(lapsed).label("lapsed"),
            _count(and_(may_begin, _unit.opens.is_(None))).label("at_once"),
            func.min(case((may_begin, _unit.opens))).label("opened"),
        ).where(_unit.run == run)
        busy = (
            select(_unit.network, _count(held).label("held"), _count(_unit.state == "queued").label("queued"))
            .where(_unit.run == run, _unit.network != "", schema.NOT_DONE)
            .group_by(_unit.network)
            .having(_count(held) > 0)
            .order_by(_count(held).desc(), _count(_unit.state == "queued").desc(), _unit.network)
            .limit(MOST_NETWORKS)
        )
        with self.database.reading(EVERYONE) as connection:
            row = connection.execute(counted).one()
            started = connection.execute(select(_run.started).where(_run.id == run)).scalar()
            networks = tuple(BusyNetwork(one.network, one.held, one.queued) for one in connection.execute(busy))
        since = [at for at in (started if row.at_once else None, row.opened) if at is not None]
        return Way(
            workers=row.workers,
            lapsed_ever=(row.begun_again or 0) + (row.lapsed or 0),
            waiting_since=min(since, default=None),
            networks=networks,
        )


def _count(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))
