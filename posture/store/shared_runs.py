"""What a worker asks of the table of work besides its units: which runs are open to it, and what is left in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import func, select, update

from posture.model.shared_run import SharedRun
from posture.model.unit import ClaimedUnit
from posture.store import schema
from posture.store.claims import free, held
from posture.store.database import EVERYONE, OnDatabase
from posture.store.encoding import RULES
from posture.store.runs import FINISH

_run = schema.run.c
_unit = schema.scan_unit.c


class SharedRuns(OnDatabase):
    """Looking at shared runs, and giving their units back."""

    __slots__ = ()

    def shared_runs(self) -> tuple[SharedRun, ...]:
        """The runs whose units any worker may take, the oldest first."""
        columns = (_run.id, _run.posture_version, _run.rules, _run.winding)
        wanted = select(*columns).where(schema.OPEN_TO_ALL).order_by(_run.seq)
        with self.database.reading(EVERYONE) as connection:
            return tuple(
                SharedRun(row.id, row.posture_version, RULES.value(row.rules), row.winding)
                for row in connection.execute(wanted)
            )

    def free_units(self, most: int, now: datetime) -> int:
        """How many units of shared runs nobody holds and may begin now, `most` at most; networks are not looked at."""
        found = 0
        with self.database.reading(EVERYONE) as connection:
            for run in connection.execute(select(schema.run).where(schema.OPEN_TO_ALL)).all():
                if run.until is not None and run.until <= now and not run.winding:
                    continue
                looks = select(_unit.id).where(_unit.run == run.id, schema.NOT_DONE, _unit.resource != FINISH).limit(1)
                theirs = free(run, now)
                if connection.execute(looks).first():  # finish units wait for all of these
                    theirs += (_unit.resource != FINISH,)
                some = select(_unit.id).where(*theirs).limit(most - found).subquery()
                found += connection.execute(select(func.count()).select_from(some)).scalar_one()
                if found >= most:
                    break
        return found

    def give_back(self, units: Iterable[ClaimedUnit], now: datetime) -> int:
        """Free units that their holder will not finish; the number of those that were still the holder's.

        It does not count as an attempt: nobody's fault, as with `release_leases`.
        """
        freed = {"state": "queued", "worker": "", "lease_until": now}
        with self.database.writing(EVERYONE) as connection:
            return sum(
                connection.execute(
                    update(schema.scan_unit).where(*held(unit)).values(**freed, attempt=_unit.attempt - 1)
                ).rowcount
                for unit in sorted(units, key=lambda unit: unit.id)
            )

    def server_time(self) -> datetime | None:
        """What the database server's clock says; None for SQLite, which has the machine's."""
        if not self.database.is_postgresql:
            return None
        with self.database.reading(EVERYONE) as connection:
            said: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            return said.astimezone(UTC)
