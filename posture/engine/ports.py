"""What the engine needs from the rooms below; they fit these shapes without knowing them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from posture.facts.factset import Facts
from posture.facts.flaws import ApplicationFlaws, LanguageFlaws, ServerFlaws
from posture.facts.host import OsRelease
from posture.facts.key_flaws import KeyFlaws, KeyInPlace
from posture.facts.packages import InstalledPackages, PendingUpdates, ReleaseSupport, UnsupportedPackages
from posture.facts.services import Services
from posture.facts.software import InstalledApplications, LanguagePackages
from posture.facts.unavailable import Unavailable
from posture.model.customer import Customer
from posture.model.finding import Acceptance, Finding
from posture.model.resource import Resource
from posture.model.run import Source
from posture.model.sighting import FleetLook
from posture.model.unit import ClaimedUnit, UnitResult


class Collect(Protocol):
    """All I/O for one resource."""

    def __call__(self, customer: Customer, resource: Resource, run: str, deadline: datetime, earlier: Facts) -> Facts:
        """Look at a resource until the deadline at most.

        `earlier` is what was known of the resource before; empty when that is nothing.

        Never raises for what a resource, the network or a missing program does: that becomes Unavailable. Every type of
        COLLECTED[resource.kind] is a key of the result.
        """


class Advisor(Protocol):
    """What the distributions say of installed software. Answers from local data only, never from the network."""

    def pending(self, release: OsRelease, packages: InstalledPackages, now: datetime) -> PendingUpdates | Unavailable:
        """Compare what is installed with what the release's signed index offers."""

    def support(self, release: OsRelease, now: datetime) -> ReleaseSupport | Unavailable:
        """Tell the phase of the release's life at `now`."""

    def unsupported(
        self, release: OsRelease, packages: InstalledPackages, now: datetime
    ) -> UnsupportedPackages | Unavailable:
        """Name the installed packages without full security support."""

    def languages(self, packages: LanguagePackages, now: datetime) -> LanguageFlaws | Unavailable:
        """Hold packages of programming languages against advisories."""

    def applications(self, found: InstalledApplications, now: datetime) -> ApplicationFlaws | Unavailable:
        """Hold web applications on disk against upstream's versions."""

    def servers(self, services: Services, now: datetime) -> ServerFlaws | Unavailable:
        """Hold servers, by the version they tell, against upstream's versions."""

    def keys(self, keys: Sequence[KeyInPlace], now: datetime) -> KeyFlaws:
        """Say whose private half others may have."""

    def shared_primes(self, new: Mapping[str, int], known: Mapping[str, int]) -> Mapping[str, tuple[str, ...]]:
        """Which new RSA moduli share a prime with each other or a known one: fingerprint -> partners, both ways."""

    def sources_for(self, release: OsRelease, packages: InstalledPackages | None, now: datetime) -> tuple[Source, ...]:
        """Name the data that the answers for this host stand on, with its age; what was looked for and is missing, too.

        `packages` is None where they could not be seen.
        """

    def software_sources(self, ecosystems: frozenset[str], now: datetime) -> tuple[Source, ...]:
        """Name the data on software of these ecosystems (OSV's names), with its age; what is missing, too."""


Advance = Callable[[Sequence[Finding], Sequence[Acceptance]], Sequence[Finding]]
"""Known findings and the acceptances of them -> the findings that changed; pure."""


SharedPrimes = Callable[[Mapping[str, int], Mapping[str, int]], Mapping[str, tuple[str, ...]]]
"""New and known RSA moduli by fingerprint -> the partners of each that shares a prime, in both directions."""


class Units(Protocol):
    """The table of work: who does what is decided here and nowhere else."""

    def claim(self, run: str, worker: str, lease: timedelta, now: datetime) -> ClaimedUnit | None:
        """Take the next free unit, or None. A unit whose lease ran out is free again, one attempt later."""

    def commit(self, unit: ClaimedUnit, result: UnitResult, advance: Advance, now: datetime) -> bool:
        """Close a resource's unit in one transaction: facts, outcomes, findings, unit done.

        `advance` gets the resource's known findings. The commit that closes a customer's last unit also adds the
        customer's finish unit. False, with nothing written, when somebody else holds the unit by now.
        """

    def last_facts(self, customer: str, resource: str) -> bytes | None:
        """The facts that the newest run brought home that looked at this resource, as JSON; None when none ever did."""

    def fleet(self, unit: ClaimedUnit) -> FleetLook:
        """The keys of the customer's resources, and how many other customers have them."""

    def judge_moduli(self, shared: SharedPrimes) -> None:
        """Hold the RSA moduli that are new against all others, and keep which share a prime."""

    def finish(
        self,
        unit: ClaimedUnit,
        advance: Advance,
        now: datetime,
        result: UnitResult | None = None,
        present: Collection[str] = (),
    ) -> bool:
        """Close a customer's finish unit; `advance` gets the customer's findings. The last one ends the run.

        Of the resources `present`, by id, it gets only the findings that are new in this run: those may be of a
        resource that has another name now. Of all others it gets every one.

        No finish unit is claimed before all resources of the run are done. `result` is what all the customer's hosts
        together came to; None where that was not judged.
        """
