"""Debian and Ubuntu: InRelease and Packages files, fetched and verified by apt-get itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from posture.advisories.indexes.apt.archive import ORIGINS, pockets
from posture.advisories.indexes.apt.archives import Archives
from posture.advisories.indexes.apt.matching import compare
from posture.advisories.indexes.apt.of_host import may_exist, needed_indexes
from posture.advisories.indexes.apt.refresh import update
from posture.advisories.indexes.family import Comparison, Order, Refreshed
from posture.advisories.indexes.file import Index
from posture.advisories.indexes.name import IndexName
from posture.advisories.release_life import MACHINE_DATA, support_of
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, ReleaseSupport, Support

# Without Valid-Until nothing else shows that a mirror stands still; a supported release's archive is signed daily.
MOST_STANDSTILL = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class AptFamily:
    """Fits posture.advisories.indexes.family.Family.

    `archives` tells where indexes are fetched from. `tables` holds the table of releases (distro-info-data).
    """

    archives: Archives
    tables: Path = MACHINE_DATA

    @property
    def manager(self) -> str:
        """The package manager of its hosts."""
        return "dpkg"

    @property
    def distributions(self) -> Mapping[str, str]:
        """The ids it answers for."""
        return ORIGINS

    def needed(self, release: OsRelease, packages: InstalledPackages) -> tuple[IndexName, ...]:
        """The index of the host's own architecture, then those of its commonest foreign ones."""
        return needed_indexes(release, packages, self.tables)

    def may_exist(self, name: IndexName) -> bool:
        """Whether the table knows the release."""
        return may_exist(name, self.tables)

    def refresh(self, order: Order) -> Refreshed:
        """Fetch through apt-get."""
        return update(order, self.archives.of(order.place.name))

    def compare(
        self, packages: InstalledPackages, names: Sequence[IndexName], indexes: Mapping[str, Index]
    ) -> Comparison:
        """Counted are the release's own pocket, -updates and -security."""
        return compare(packages, names[0], indexes)

    def untold(self, index: Index) -> tuple[str, ...]:  # noqa: ARG002
        """None: the security pocket tells."""
        return ()

    def parts(self, name: IndexName, index: Index) -> tuple[str, ...]:
        """The pockets without the codename."""
        order = pockets(name)
        held = sorted((pocket.name for pocket in index.pockets), key=order.index, reverse=True)
        return tuple(pocket.removeprefix(name.release).removeprefix("-") or "main" for pocket in held)

    def moving(self, index: Index) -> tuple[str, ...]:
        """The security pocket."""
        return tuple(pocket.name for pocket in index.pockets if pocket.name.endswith("-security"))

    def standstill(self, name: IndexName, now: datetime) -> timedelta | None:
        """Only a release that still gets free updates is signed anew all the time."""
        life = support_of(OsRelease(name.distribution, "", name.release, ""), now, self.tables)
        supported = isinstance(life, ReleaseSupport) and life.phase in {Support.REGULAR, Support.LTS}
        return MOST_STANDSTILL if supported else None
