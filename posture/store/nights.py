"""Nights: begun once, led by one process at a time, wound up at their end, reported once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, case, func, insert, or_, select, update

from posture.model.finding import FindingStatus
from posture.model.night import Gist, Night, NightRules, Progress, Standing, Turns
from posture.model.run import Run
from posture.model.severity import Severity
from posture.store import schema
from posture.store.database import EVERYONE, OnDatabase
from posture.store.encoding import GIST, LEFT_OUT, RULES
from posture.store.portions import portions
from posture.store.runs import FINISH, customer_row, new_unit, next_number, run_row

MOST_ATTEMPTS, MOST_BEGINNINGS = 3, 10  # as posture.engine.unit has them: what was begun more often is given up
AT_ONCE = 200  # customers in one statement

_night = schema.night.c
_unit = schema.scan_unit.c
_of_customer = schema.customer_run.c
_run = schema.run.c
GIVEN_UP = or_(_unit.attempt > MOST_ATTEMPTS, _unit.fence > MOST_BEGINNINGS)


class Nights(OnDatabase):
    """Beginning nights, leading them, ending them."""

    __slots__ = ()

    def begin_night(self, night: Night, run: Run, work: Iterable[Turns], rules: NightRules, now: datetime) -> bool:
        """Write a night, its run and all units in one transaction. False where that night has begun already.

        A customer without resources gets the finish unit at once; `work` is taken as it comes.
        """
        with self.database.writing(EVERYONE) as connection:
            self.database.queue_up(connection, "nights")
            if connection.execute(select(_night.id).where(_night.id == night.id)).first():
                return False
            self.database.queue_up(connection, "runs")
            columns = run_row(run, f"night {night.id}", "", None)
            number = {"seq": next_number(connection), "shared": True, "until": night.closes, "rules": RULES.text(rules)}
            connection.execute(insert(schema.run).values({**columns, **number}))
            begun = 0
            for some in portions(work, AT_ONCE):
                begun += len(some)
                connection.execute(insert(schema.customer_run), [customer_row(run.id, t.customer, 0) for t in some])
                connection.execute(insert(schema.scan_unit), [row for turns in some for row in _units(run.id, turns)])
            if not begun:
                connection.execute(update(schema.run).where(_run.id == run.id).values(ended=now))
            connection.execute(insert(schema.night).values(_columns(night)))
            return True

    def night(self, night_id: str) -> Night | None:
        """The night of that date."""
        return self._first(select(schema.night).where(_night.id == night_id))

    def open_nights(self) -> tuple[Night, ...]:
        """The nights that have not ended, the oldest first."""
        return self._every(select(schema.night).where(_night.ended.is_(None)).order_by(_night.opened))

    def nights(self, limit: int) -> tuple[Night, ...]:
        """The newest nights, the newest first."""
        return self._every(select(schema.night).order_by(_night.opened.desc()).limit(limit))

    def last_ended(self, before: datetime) -> Night | None:
        """The newest night that has ended, of those that opened before a moment."""
        ended = select(schema.night).where(_night.ended.is_not(None), _night.opened < before)
        return self._first(ended.order_by(_night.opened.desc()).limit(1))

    def lead_night(
        self, night_id: str, holder: str, lease: timedelta, is_dead: Callable[[str], bool], now: datetime
    ) -> bool:
        """Take or keep the lead of a night. False while another living process has it, or when it has ended."""
        with self.database.writing(EVERYONE) as connection:
            row = connection.execute(select(schema.night).where(_night.id == night_id).with_for_update()).first()
            if row is None or row.ended is not None:
                return False
            another = row.holder not in {"", holder} and row.lease_until is not None and row.lease_until > now
            if another and not is_dead(row.holder):
                return False
            leading = {"holder": holder, "lease_until": now + lease}
            connection.execute(update(schema.night).where(_night.id == night_id).values(leading))
            return True

    def leave_night(self, night_id: str, holder: str) -> None:
        """Give the lead back; whoever comes next goes on."""
        mine = update(schema.night).where(_night.id == night_id, _night.holder == holder)
        with self.database.writing(EVERYONE) as connection:
            connection.execute(mine.values(holder="", lease_until=None))

    def late_customers(self, night_id: str) -> Mapping[str, str]:
        """The customers of whom the night reached nothing, each with the reason."""
        late = schema.night_late.c
        wanted = select(late.customer, late.reason).where(late.night == night_id).order_by(late.customer)
        with self.database.reading(EVERYONE) as connection:
            return {row.customer: row.reason for row in connection.execute(wanted)}

    def end_night(self, night_id: str, summary: str, now: datetime, holder: str = "") -> bool:
        """Note what a night came to. False where another process than `holder` leads it, or it has ended."""
        led = (_night.id == night_id, _night.holder == holder, _night.ended.is_(None))
        ended = {"ended": now, "summary": summary, "holder": "", "lease_until": None}
        with self.database.writing(EVERYONE) as connection:
            return connection.execute(update(schema.night).where(*led).values(ended)).rowcount == 1

    def progress(self, run: str, now: datetime) -> Progress:
        """The units of a run as they stand."""
        resource = _unit.resource != FINISH
        leased = and_(resource, _unit.state == "leased")
        counted = select(
            _count(and_(resource, _unit.state == "queued")).label("queued"),
            _count(and_(leased, _unit.lease_until > now)).label("leased"),
            _count(and_(leased, _unit.lease_until <= now)).label("lapsed"),
            _count(and_(resource, _unit.state == "done")).label("done"),
            _count(and_(resource, _unit.late)).label("late"),
            _count(and_(resource, _unit.state == "done", GIVEN_UP)).label("given_up"),
            func.count(case((and_(leased, _unit.network != ""), _unit.network)).distinct()).label("networks"),
        ).where(_unit.run == run)
        open_customers = select(func.count()).where(_of_customer.run == run, _of_customer.ended.is_(None))
        with self.database.reading(EVERYONE) as connection:
            row = connection.execute(counted).one()
            unfinished = connection.execute(open_customers).scalar_one()
        return Progress(unfinished=unfinished, **{name: value or 0 for name, value in row._mapping.items()})  # noqa: SLF001

    def unreported(self, run: str) -> tuple[str, ...]:
        """The run's finished customers whose report was not written yet, by id."""
        wanted = select(_of_customer.customer).where(
            _of_customer.run == run, _of_customer.ended.is_not(None), _of_customer.reported.is_(None)
        )
        with self.database.reading(EVERYONE) as connection:
            return tuple(connection.execute(wanted.order_by(_of_customer.customer)).scalars())

    def report_written(self, run: str, customer: str, gist: Gist, now: datetime) -> None:
        """Note that the report files of a customer are there, and what they come to; the first word counts."""
        theirs = update(schema.customer_run).where(
            _of_customer.run == run, _of_customer.customer == customer, _of_customer.reported.is_(None)
        )
        with self.database.writing(customer) as connection:
            connection.execute(theirs.values(reported=now, gist=GIST.text(gist)))

    def rules_of(self, run: str) -> NightRules:
        """What whoever takes a unit of the run keeps to; no bounds where there is no such run."""
        with self.database.reading(EVERYONE) as connection:
            text = connection.execute(select(_run.rules).where(_run.id == run)).scalar()
        return NightRules() if text is None else RULES.value(text)

    def gists(self, run: str) -> Mapping[str, Gist]:
        """What the reports written came to, by customer."""
        wanted = select(_of_customer.customer, _of_customer.gist).where(
            _of_customer.run == run, _of_customer.gist != ""
        )
        with self.database.reading(EVERYONE) as connection:
            return {row.customer: GIST.value(row.gist) for row in connection.execute(wanted)}

    def standings(self, run: str) -> tuple[Standing, ...]:
        """The findings of a run's customers, counted: all that are active, and those that this run resolved."""
        finding = schema.finding.c
        resolved = FindingStatus.RESOLVED.value
        wanted = (
            select(finding.status, finding.severity, func.count().label("number"))
            .join_from(schema.finding, schema.customer_run, _of_customer.customer == finding.customer)
            .where(_of_customer.run == run, or_(finding.status != resolved, finding.last_run == run))
            .group_by(finding.status, finding.severity)
            .order_by(finding.status, finding.severity.desc())
        )
        with self.database.reading(EVERYONE) as connection:
            rows = connection.execute(wanted).all()
        return tuple(Standing(FindingStatus(row.status), Severity(row.severity), row.number) for row in rows)

    def last_nights(self) -> Mapping[str, datetime]:
        """When the last night opened that looked at all of a customer's resources, by customer."""
        wanted = (
            select(_of_customer.customer, func.max(_night.opened).label("opened"))
            .join_from(schema.customer_run, schema.night, _night.run == _of_customer.run)
            .where(_of_customer.ended.is_not(None), _of_customer.complete)
            .group_by(_of_customer.customer)
        )
        with self.database.reading(EVERYONE) as connection:
            return {row.customer: row.opened for row in connection.execute(wanted)}

    def _first(self, wanted: Any) -> Night | None:
        with self.database.reading(EVERYONE) as connection:
            row = connection.execute(wanted).first()
        return None if row is None else _night_of(row)

    def _every(self, wanted: Any) -> tuple[Night, ...]:
        with self.database.reading(EVERYONE) as connection:
            return tuple(_night_of(row) for row in connection.execute(wanted))


def _units(run: str, turns: Turns) -> list[dict[str, object]]:
    if not turns.turns:
        return [{**new_unit(run, turns.customer.id, FINISH, 0), "network": "", "opens": None, "closes": None}]
    return [
        {
            **new_unit(run, turns.customer.id, t.resource, t.priority),
            "network": t.network,
            "opens": t.opens,
            "closes": t.closes,
        }
        for t in turns.turns
    ]


def _count(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _columns(night: Night) -> dict[str, object]:
    return {
        "id": night.id,
        "run": night.run,
        "opened": night.opened,
        "closes": night.closes,
        "holder": night.holder,
        "lease_until": night.lease_until,
        "ended": night.ended,
        "planned": LEFT_OUT.text(night.left_out),
        "summary": night.summary,
    }


def _night_of(row: Row[Any]) -> Night:
    return Night(
        id=row.id,
        run=row.run,
        opened=row.opened,
        closes=row.closes,
        holder=row.holder,
        lease_until=row.lease_until,
        ended=row.ended,
        left_out=LEFT_OUT.value(row.planned),
        summary=row.summary,
    )
