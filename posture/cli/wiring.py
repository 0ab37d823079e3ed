"""Put the rooms together: the only place that knows all of them."""

from __future__ import annotations

import os
from pathlib import Path

from posture.advisories.advisor import IndexAdvisor
from posture.advisories.fresh_indexes import FreshIndexes
from posture.cli.options import cache_folder
from posture.collect.resource import ResourceCollector
from posture.engine.clock import utc_now
from posture.store.store import Store


def advisor() -> IndexAdvisor:
    """What distributions offer, from indexes kept in the cache folder.

    POSTURE_APT_SOURCES names the archives (sources.list(5)) to use instead of this machine's apt configuration.
    """
    sources = os.environ.get("POSTURE_APT_SOURCES")
    return IndexAdvisor(cache_folder(), Path(sources) if sources else None)


def collector(store: Store, indexes: IndexAdvisor) -> ResourceCollector:
    """The collector of real hosts; its actions go to the store's log."""
    return ResourceCollector(utc_now, store, FreshIndexes(indexes, utc_now).prepare)
