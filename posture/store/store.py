from __future__ import annotations

from types import TracebackType
from typing import Self

from posture.store.actions import Actions
from posture.store.cases import Cases
from posture.store.closing import Closing
from posture.store.database import connect_to
from posture.store.deliveries import Deliveries
from posture.store.disputes import Disputes
from posture.store.dossiers import Dossiers
from posture.store.enforcement import Enforcements
from posture.store.findings import Findings
from posture.store.grants import Grants
from posture.store.holds import Holds
from posture.store.migrate import migrate, refuse_another_schema
from posture.store.night_counts import NightCounts
from posture.store.nights import Nights
from posture.store.pins import Pins
from posture.store.retention import Retention
from posture.store.runs import Runs
from posture.store.shared_runs import SharedRuns
from posture.store.sightings import Sightings
from posture.store.units import Units
from posture.store.views import Views


class Store(
    Dossiers,
    Runs,
    Nights,
    Closing,
    NightCounts,
    SharedRuns,
    Units,
    Findings,
    Views,
    Actions,
    Pins,
    Sightings,
    Grants,
    Deliveries,
    Disputes,
    Cases,
    Enforcements,
    Holds,
    Retention,
):
    """All that is kept, in one database. May be used by many threads; each process opens its own."""

    __slots__ = ()

    def close(self) -> None:
        """Give all connections back."""
        self.database.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str) -> Store:
    """Open a database. SQLite's is made if it is not there, and brought up to date; PostgreSQL's has to be.

    Args:
        url: ``sqlite:///posture.db`` (three slashes for a relative path, four for an absolute one) or
            ``postgresql://USER@HOST/DATABASE``.

    Raises:
        StoreError: one of posture.store.errors, with the next step.
    """
    database = connect_to(url)
    try:
        if database.is_postgresql:
            refuse_another_schema(database)
        else:
            migrate(database)
    except BaseException:
        database.engine.dispose()
        raise
    return Store(database)


def upgrade(url: str, app_role: str = "") -> tuple[str, ...]:
    """Make or upgrade the tables of a database.

    Args:
        url: on PostgreSQL as the role that owns the tables.
        app_role: on PostgreSQL, the role that is to work with them; "": those that worked with them before, else
            posture_app if it is there.

    Returns:
        The roles that may work with the tables, besides their owner.

    Raises:
        StoreError: one of posture.store.errors; nothing was changed.
    """
    database = connect_to(url)
    try:
        return migrate(database, app_role)
    finally:
        database.engine.dispose()
