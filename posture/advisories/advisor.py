"""What is known of installed software: the verdict by the distributions' signed indexes, its words by advisories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from posture.advisories.flaws.book import AdvisoryBook
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.facts.flaws import ApplicationFlaws, LanguageFlaws, ServerFlaws
from posture.facts.host import OsRelease
from posture.facts.key_flaws import KeyFlaws, KeyInPlace
from posture.facts.packages import InstalledPackages, PendingUpdates, ReleaseSupport, UnsupportedPackages
from posture.facts.services import Services
from posture.facts.software import InstalledApplications, LanguagePackages
from posture.facts.unavailable import Unavailable
from posture.model.run import Source, each_once


@dataclass(frozen=True, slots=True)
class LocalAdvisor:
    """Answers from local data only; fits posture.engine.ports.Advisor."""

    indexes: IndexAdvisor
    book: AdvisoryBook

    def pending(self, release: OsRelease, packages: InstalledPackages, now: datetime) -> PendingUpdates | Unavailable:
        """By the release's signed index, its updates named by advisories; by advisories alone where there is none."""
        offered = self.indexes.pending(release, packages, now)
        if isinstance(offered, PendingUpdates):
            return self.book.named(release, packages, offered, now)
        known = self.book.pending(release, packages, now)
        if isinstance(known, PendingUpdates):
            return replace(known, why_alone=offered.reason)
        return Unavailable(f"{offered.reason}; {known.reason}")

    def support(self, release: OsRelease, now: datetime) -> ReleaseSupport | Unavailable:
        """Tell the phase of the release's life at `now`."""
        known = self.indexes.support(release, now)
        return known if isinstance(known, ReleaseSupport) else self.book.support(release, now)

    def unsupported(
        self, release: OsRelease, packages: InstalledPackages, now: datetime
    ) -> UnsupportedPackages | Unavailable:
        """Name the installed packages without full security support."""
        return self.book.unsupported(release, packages, now)

    def languages(self, packages: LanguagePackages, now: datetime) -> LanguageFlaws | Unavailable:
        """Hold packages of programming languages against OSV."""
        return self.book.languages(packages, now)

    def applications(self, found: InstalledApplications, now: datetime) -> ApplicationFlaws | Unavailable:
        """Hold web applications against upstream's versions."""
        return self.book.applications(found, now)

    def servers(self, services: Services, now: datetime) -> ServerFlaws | Unavailable:
        """Hold servers, by the version they tell, against upstream's versions."""
        return self.book.servers(services, now)

    def keys(self, keys: Sequence[KeyInPlace], now: datetime) -> KeyFlaws:
        """Hold public keys against the lists of known ones, and against what mathematics can do."""
        return self.book.keys(keys, now)

    def shared_primes(self, new: Mapping[str, int], known: Mapping[str, int]) -> Mapping[str, tuple[str, ...]]:
        """Name the new RSA keys that share a prime with each other or with a known one."""
        from posture.advisories.weak_keys.fleet_primes import newly_shared  # noqa: PLC0415  takes time, seldom needed

        return newly_shared(new, known)

    def sources_for(self, release: OsRelease, packages: InstalledPackages | None, now: datetime) -> tuple[Source, ...]:
        """Name the data that the answers for this host stand on, with its age."""
        return each_once(
            (*self.indexes.sources_for(release, packages, now), *self.book.sources_for(release, packages, now))
        )

    def software_sources(self, ecosystems: frozenset[str], now: datetime) -> tuple[Source, ...]:
        """Name the data on software of these ecosystems, with its age."""
        return self.book.software_sources(ecosystems, now)

    def sources(self, now: datetime) -> tuple[Source, ...]:
        """Name all data at hand, with its age."""
        return (*self.indexes.sources(now), *self.book.sources(now))
