"""Put the rooms together: the only place that knows all of them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import BoundedSemaphore

from posture.advisories.advisor import LocalAdvisor
from posture.advisories.errors import NoSources
from posture.advisories.feeds.config import ConfigError, Feeds, load_feeds
from posture.advisories.flaws.book import AdvisoryBook
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.apt.archives import ETC_APT, Archives
from posture.advisories.indexes.apt.sources import entries_of, machine_entries
from posture.advisories.indexes.fresh import FreshIndexes
from posture.cli.errors import Usage
from posture.cli.options import cache_folder, redaction_key
from posture.collect.host.bundle import SentIn
from posture.collect.host.trust import KnownHosts
from posture.collect.network.chosen_ports import ChosenPorts
from posture.collect.network.identity import Identity
from posture.collect.network.scanner import Scanner
from posture.collect.network.sweep.pool import SweepPool
from posture.collect.resource import ResourceCollector
from posture.collect.revocations import Revocations
from posture.collect.scope import NotAuthorized
from posture.engine.clock import utc_now
from posture.model.outage import Outage
from posture.model.policy import Policy
from posture.model.revocation import Revocation
from posture.store.errors import StoreError
from posture.store.store import Store


def advisor() -> LocalAdvisor:
    """What distributions offer and what advisories say, from what is kept in the cache folder.

    POSTURE_APT_SOURCES names the archives (sources.list(5)) to use instead of this machine's apt configuration,
    POSTURE_FEEDS a file of feeds and of mirrors of the other distributions.
    """
    configured = configured_feeds()
    indexes = IndexAdvisor(cache_folder(), _named_sources(), feeds=configured)
    return LocalAdvisor(indexes, AdvisoryBook(cache_folder() / "feeds", configured.feeds))


def configured_feeds() -> Feeds:
    """The feeds and mirrors that come with posture, changed by the file that POSTURE_FEEDS names.

    Raises:
        Usage: the file is wrong.
    """
    file = os.environ.get("POSTURE_FEEDS")
    try:
        return load_feeds(Path(file) if file else None)
    except ConfigError as error:
        raise Usage(str(error), "mend the file of feeds, or name another in POSTURE_FEEDS") from error


def archives() -> Archives:
    """Where Debian and Ubuntu are asked."""
    return Archives(_named_sources(), feeds=configured_feeds())


def mirrors() -> list[str]:
    """The addresses indexes are fetched from, each once, without logins; none where their list cannot be read."""
    others = {address for mirror in configured_feeds().mirrors for address in mirror.repositories.values()}
    return sorted({re.sub(r"//[^/@]*@", "//", address) for address in (*_apt_archives(), *others)})


def _apt_archives() -> list[str]:
    named = _named_sources()
    try:
        entries = entries_of(named) if named else machine_entries(ETC_APT)
    except NoSources:
        return []
    return [entry.uri for entry in entries]


def _named_sources() -> Path | None:
    sources = os.environ.get("POSTURE_APT_SOURCES")
    return Path(sources) if sources else None


def collector(
    store: Store,
    known: LocalAdvisor,
    policy: Policy,
    *,
    rolling: bool,
    bundles: Mapping[tuple[str, str], SentIn],
    sessions: int,
    chosen: Mapping[str, ChosenPorts] | None = None,
    sides: tuple[bool, bool] = (True, True),
) -> ResourceCollector:
    """The collector of real hosts; its actions go to the store's log. It names the policy's provider where it asks.

    `bundles` are what hosts (customer, resource) sent in by themselves; at most `sessions` are logged in to at once.
    `chosen` are the only ports to look at of some addresses that are known. `sides`: hosts from outside, and inside.
    POSTURE_RESOLVER names resolvers whose word on DNSSEC counts (address, or address#port, with commas between).
    """
    resolvers = os.environ.get("POSTURE_RESOLVER", "")
    who = Identity(policy.provider.name, policy.provider.contact)
    scanner = Scanner(utc_now, SweepPool(utc_now), who, rolling, chosen=chosen or {})
    return ResourceCollector(
        store,
        FreshIndexes(known.indexes, utc_now).prepare,
        scanner,
        redaction=redaction_key(),
        bundles=bundles,
        known=KnownHosts(store, resolvers),
        resolvers=resolvers,
        sessions=BoundedSemaphore(sessions),
        revoked=revocations(store),
        sides=sides,
    )


def revocations(store: Store) -> Revocations:
    """What is revoked while gates are open, from the database; all gates of a process share one."""

    def read(number: int) -> Sequence[Revocation]:
        try:
            return store.revoked_since(number)
        except Outage:
            raise
        except StoreError as error:
            raise NotAuthorized(f"whether the authorization was revoked cannot be known ({error})") from error

    return Revocations(read)
