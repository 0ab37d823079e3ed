"""Real hosts of each distribution; tests/data/inventories/README.md tells where each is from, and who reviewed what."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from feed_file import NOW, write_feed

from posture.advisories.feeds.records import Advisory, Affected, Scheme
from posture.advisories.flaws.book import AdvisoryBook
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package, PendingUpdates
from posture.model.severity import Severity

DATA = Path(__file__).parents[3] / "data" / "inventories"
HOSTS = sorted(path.name.removesuffix(".packages") for path in DATA.glob("*.packages"))
ECOSYSTEMS = {
    "debian": ("Debian:{}", Scheme.DPKG, "dpkg"),
    "almalinux": ("AlmaLinux:{}", Scheme.RPM, "rpm"),
    "alpine": ("Alpine:v{}", Scheme.APK, "apk"),
}
OFFERED = {"almalinux": date(2026, 5, 7), "alpine": date(2025, 6, 17)}  # when the package managers were asked


def lines(name: str) -> list[list[str]]:
    return [line.split() for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def advisories(host: str, until: date) -> list[Advisory]:
    """The release's advisories that were out on a day."""
    distribution, version = host.split("-")
    ecosystem, scheme, _ = ECOSYSTEMS[distribution]
    found: dict[str, Advisory] = {}
    for name, about, module, fixed, published, severity, cve in lines(f"{host}.advisories"):
        day = datetime.fromisoformat(published).replace(tzinfo=UTC)
        if day.date() > until:
            continue
        stream = "" if module == "-" else module
        binary = distribution == "almalinux"
        line = Affected(ecosystem.format(version), about, scheme, fixed=fixed, binary=binary, module=stream)
        rating = None if severity == "-" else Severity(int(severity))
        first = found.get(name) or Advisory(name, (), (cve,) if cve != "-" else (), rating, published=day)
        found[name] = Advisory(name, (*first.affected, line), first.cves, rating, published=day)
    return list(found.values())


def judged(host: str, folder: Path, *, offered: bool = False, until: date = date.max) -> PendingUpdates:
    """The host as it was, or with all that it was offered installed."""
    distribution, version = host.split("-")
    write_feed(folder, "advisories", advisories(host, until))
    packages = tuple(
        Package(name, "x86_64", offer if offered else own, source, offer if offered else source_version)
        for name, source, own, source_version, offer in lines(f"{host}.packages")
    )
    release = OsRelease(distribution, f"{version}.1" if distribution == "alpine" else version, "", host)
    inventory = InstalledPackages(ECOSYSTEMS[distribution][2], packages, (), NOW)
    answer = AdvisoryBook(folder).pending(release, inventory, NOW)
    assert isinstance(answer, PendingUpdates)
    return answer


@pytest.mark.parametrize("host", HOSTS)
def test_a_real_host_lacks_what_was_reviewed(host, tmp_path) -> None:
    """Exactly the advisories of the reviewed list, for exactly those packages."""
    answer = judged(host, tmp_path)
    assert answer.not_comparable == ()
    found = {update.package: {flaw.id for flaw in update.flaws} for update in answer.updates}
    assert found == {package: set(names) for package, *names in lines(f"{host}.expected")}


@pytest.mark.parametrize("host", [host for host in HOSTS if host.split("-")[0] in OFFERED])
def test_a_host_that_took_all_it_was_offered_lacks_nothing(host, tmp_path) -> None:
    """No advisory that was out on that day is left, and the package manager had offered every one that was missing."""
    until = OFFERED[host.split("-")[0]]
    assert judged(host, tmp_path, offered=True, until=until).updates == ()
    offers = {name: (own, offer) for name, _, own, _, offer in lines(f"{host}.packages")}
    behind = judged(host, tmp_path, until=until).updates
    assert behind
    assert all(offers[update.package][0] != offers[update.package][1] for update in behind)
