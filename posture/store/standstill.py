"""A database that nobody changes for a while, and who is at work on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from posture.store import schema
from posture.store.database import EVERYONE, Database
from posture.store.errors import StoreError

_unit = schema.scan_unit.c
_night = schema.night.c


@contextmanager
def held_still(database: Database) -> Iterator[Connection]:
    """A transaction that reads one state, which is the newest one until the block ends: nobody writes meanwhile.

    Writers wait for its end and may give up. PostgreSQL's program role cannot lock what is append-only: there the rows
    are counted again at the end.

    Raises:
        StoreError: somebody writes and does not end, or wrote into an append-only table meanwhile.
    """
    if not database.is_postgresql:
        with database.writing(EVERYONE) as connection:
            yield connection
        return
    with database.writing(EVERYONE) as guard:
        database.unhurried(guard)
        changing = sorted(set(schema.METADATA.tables) - schema.APPEND_ONLY)
        guard.execute(text(f"LOCK TABLE {', '.join(changing)} IN SHARE MODE"))
        database.queue_up(guard, "scan_action")
        with database.reading(EVERYONE) as reading:
            database.unhurried(reading)
            yield reading
            for name in sorted(schema.APPEND_ONLY):
                count = select(func.count()).select_from(schema.METADATA.tables[name])
                if guard.execute(count).scalar_one() != reading.execute(count).scalar_one():
                    raise StoreError(f"somebody wrote into {name} of {database.place} meanwhile; start again")


def refuse_work_under_way(connection: Connection, place: str, is_gone: Callable[[str], bool], now: datetime) -> None:
    """Stop where living workers hold units, or a living process leads a night. What the dead held is nobody's.

    Args:
        connection: to look in.
        place: what to call the database.
        is_gone: whether the worker of that name has surely ended.
        now: leases that ended before are over.

    Raises:
        StoreError: who is at work on what.
    """
    units = (
        select(_unit.run, _unit.worker, func.count().label("units"))
        .where(schema.LEASED, _unit.lease_until > now)
        .group_by(_unit.run, _unit.worker)
        .order_by(_unit.run, _unit.worker)
    )
    leads = select(_night.id, _night.holder).where(
        _night.ended.is_(None), _night.holder != "", _night.lease_until > now
    )
    work = [f"the night {row.id}, led by {row.holder}" for row in connection.execute(leads) if not is_gone(row.holder)]
    work += [
        f"{row.units} units of the run {row.run}, held by {row.worker}"
        for row in connection.execute(units)
        if not is_gone(row.worker)
    ]
    if work:
        more = f"; and {len(work) - 5} more" if len(work) > 5 else ""
        raise StoreError(
            f"work is under way in {place}: {'; '.join(work[:5])}{more}. Let it end, or stop it: it goes on in the new "
            "database"
        )
