"""AlmaLinux, Rocky, CentOS Stream, Fedora and others with RPM repositories, fetched from configured mirrors."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from posture.advisories.errors import NoSources, Refused
from posture.advisories.indexes.build import Plausible, build_index
from posture.advisories.indexes.family import Comparison, Order, Refreshed
from posture.advisories.indexes.file import Index, Pocket
from posture.advisories.indexes.name import IndexName
from posture.advisories.indexes.rpm.matching import compare
from posture.advisories.indexes.rpm.repository import NO_ADVISORIES, Repository, VerifiedHead, fetch_head, fetch_part
from posture.advisories.indexes.rpm.systems import ARCHITECTURES, SYSTEMS, architecture_of, release_of
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages

# repomd.xml has no end of validity. A supported release gets updates every week or two; a month without any is the end
# of the release or a mirror that stands still, and either way nobody knows of an update since.
MOST_STANDSTILL = timedelta(days=30)
_BRINGS_UPDATES = re.compile(r"^(baseos|appstream)$|updates?\b", re.IGNORECASE)
_NOT_HOSTED = {"rhel": "its repositories are open to subscribers only"}


@dataclass(frozen=True, slots=True)
class RpmFamily:
    """Fits posture.advisories.indexes.family.Family. `repositories` tells those that are configured for a release."""

    repositories: Callable[[IndexName], tuple[Repository, ...]]

    @property
    def manager(self) -> str:
        """The package manager of its hosts."""
        return "rpm"

    @property
    def distributions(self) -> Mapping[str, str]:
        """The ids it answers for."""
        return {name: system.title for name, system in SYSTEMS.items()}

    def needed(self, release: OsRelease, packages: InstalledPackages) -> tuple[IndexName, ...]:
        """One index, of the host's own architecture: its repositories hold what else may be installed beside it.

        Raises:
            NoSources: its version or architecture is unknown, or no mirror is configured for it.
        """
        name = IndexName(release.id, release_of(release), architecture_of(packages))
        self._configured(name)
        return (name,)

    def may_exist(self, name: IndexName) -> bool:
        """Whether a mirror is configured for it."""
        return name.distribution in SYSTEMS and name.architecture in ARCHITECTURES and bool(self.repositories(name))

    def refresh(self, order: Order) -> Refreshed:
        """Fetch the repositories whose head is another than the one known, and build the index.

        Raises:
            RefreshError: it was not built; the last good one is as it was.
        """
        repositories = self._configured(order.place.name)
        heads = [fetch_head(repository, order.now, order.until) for repository in repositories]
        _check_apart(heads)
        for head in heads:
            _check_date(head, order.known.get(head.repository.name))
        changed = [head for head in heads if not _is_known(head, order.known)]
        names = [repository.name for repository in repositories]
        with tempfile.TemporaryDirectory(prefix="posture-index-") as folder:
            parts = {}
            for number, head in enumerate(changed):
                place = Path(folder) / str(number)
                place.mkdir()
                parts[head.repository.name] = fetch_part(head, place, order.until)
            kept = tuple(pocket for pocket in order.known.values() if pocket.name in names)
            plausible = Plausible(names[0], tuple(names))
            rows = build_index(order.place, parts, kept, order.now, plausible, force=order.force)
        return Refreshed(order.place.name, order.now, tuple(parts), rows)

    def compare(
        self, packages: InstalledPackages, names: Sequence[IndexName], indexes: Mapping[str, Index]
    ) -> Comparison:
        """See posture.advisories.indexes.rpm.matching."""
        return compare(packages, names[0], indexes[names[0].architecture])

    def untold(self, index: Index) -> tuple[str, ...]:
        """The repositories without updateinfo.xml."""
        return tuple(pocket.name for pocket in index.pockets if pocket.components == NO_ADVISORIES)

    def parts(self, name: IndexName, index: Index) -> tuple[str, ...]:
        """The repositories, in the order they are configured in; and whether none of them says what is security."""
        order = [repository.name for repository in self.repositories(name)]
        held = [pocket.name for pocket in index.pockets]
        named = sorted(held, key=lambda pocket: (order.index(pocket) if pocket in order else len(order), pocket))
        silent = all(pocket.components == NO_ADVISORIES for pocket in index.pockets)
        return (*named, f"({NO_ADVISORIES}: what is security is not told)") if silent else tuple(named)

    def moving(self, index: Index) -> tuple[str, ...]:
        """Those of an enterprise release that are rebuilt in place, and Fedora's and openSUSE's of updates."""
        return tuple(pocket.name for pocket in index.pockets if _BRINGS_UPDATES.search(pocket.name))

    def standstill(self, name: IndexName, now: datetime) -> timedelta | None:  # noqa: ARG002
        """A month, for all of them."""
        return MOST_STANDSTILL

    def _configured(self, name: IndexName) -> tuple[Repository, ...]:
        found = self.repositories(name)
        if not found:
            why = f" ({_NOT_HOSTED[name.distribution]})" if name.distribution in _NOT_HOSTED else ""
            raise NoSources(f"no mirror of {name} is configured{why}: name its repositories among the feeds' mirrors")
        return found


def _is_known(head: VerifiedHead, known: Mapping[str, Pocket]) -> bool:
    pocket = known.get(head.repository.name)
    return pocket is not None and (pocket.date, pocket.keyring) == (head.head.date, head.signer)


def _check_apart(heads: Sequence[VerifiedHead]) -> None:
    """One key signs all repositories of a distribution: a mirror may serve one in another's place."""
    seen: dict[str, str] = {}
    for head in heads:
        digest, name = head.head.files["primary"].digest, head.repository.name
        if digest in seen:
            raise Refused(f"{name} serves the packages of {seen[digest]} in its place")
        seen[digest] = name


def _check_date(head: VerifiedHead, known: Pocket | None) -> None:
    if known and head.head.date < known.date:
        raise Refused(
            f"{head.repository.name}: its head is dated {head.head.date:%Y-%m-%d %H:%M} UTC, older than the one of "
            f"{known.date:%Y-%m-%d %H:%M} UTC seen before: the mirror lags or somebody plays back an old one"
        )
