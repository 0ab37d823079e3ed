"""The shape of a family of distributions: one kind of signed index, how it is fetched and how it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from posture.advisories.indexes.file import Index, Pocket
from posture.advisories.indexes.name import IndexName, IndexPlace
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, PendingUpdate


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome of comparing one host; packages are named as the manager does.

    `compared` counts the installed packages that stand in neither of the other lists but `updates`.
    """

    updates: tuple[PendingUpdate, ...]
    compared: int
    not_comparable: tuple[str, ...]
    foreign: tuple[str, ...]
    newer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refreshed:
    """An index that is up to date. `changed` are the pockets fetched now; `rows` is 0 when the mirror was not asked."""

    name: IndexName
    fetched: datetime
    changed: tuple[str, ...] = ()
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """To bring an index up to date. `known` are the pockets of the last good one, empty where there is none.

    `until` is an instant of time.monotonic(): nothing is fetched after it. `force` takes an archive that has shrunk.
    """

    place: IndexPlace
    known: Mapping[str, Pocket]
    now: datetime
    until: float
    force: bool = False


class Family(Protocol):
    """Distributions with one kind of signed index. Only :meth:`refresh` uses the network."""

    @property
    def manager(self) -> str:
        """The package manager of its hosts: ``dpkg``, ``rpm``, ``apk``."""

    @property
    def distributions(self) -> Mapping[str, str]:
        """The ids (os-release(5), lower case) it answers for, each with the name to use in a sentence."""

    def needed(self, release: OsRelease, packages: InstalledPackages) -> tuple[IndexName, ...]:
        """The indexes a host is compared with, its own architecture's first. Takes known or strictly shaped names only.

        Raises:
            NoSources: no index can answer for this host.
        """

    def may_exist(self, name: IndexName) -> bool:
        """Whether a host could ask for this index: files of other names in the cache are nobody's."""

    def refresh(self, order: Order) -> Refreshed:
        """Fetch what is signed, verify it, and build the index beside the last good one (build.build_index).

        Raises:
            RefreshError: it was not brought up to date; the last good one is as it was.
        """

    def compare(
        self, packages: InstalledPackages, names: Sequence[IndexName], indexes: Mapping[str, Index]
    ) -> Comparison:
        """Compare what is installed with the indexes at hand, by architecture; `names` is what `needed` gave.

        The index of the host's own architecture, the first of `names`, is among them.

        Raises:
            Damaged: an index cannot be read.
        """

    def untold(self, index: Index) -> tuple[str, ...]:
        """The pockets of which the index does not tell what is a security update."""

    def parts(self, name: IndexName, index: Index) -> tuple[str, ...]:
        """The short names of the pockets that an index holds, the main one first: main, updates, security."""

    def moving(self, index: Index) -> tuple[str, ...]:
        """The pockets of an index that updates come through while a release is supported."""

    def standstill(self, name: IndexName, now: datetime) -> timedelta | None:
        """How long nothing new may be signed before the mirror is thought to stand still; None: as long as it likes."""


def by_distribution(families: Sequence[Family]) -> dict[str, Family]:
    """Who answers for which id."""
    return {distribution: family for family in families for distribution in family.distributions}
