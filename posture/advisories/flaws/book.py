"""What the feeds say of a host's software: advisories named and ranked, end of life, limited support."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from posture.facts.flaws import ApplicationFlaws, LanguageFlaws, ServerFlaws
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, PendingUpdates, ReleaseSupport, UnsupportedPackages
from posture.facts.services import Services
from posture.facts.software import InstalledApplications, LanguagePackages
from posture.facts.unavailable import Unavailable
from posture.model.run import Source

_MISSING = Unavailable("no advisories are at hand: run `posture feeds update`")


class AdvisoryBook:
    """Answers from the feeds' indexes in a folder; never from the network."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def named(
        self, release: OsRelease, packages: InstalledPackages, pending: PendingUpdates, now: datetime
    ) -> PendingUpdates:
        """The same updates with the advisories that each mends, and with the flaws that nothing mends yet."""
        return pending

    def pending(self, release: OsRelease, packages: InstalledPackages, now: datetime) -> PendingUpdates | Unavailable:
        """What advisories alone say is missing: for releases whose signed index is not at hand."""
        return _MISSING

    def unsupported(
        self, release: OsRelease, packages: InstalledPackages, now: datetime
    ) -> UnsupportedPackages | Unavailable:
        """The installed packages without full security support in a supported release."""
        return _MISSING

    def support(self, release: OsRelease, now: datetime) -> ReleaseSupport | Unavailable:
        """The phase of the life of a release that distro-info-data does not know."""
        return _MISSING

    def languages(self, packages: LanguagePackages, now: datetime) -> LanguageFlaws | Unavailable:
        """Packages of programming languages against OSV."""
        return _MISSING

    def applications(self, found: InstalledApplications, now: datetime) -> ApplicationFlaws | Unavailable:
        """Web applications on disk against upstream's versions."""
        return _MISSING

    def servers(self, services: Services, now: datetime) -> ServerFlaws | Unavailable:
        """Servers by the version they tell, where no package of theirs was seen, against upstream's versions."""
        return _MISSING

    def sources_for(self, release: OsRelease, packages: InstalledPackages | None, now: datetime) -> tuple[Source, ...]:
        """The feeds that the answers for this host stand on, missing ones included, with their age."""
        return ()

    def sources(self, now: datetime) -> tuple[Source, ...]:
        """Every feed with its age."""
        return ()
