"""What the distributions say of installed software, from their own signed indexes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path

from posture.advisories.errors import NoSources
from posture.advisories.indexes import failure_note
from posture.advisories.indexes import file as index_file
from posture.advisories.indexes.apt.machine import machine_index, machine_release
from posture.advisories.indexes.apt.sources import ArchiveEntry, from_file, from_machine, machine_entries
from posture.advisories.indexes.failure_note import read_failure, write_failure
from posture.advisories.indexes.file import Damaged, Index, open_index
from posture.advisories.indexes.matching import compare
from posture.advisories.indexes.name import ORIGINS, IndexName, IndexPlace, places
from posture.advisories.indexes.of_host import index_name, may_exist, needed_indexes
from posture.advisories.indexes.refresh import TIME_LIMIT, Refreshed, refresh_index
from posture.advisories.indexes.staleness import why_stale
from posture.advisories.release_life import MACHINE_DATA, release_table, support_of
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, PendingUpdates, ReleaseSupport, Support
from posture.facts.unavailable import Unavailable
from posture.model.run import Source, SourceState

MAX_AGE = timedelta(hours=6)
ETC_APT = Path("/etc/apt")
TABLE_MOST_AGE = timedelta(days=365)  # the table plans years ahead; a release comes every half year
_NEXT_STEP = "run `posture feeds update`"


class IndexAdvisor:
    """Judges dpkg hosts of Debian and Ubuntu from indexes kept in `cache`.

    Only :meth:`refresh` uses the network. `sources_file` (``.list`` or ``.sources``, sources.list(5)) names the
    archives to use instead of this machine's own.

    What Ubuntu fixes only for subscribers of its paid programme is not in the public index, so it is never reported as
    pending. An installed version from that programme is newer than the index and counts as compared.
    """

    def __init__(
        self, cache: Path, sources_file: Path | None = None, *, etc_apt: Path = ETC_APT, tables: Path = MACHINE_DATA
    ) -> None:
        self._cache = cache
        self._sources_file = sources_file
        self._etc_apt = etc_apt
        self._tables = tables
        self._declined: dict[IndexName, str] = {}

    def needed(self, release: OsRelease, packages: InstalledPackages) -> tuple[IndexName, ...]:
        """The indexes that a host is compared with, its own architecture's first.

        Raises:
            NoSources: no index can answer for this host.
        """
        return needed_indexes(release, packages, self._tables)

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
        """Bring one index up to date through apt-get; does nothing when it was confirmed within `max_age`.

        Nothing is fetched any more after `time_limit`. `force` asks the mirror anyway and takes an archive that has
        shrunk; it never takes one that is unsigned, out of date or older than the last.

        Raises:
            RefreshError: it was not brought up to date. The last good index stays; the reason is kept for `pending`
                and `sources`, too.
        """
        try:
            entries = self._entries(name)
        except NoSources as error:
            write_failure(self._place(name), error, now)
            raise
        return refresh_index(self._place(name), entries, now, max_age, force=force, time_limit=time_limit)

    def pending(self, release: OsRelease, packages: InstalledPackages, now: datetime) -> PendingUpdates | Unavailable:
        """Compare what is installed with what the release's signed index offers.

        Counted are the release's own pocket, -updates and -security; a version from backports is newer than those,
        never pending, and not compared. A half-installed package is not compared, and named so.
        """
        if packages.manager != "dpkg":
            return Unavailable(f"packages of {packages.manager} are not compared yet, those of dpkg are")
        try:
            names = self.needed(release, packages)
        except NoSources as error:
            return Unavailable(f"pending updates are not known: {error}")
        with ExitStack() as stack:
            try:
                opened = [(name, stack.enter_context(open_index(self._place(name)))) for name in names]
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
        if packages is not None and packages.manager == "dpkg":
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
        return tuple(name for name in every if may_exist(name, self._tables))

    def _place(self, name: IndexName) -> IndexPlace:
        return IndexPlace(self._cache, name)

    def _entries(self, name: IndexName) -> tuple[ArchiveEntry, ...]:
        if self._sources_file:
            return from_file(self._sources_file, name)
        return from_machine(machine_entries(self._etc_apt), machine_release(), name)

    def _without_index(self, name: IndexName) -> Unavailable:
        why = self._why_missing(name)
        step = "" if name in self._declined else f"; {_NEXT_STEP}"  # which fetches what was asked for before
        return Unavailable(f"there is no index of {name} to compare with{f': {why}' if why else ''}{step}")

    def _why_missing(self, name: IndexName) -> str:
        failure = read_failure(self._place(name))
        return failure.reason if failure else self._declined.get(name, "")

    def _stale(self, name: IndexName, index: Index, now: datetime) -> str:
        life = self.support(OsRelease(name.distribution, "", name.codename, ""), now)
        supported = isinstance(life, ReleaseSupport) and life.phase in {Support.REGULAR, Support.LTS}
        failure = read_failure(self._place(name))
        return why_stale(index.fetched, index.pockets, failure, now, supported=supported)

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
        found = compare(packages, native, indexes)
        stale = (self._stale(name, indexes[name.architecture], now) for name in names if name.architecture in indexes)
        return PendingUpdates(
            updates=found.updates,
            compared=found.compared,
            # What is half installed may run in part, at neither version: nobody can say that nothing waits for it.
            not_comparable=(*found.not_comparable, *(f"{name} (half installed)" for name in packages.broken)),
            foreign=found.foreign,
            index=f"{release.id} {release.codename}: {' '.join(_short_names(native, index))}",
            index_date=index.date,
            fetched=min(index.fetched for index in indexes.values()),
            stale=next(filter(None, stale), ""),
            observed=packages.observed,
            newer=found.newer,
        )

    def _source(self, name: IndexName, now: datetime) -> Source:
        title = f"package index: {name}"
        try:
            with open_index(self._place(name)) as index:
                if index is None:
                    return Source(title, SourceState.MISSING, note=self._why_missing(name))
                stale = self._stale(name, index, now)
                state = SourceState.STALE if stale else SourceState.CURRENT
                return Source(title, state, index.date, index.fetched, stale or _odd_versions(index))
        except Damaged as error:
            return Source(title, SourceState.MISSING, note=f"cannot be read: {error}")

    def _table(self, now: datetime) -> Source:
        dated = min(release_table(distribution, self._tables).dated for distribution in ("debian", "ubuntu"))
        state = SourceState.STALE if now - dated > TABLE_MOST_AGE else SourceState.CURRENT
        return Source("release life cycles: distro-info-data", state, dated)


def _short_names(name: IndexName, index: Index) -> Iterator[str]:
    """The pockets an index holds, without the codename: main updates security."""
    for pocket in sorted((pocket.name for pocket in index.pockets), key=name.pockets.index, reverse=True):
        yield pocket.removeprefix(name.codename).removeprefix("-") or "main"


def _odd_versions(index: Index) -> str:
    odd = sum(pocket.unparsable for pocket in index.pockets)
    return f"{odd} versions do not parse" if odd else ""


__all__ = ["IndexAdvisor", "IndexName", "index_name", "machine_index", "needed_indexes"]
