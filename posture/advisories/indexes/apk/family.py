"""Alpine: APKINDEX.tar.gz of each repository of a branch, fetched from configured mirrors."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from posture.advisories.errors import NoSources, Refused
from posture.advisories.indexes.apk.matching import compare
from posture.advisories.indexes.apk.repository import Repository, VerifiedIndex, fetch_index
from posture.advisories.indexes.apk.systems import (
    ARCHITECTURES,
    DISTRIBUTION,
    TITLE,
    architecture_of,
    branch_of,
    is_branch,
)
from posture.advisories.indexes.build import Plausible, build_index
from posture.advisories.indexes.family import Comparison, Order, Refreshed
from posture.advisories.indexes.file import Index, Pocket
from posture.advisories.indexes.name import IndexName
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages

# An index has no end of validity. A supported branch gets packages every few days; a month without any is the end of
# the branch or a mirror that stands still, and either way nobody knows of an update since.
MOST_STANDSTILL = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ApkFamily:
    """Fits posture.advisories.indexes.family.Family. `repositories` tells those that are configured for a branch."""

    repositories: Callable[[IndexName], tuple[Repository, ...]]

    @property
    def manager(self) -> str:
        """The package manager of its hosts."""
        return "apk"

    @property
    def distributions(self) -> Mapping[str, str]:
        """The ids it answers for."""
        return {DISTRIBUTION: TITLE}

    def needed(self, release: OsRelease, packages: InstalledPackages) -> tuple[IndexName, ...]:
        """One index, of the host's branch and architecture.

        Raises:
            NoSources: its version or architecture is unknown, or no mirror is configured for it.
        """
        name = IndexName(release.id, branch_of(release), architecture_of(packages))
        self._configured(name)
        return (name,)

    def may_exist(self, name: IndexName) -> bool:
        """Whether a mirror is configured for it."""
        fits = name.distribution == DISTRIBUTION and is_branch(name.release) and name.architecture in ARCHITECTURES
        return fits and bool(self.repositories(name))

    def refresh(self, order: Order) -> Refreshed:
        """Fetch all repositories, which are small, and build the index anew: nothing in a file tells it from the last.

        Raises:
            RefreshError: it was not built; the last good one is as it was.
        """
        name = order.place.name
        repositories = self._configured(name)
        with tempfile.TemporaryDirectory(prefix="posture-index-") as folder:
            indexes: list[VerifiedIndex] = []
            for number, repository in enumerate(repositories):
                place = Path(folder) / str(number)
                place.mkdir()
                index = fetch_index(repository, name, place, order.now, order.until)
                _check(index, indexes, order.known.get(repository.name))
                indexes.append(index)
            parts = {index.repository.name: index.part() for index in indexes}
            last = tuple(pocket for pocket in order.known.values() if pocket.name in parts)
            plausible = Plausible(repositories[0].name, tuple(parts))
            rows = build_index(order.place, parts, last, order.now, plausible, force=order.force)
        return Refreshed(name, order.now, tuple(parts), rows)

    def compare(
        self, packages: InstalledPackages, names: Sequence[IndexName], indexes: Mapping[str, Index]
    ) -> Comparison:
        """See posture.advisories.indexes.apk.matching."""
        return compare(packages, indexes[names[0].architecture])

    def untold(self, index: Index) -> tuple[str, ...]:
        """All: Alpine has no pocket for security updates and no advisories in its indexes."""
        return tuple(pocket.name for pocket in index.pockets)

    def parts(self, name: IndexName, index: Index) -> tuple[str, ...]:
        """The repositories, in the order they are configured in."""
        order = [repository.name for repository in self.repositories(name)]
        held = (pocket.name for pocket in index.pockets)
        return tuple(sorted(held, key=lambda pocket: (order.index(pocket) if pocket in order else len(order), pocket)))

    def moving(self, index: Index) -> tuple[str, ...]:
        """Main: what the branch's community still tends is not much."""
        return tuple(pocket.name for pocket in index.pockets if pocket.name == "main")

    def standstill(self, name: IndexName, now: datetime) -> timedelta | None:  # noqa: ARG002
        """A month, for all branches."""
        return MOST_STANDSTILL

    def _configured(self, name: IndexName) -> tuple[Repository, ...]:
        found = self.repositories(name)
        if not found:
            raise NoSources(f"no mirror of {name} is configured: name its repositories among the feeds' mirrors")
        return found


def _check(index: VerifiedIndex, others: Sequence[VerifiedIndex], known: Pocket | None) -> None:
    repository = index.repository.name
    same = next((other.repository.name for other in others if other.sha256 == index.sha256), "")
    if same:  # one key signs all of them
        raise Refused(f"{repository}: the mirror serves the packages of {same} in its place")
    if known and index.date < known.date:
        raise Refused(
            f"{repository}: its newest package was built on {index.date:%Y-%m-%d %H:%M} UTC, that of the index seen "
            f"before on {known.date:%Y-%m-%d %H:%M} UTC: the mirror lags or somebody plays back an old one"
        )
