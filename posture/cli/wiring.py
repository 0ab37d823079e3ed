"""Put the rooms together: the only place that knows all of them."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

from posture.advisories.advisor import IndexAdvisor
from posture.advisories.errors import NoSources, RefreshError
from posture.advisories.index_name import IndexName, needed_indexes
from posture.cli.options import cache_folder
from posture.collect.resource import ResourceCollector
from posture.engine.clock import utc_now
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages
from posture.store.store import Store


def advisor() -> IndexAdvisor:
    """What distributions offer, from indexes kept in the cache folder.

    POSTURE_APT_SOURCES names the archives (sources.list(5)) to use instead of this machine's apt configuration.
    """
    sources = os.environ.get("POSTURE_APT_SOURCES")
    return IndexAdvisor(cache_folder(), Path(sources) if sources else None)


class FreshIndexes:
    """Asks for each index at most once a run: with a mirror down, ten thousand hosts must not wait for it each."""

    def __init__(self, indexes: IndexAdvisor) -> None:
        self._indexes = indexes
        self._asked: set[IndexName] = set()
        self._lock = threading.Lock()

    def prepare(self, release: OsRelease, packages: InstalledPackages) -> None:
        """Bring the indexes of a system up to date. A failure is kept by the advisor, which says so where it judges."""
        with suppress(NoSources):
            for name in needed_indexes(release, packages):
                self._once(name)

    def _once(self, name: IndexName) -> None:
        with self._lock:  # those who need the same index wait for it
            if name in self._asked:
                return
            self._asked.add(name)
            with suppress(RefreshError):
                self._indexes.refresh(name, utc_now())


def collector(store: Store, indexes: IndexAdvisor) -> ResourceCollector:
    """The collector of real hosts; its actions go to the store's log."""
    return ResourceCollector(utc_now, store, FreshIndexes(indexes).prepare)
