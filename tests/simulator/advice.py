"""What distributions and advisories would say of the invented fleet: some hosts are behind, most are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import typical_flaws
import typical_keys
import typical_software
import typical_updates
from fleet import NoAdvice
from simulator.fleet import drawn

from posture.facts.flaws import ServerFlaws
from posture.facts.key_flaws import KeyFlaws
from posture.facts.packages import InstalledPackages, PendingUpdates, ReleaseSupport, UnsupportedPackages
from posture.facts.unavailable import Unavailable

FLAWED = replace(typical_flaws.SERVERS, flawed=(typical_flaws.NGINX,))


class SimulatedAdvice(NoAdvice):
    """Fits posture.engine.ports.Advisor. The same packages get the same answer."""

    def pending(self, release: Any, packages: InstalledPackages, now: Any) -> PendingUpdates | Unavailable:
        lot = _lot(packages)
        if lot < 8:
            return Unavailable("the index could not be fetched")
        updates = (typical_updates.UPDATE, typical_updates.SSHD) if lot < 96 else ()
        return replace(typical_updates.PENDING, updates=updates, observed=packages.observed)

    def support(self, release: Any, now: Any) -> ReleaseSupport | Unavailable:
        return typical_flaws.RELEASE

    def unsupported(self, release: Any, packages: InstalledPackages, now: Any) -> UnsupportedPackages | Unavailable:
        ended = (typical_flaws.ENDED,) if _lot(packages) % 5 == 0 else ()
        return replace(typical_flaws.UNSUPPORTED, packages=ended)

    def languages(self, packages: Any, now: Any) -> Any:
        return typical_software.language_flaws(typical_software.JINJA)

    def applications(self, found: Any, now: Any) -> Any:
        return typical_software.application_flaws(typical_software.WORDPRESS)

    def keys(self, keys: Any, now: Any) -> KeyFlaws:
        known = tuple(
            replace(typical_keys.FLAW, fingerprint=key.fingerprint, type=key.type, places=(key.at,))
            for key in keys
            if drawn(key.fingerprint)[0] < 4
        )
        return KeyFlaws(known, len(keys), typical_keys.FLAWS.lists, (), now)

    def servers(self, services: Any, now: Any) -> ServerFlaws | Unavailable:
        return FLAWED


def _lot(packages: InstalledPackages) -> int:
    first = packages.packages[0] if packages.packages else ""
    return drawn(first)[0]
