"""What the distributions say of installed software, from their own signed indexes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path

from posture.advisories import failure_note
from posture.advisories.errors import Damaged, NoSources
from posture.advisories.failure_note import read_failure
from posture.advisories.feeds.config import Feeds
from posture.advisories.indexes import file as index_file
from posture.advisories.indexes.apt.archive import ORIGINS
from posture.advisories.indexes.apt.archives import ETC_APT
from posture.advisories.indexes.families import NO_FEEDS, known_families
from posture.advisories.indexes.family import Family, Refreshed, by_distribution
from posture.advisories.indexes.file import Index, open_index
from posture.advisories.indexes.name import IndexName, IndexPlace, places
from posture.advisories.indexes.refresh import TIME_LIMIT, refresh_index
from posture.advisories.indexes.shelf import Shelf
from posture.advisories.indexes.staleness import why_stale
from posture.advisories.release_life import MACHINE_DATA, MOST_AGE, release_table, support_of
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, PendingUpdates, ReleaseSupport
from posture.facts.unavailable import Unavailable
from posture.model.run import Source, SourceState

MAX_AGE = timedelta(hours=6)
_NEXT_STEP = "run `posture feeds update`"


class IndexAdvisor:
    """Judges hosts from indexes kept in `cache`; os-release's id says which family answers for a host.

    Only :meth:`refresh` uses the network. `sources_file` (``.list`` or ``.sources``, sources.list(5)) names the
    archives to use for Debian and Ubuntu instead of this machine's own; `feeds` has the mirrors of the other families.

    What Ubuntu fixes only for subscribers of its paid programme is not in the public index, so it is never reported as
    pending. An installed version from that programme is newer than the index and counts as compared.
    """

    def __init__(
        self,
        cache: Path,
        sources_file: Path | None = None,
        *,
        etc_apt: Path = ETC_APT,
        tables: Path = MACHINE_DATA,
        feeds: Feeds = NO_FEEDS,
    ) -> None:
        self._cache = cache
        self._tables = tables
        self._families = by_distribution(known_families(sources_file, etc_apt=etc_apt, tables=tables, feeds=feeds))
        self._declined: dict[IndexName, str] = {}
        self._shelf = Shelf()

    def needed(self, release: OsRelease, packages: InstalledPackages) -> tuple[IndexName, ...]:
        """The indexes that a host is compared with, its own architecture's first.

        Raises:
            NoSources: no index can answer for this host.
        """
        return self._family(release, packages).needed(release, packages)

    def keeps(self, name: IndexName) -> bool:
        """Whether there is an index of that name, however old."""
        try:
            return self._place(name).file(index_file.ENDING).exists()
        except OSError:  # the cache folder is closed to this account
            return False

    def decline(self, name: IndexName, reason: str) -> None:
        """Note why an index was not asked for: said while there is none, and forgotten with this object."""
        self._declined[name] = reason

    def refresh(
        self,
        name: IndexName,
        now: datetime,
        max_age: timedelta = MAX_AGE,
        *,
        force: bool = False,
        time_limit: timedelta = TIME_LIMIT,
    ) -> Refreshed:
        """Bring one index up to date; does nothing when it was confirmed within `max_age`.

        Nothing is fetched any more after `time_limit`. `force` asks the mirror anyway and takes an archive that has
        shrunk; it never takes one that is unsigned, out of date or older than the last.

        Raises:
            RefreshError: it was not brought up to date. The last good index stays; the reason is kept for `pending`
                and `sources`, too.
        """
        family = self._families[name.distribution]
        return refresh_index(family, self._place(name), now, max_age, force=force, time_limit=time_limit)

    def pending(self, release: OsRelease, packages: InstalledPackages, now: datetime) -> PendingUpdates | Unavailable:
        """Compare what is installed with what the release's signed index offers.

        Counted are the pockets a supported host gets updates from; a version from backports is newer than those, never
        pending, and not compared. A half-installed package is not compared, and named so.
        """
        try:
            names = self.needed(release, packages)
        except NoSources as error:
            return Unavailable(f"pending updates are not known: {error}")
        with ExitStack() as stack:
            try:
                opened = [(name, stack.enter_context(open_index(self._place(name), self._shelf))) for name in names]
                indexes = {name.architecture: index for name, index in opened if index}
                if names[0].architecture not in indexes:
                    return self._without_index(names[0])
                return self._judged(release, packages, names, indexes, now)
            except Damaged as error:
                return Unavailable(f"the index of {names[0]} cannot be read ({error}): {_NEXT_STEP}")

    def support(self, release: OsRelease, now: datetime) -> ReleaseSupport | Unavailable:
        """Tell the phase of the release's life at `now`."""
        return support_of(release, now, self._tables)

    def sources_for(self, release: OsRelease, packages: InstalledPackages | None, now: datetime) -> tuple[Source, ...]:
        """Name the data that `pending` and `support` stand on for this host, missing indexes included, with its age."""
        names: tuple[IndexName, ...] = ()
        if packages is not None:
            with suppress(NoSources):
                names = self.needed(release, packages)
        table = (self._table(now),) if release.id in ORIGINS else ()
        return (*(self._source(name, now) for name in names), *table)

    def sources(self, now: datetime) -> tuple[Source, ...]:
        """Name every index at hand and the table of releases, with their age: whoever's hosts needed them."""
        return (*(self._source(name, now) for name in self.known()), self._table(now))

    def known(self) -> tuple[IndexName, ...]:
        """The indexes that are there or were asked for."""
        every = (place.name for place in places(self._cache, index_file.ENDING, failure_note.ENDING))
        return tuple(
            name for name in every if (family := self._families.get(name.distribution)) and family.may_exist(name)
        )

    def _place(self, name: IndexName) -> IndexPlace:
        return IndexPlace(self._cache, name)

    def _family(self, release: OsRelease, packages: InstalledPackages) -> Family:
        family = self._families.get(release.id)
        if family is None:
            raise NoSources(_why_unknown(release, self._families))
        if packages.manager != family.manager:
            raise NoSources(
                f"packages of {packages.manager} are not those of {family.distributions[release.id]}, "
                f"which uses {family.manager}"
            )
        return family

    def _without_index(self, name: IndexName) -> Unavailable:
        why = self._why_missing(name)
        step = "" if name in self._declined else f"; {_NEXT_STEP}"  # which fetches what was asked for before
        return Unavailable(f"there is no index of {name} to compare with{f': {why}' if why else ''}{step}")

    def _why_missing(self, name: IndexName) -> str:
        failure = read_failure(self._place(name))
        return failure.reason if failure else self._declined.get(name, "")

    def _stale(self, name: IndexName, index: Index, now: datetime) -> str:
        family = self._families[name.distribution]
        standstill, moving = family.standstill(name, now), family.moving(index)
        return why_stale(index.fetched, index.pockets, read_failure(self._place(name)), now, standstill, moving=moving)

    def _judged(
        self,
        release: OsRelease,
        packages: InstalledPackages,
        names: tuple[IndexName, ...],
        indexes: dict[str, Index],
        now: datetime,
    ) -> PendingUpdates:
        native = names[0]
        index = indexes[native.architecture]
        family = self._families[native.distribution]
        found = family.compare(packages, names, indexes)
        stale = (self._stale(name, indexes[name.architecture], now) for name in names if name.architecture in indexes)
        return PendingUpdates(
            updates=found.updates,
            compared=found.compared,
            # What is half installed may run in part, at neither version: nobody can say that nothing waits for it.
            not_comparable=(*found.not_comparable, *(f"{name} (half installed)" for name in packages.broken)),
            foreign=found.foreign,
            index=f"{release.id} {native.release}: {' '.join(family.parts(native, index))}",
            index_date=min((p.date for p in index.pockets if p.name in family.moving(index)), default=index.date),
            fetched=min(index.fetched for index in indexes.values()),
            stale=next(filter(None, stale), ""),
            observed=packages.observed,
            newer=found.newer,
            manager=packages.manager,
            untold=family.untold(index),
        )

    def _source(self, name: IndexName, now: datetime) -> Source:
        title = f"package index: {name}"
        try:
            with open_index(self._place(name), self._shelf) as index:
                if index is None:
                    return Source(title, SourceState.MISSING, note=self._why_missing(name))
                stale = self._stale(name, index, now)
                state = SourceState.STALE if stale else SourceState.CURRENT
                return Source(title, state, index.date, index.fetched, stale or _note(index))
        except Damaged as error:
            return Source(title, SourceState.MISSING, note=f"cannot be read: {error}")

    def _table(self, now: datetime) -> Source:
        dated = min(release_table(distribution, self._tables).dated for distribution in ("debian", "ubuntu"))
        state = SourceState.STALE if now - dated > MOST_AGE else SourceState.CURRENT
        return Source("release life cycles: distro-info-data", state, dated)


def _why_unknown(release: OsRelease, families: Mapping[str, Family]) -> str:
    name = release.name or release.id or "an unnamed system"
    if set(release.like) & set(families):
        return f"{name} is a derivative; derivatives are not judged as their parent"
    return (
        f"{name} is not known; {', '.join(sorted(family.distributions[id_] for id_, family in families.items()))} are"
    )


def _note(index: Index) -> str:
    odd = sum(pocket.unparsable for pocket in index.pockets)
    unsigned = " and ".join(pocket.name for pocket in index.pockets if not pocket.keyring)
    notes = (f"{unsigned}: not signed, taken as configured" if unsigned else "", _odd(odd))
    return "; ".join(filter(None, notes))


def _odd(count: int) -> str:
    return f"{count} versions do not parse" if count else ""
