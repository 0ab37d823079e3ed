"""One application is told once, whichever way it was seen."""

from __future__ import annotations

from datetime import UTC, datetime

from fleet import NoAdvice, facts_of

from posture.engine.derive import derive
from posture.facts.flaws import FlawedSoftware, ServerFlaws
from posture.facts.software import InstalledApplication, InstalledApplications
from posture.model.resource import Resource, ResourceKind

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOST = Resource(ResourceKind.HOST, "web1", "198.51.100.2")


class SeenFromOutside(NoAdvice):
    def servers(self, services, now):
        flawed = [
            FlawedSoftware("WordPress", "Bitnami", version, "web1:443/tcp", "7.0", ()) for version in ("4.9", "5.0")
        ]
        return ServerFlaws(tuple(flawed), 2, (), (), NOW, NOW, "", NOW)


def test_what_was_found_on_disk_is_not_told_from_outside_again():
    """WordPress 4.9 lies on disk; the other version that answers is another installation."""
    on_disk = InstalledApplications((InstalledApplication("wordpress", "4.9", "/srv/shop"),), ("/srv",), 0, True, NOW)
    facts = {**facts_of(HOST), InstalledApplications: on_disk}
    told = derive(HOST, facts, SeenFromOutside())[ServerFlaws]
    assert [one.version for one in told.flawed] == ["5.0"]
