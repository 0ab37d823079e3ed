"""What the feeds say of a host's software: advisories named and ranked, end of life, limited support."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from posture.advisories.feeds.config import Feed
from posture.advisories.flaws.alone import by_advisories, dated, own_packages
from posture.advisories.flaws.applications import application_flaws
from posture.advisories.flaws.distribution import Matcher
from posture.advisories.flaws.ecosystems import ecosystem_label, ecosystems_of
from posture.advisories.flaws.heads import NEXT_STEP, missing, source, step_for, told, why_stale
from posture.advisories.flaws.languages import language_flaws
from posture.advisories.flaws.life import has_cycles, support_by_cycles
from posture.advisories.flaws.naming import Behind, name_updates
from posture.advisories.flaws.ranges import load
from posture.advisories.flaws.ranking import Ranking
from posture.advisories.flaws.servers import server_flaws
from posture.advisories.flaws.shelf import FeedFile, Shelf
from posture.advisories.flaws.software import SoftwareJudge
from posture.advisories.flaws.unsupported import without_support
from posture.advisories.flaws.untold import why_untold
from posture.advisories.flaws.upstream import Upstream
from posture.advisories.weak_keys.judge import judged
from posture.facts.flaws import ApplicationFlaws, LanguageFlaws, ServerFlaws
from posture.facts.host import OsRelease
from posture.facts.key_flaws import KeyFlaws, KeyInPlace
from posture.facts.packages import InstalledPackages, PendingUpdates, ReleaseSupport, UnsupportedPackages
from posture.facts.services import Services
from posture.facts.software import InstalledApplications, LanguagePackages
from posture.facts.unavailable import Unavailable
from posture.model.run import Source, SourceState

_KEV, _EPSS = "exploited", "probability"
_CATALOGUES = {_KEV: "known exploited vulnerabilities (KEV)", _EPSS: "probabilities of exploitation (EPSS)"}
_NAMED_BEHIND = 3
_ON_ITS_WAY = timedelta(days=3)  # from an advisory to the archive and its mirrors


class AdvisoryBook:
    """Answers from the feeds' indexes in a folder; never from the network. Safe for threads.

    `configured` tells how old each feed may be.
    """

    def __init__(self, folder: Path, configured: Iterable[Feed] = ()) -> None:
        self._configured = tuple(configured)
        self._shelf = Shelf(folder, self._configured)

    def named(
        self, release: OsRelease, packages: InstalledPackages, pending: PendingUpdates, now: datetime
    ) -> PendingUpdates:
        """The same updates with the advisories that each mends, and with the flaws that nothing mends yet.

        Where an advisory knows a fix that the index does not offer, the index is behind (unless both came together),
        and "nothing is pending" cannot be said on its word.
        """
        feeds = self._feeds_of(release)
        if not feeds:
            why = self._none_of(release)
            pending = self._ranked(pending)
            return replace(pending, named=why, stale=pending.stale or why_untold(pending, (why,)))
        matches = self._matcher(release).match(packages)
        answer, behind = name_updates(packages, pending, matches, self._ranking())
        late = [one for one in behind if one.published and not _just_out(one.published, pending.index_date.date())]
        stale = pending.stale or (f"no known update as of {pending.index_date:%Y-%m-%d}: {_told(late)}" if late else "")
        doubts = [why for feed in feeds if (why := why_stale(feed, now))]
        return replace(answer, stale=stale or why_untold(answer, doubts), named=self._basis(feeds, behind, now))

    def pending(self, release: OsRelease, packages: InstalledPackages, now: datetime) -> PendingUpdates | Unavailable:
        """What advisories alone say is missing: for releases whose signed index is not at hand."""
        feeds = self._feeds_of(release)
        if not feeds:
            return Unavailable(self._none_of(release))
        own, foreign = own_packages(release, packages)
        matches = self._matcher(release).match(own)
        known = dated(by_advisories(own, foreign, matches, self._ranking()), feeds, now)
        return replace(known, named=self._basis(feeds, (), now))

    def unsupported(
        self, release: OsRelease, packages: InstalledPackages, now: datetime
    ) -> UnsupportedPackages | Unavailable:
        """The installed packages without full security support in a supported release."""
        lists = self._unsupported()
        known = {name for names in lists.values() for name in names}
        ecosystem = next(iter(ecosystems_of(release, known)), None)
        if ecosystem is None:
            label = ecosystem_label(release)
            why = f"{label} publishes no list of packages without security support" if lists else NEXT_STEP
            return Unavailable(f"which packages get no security support is not known: {why}")
        feeds = [feed for feed in self._shelf.having("unsupported") if ecosystem in lists[feed.head.name]]
        return without_support(ecosystem, packages, feeds, now)

    def support(self, release: OsRelease, now: datetime) -> ReleaseSupport | Unavailable:
        """The phase of the life of a release that distro-info-data does not know."""
        return support_by_cycles(release, self._shelf.having("cycle"), now)

    def languages(self, packages: LanguagePackages, now: datetime) -> LanguageFlaws | Unavailable:
        """Packages of programming languages against OSV."""
        step = step_for({package.ecosystem for package in packages.packages}, self._configured)
        return language_flaws(packages, self._judge(), now, step)

    def applications(self, found: InstalledApplications, now: datetime) -> ApplicationFlaws | Unavailable:
        """Web applications on disk against upstream's versions."""
        return application_flaws(found, self._upstream(), now)

    def servers(self, services: Services, now: datetime) -> ServerFlaws | Unavailable:
        """Servers by the version they tell, where no package of theirs was seen, against upstream's versions."""
        return server_flaws(services, self._upstream(), now)

    def sources_for(self, release: OsRelease, packages: InstalledPackages | None, now: datetime) -> tuple[Source, ...]:
        """The feeds that the answers for this host stand on, missing ones included, with their age."""
        feeds = self._feeds_of(release) if packages else ()
        named = [source(feed, now) for feed in feeds]
        if packages and not feeds:
            label = ecosystem_label(release)
            named.append(missing(f"advisories of {label}", step_for((label,), self._configured)))
        for kind, words in _CATALOGUES.items():
            catalogues = self._shelf.having(kind)
            named += [source(feed, now) for feed in catalogues] or [missing(words)]
        lists = self._unsupported()
        for feed in self._shelf.having("unsupported") if packages else ():
            if ecosystems_of(release, lists[feed.head.name]):
                named.append(source(feed, now))
        if has_cycles(release):
            named += [source(feed, now) for feed in self._shelf.having("cycle")] or [missing("ends of life")]
        return tuple(named)

    def software_sources(self, ecosystems: frozenset[str], now: datetime) -> tuple[Source, ...]:
        """The feeds about software of these ecosystems, missing ones included, with their age."""
        found: list[Source] = []
        for ecosystem in sorted(ecosystems):
            feeds = [feed for feed in self._shelf.feeds() if ecosystem in feed.head.ecosystems]
            found += [source(feed, now) for feed in feeds] or [
                missing(f"advisories of {ecosystem}", step_for((ecosystem,), self._configured))
            ]
        return tuple(found)

    def keys(self, keys: Sequence[KeyInPlace], now: datetime) -> KeyFlaws:
        """Hold public keys against the lists of known ones, and against what mathematics can do."""
        return judged(keys, self._shelf.having("known_key"), now)

    def sources(self, now: datetime) -> tuple[Source, ...]:
        """Every feed with its age."""
        broken = [
            Source(f"feed: {name}", SourceState.MISSING, note=f"cannot be read: {why}")
            for name, why in self._shelf.broken()
        ]
        return (*(source(feed, now) for feed in self._shelf.feeds()), *broken)

    def _none_of(self, release: OsRelease) -> str:
        label = ecosystem_label(release)
        return f"no advisories of {label} are at hand: {step_for((label,), self._configured)}"

    def _feeds_of(self, release: OsRelease) -> tuple[FeedFile, ...]:
        """The feeds with advisories of a release."""
        return tuple(feed for feed in self._shelf.feeds() if ecosystems_of(release, feed.head.ecosystems))

    def _matcher(self, release: OsRelease) -> Matcher:
        ecosystems = [(f, e) for f in self._feeds_of(release) for e in ecosystems_of(release, f.head.ecosystems)]
        key = ("matcher", *((feed.head.name, ecosystem) for feed, ecosystem in ecosystems))
        return self._shelf.keep(key, lambda: Matcher([load(feed, ecosystem) for feed, ecosystem in ecosystems]))

    def _ranking(self) -> Ranking:
        return self._shelf.keep("ranking", lambda: Ranking(self._shelf))

    def _judge(self) -> SoftwareJudge:
        return self._shelf.keep("judge", lambda: SoftwareJudge(self._shelf.feeds(), self._ranking()))

    def _upstream(self) -> Upstream:
        return self._shelf.keep("upstream", lambda: Upstream(self._judge(), self._shelf.having("cycle")))

    def _unsupported(self) -> dict[str, frozenset[str]]:
        """Feed -> the ecosystems it has lists of."""

        def read() -> dict[str, frozenset[str]]:
            query = "SELECT DISTINCT ecosystem FROM unsupported"
            return {f.head.name: frozenset(row[0] for row in f.rows(query)) for f in self._shelf.having("unsupported")}

        return self._shelf.keep("unsupported", read)

    def _ranked(self, pending: PendingUpdates) -> PendingUpdates:
        """The index's own notices with what the catalogues say of their CVEs."""
        if not any(update.flaws for update in pending.updates):
            return pending
        ranking = self._ranking()
        updates = (replace(u, flaws=tuple(ranking.ranked(flaw) for flaw in u.flaws)) for u in pending.updates)
        return replace(pending, updates=tuple(updates))

    def _basis(self, feeds: tuple[FeedFile, ...], behind: tuple[Behind, ...], now: datetime) -> str:
        """From which data advisories were named, how old it is, and what is missing of it."""
        parts = [f"advisories: {told(feeds)}"]
        for kind, words in _CATALOGUES.items():
            catalogues = self._shelf.having(kind)
            parts.append(f"{words}: {told(catalogues)}" if catalogues else f"no {words} at hand, so not ranked by them")
            parts += [why for feed in catalogues if (why := why_stale(feed, now))]
        parts += [why for feed in feeds if (why := why_stale(feed, now))]
        parts += [_told(behind)] if behind else []
        return "; ".join(parts)


def _just_out(published: date, signed: date) -> bool:
    """Whether a fix may have been on its way to the mirrors when an index was signed."""
    return timedelta(0) <= signed - published <= _ON_ITS_WAY


def _told(behind: Sequence[Behind]) -> str:
    some = ", ".join(f"{one.source} {one.fixed} ({one.advisory})" for one in behind[:_NAMED_BEHIND])
    more = f" and {len(behind) - _NAMED_BEHIND} more" if len(behind) > _NAMED_BEHIND else ""
    return f"advisories know fixes that the index does not offer, so the mirror may be behind: {some}{more}"
