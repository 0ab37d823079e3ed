"""Package lists of real Debian 11, 12 and 13 installations, judged as apt itself judged them.

tests/data/inventories has the lists, the part of the signed indexes that is about them, and what
``apt-get -s dist-upgrade`` said of the same installations with the same indexes.
"""

import gzip
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.apt.packages_file import read_offers
from posture.advisories.indexes.apt.refresh import plausible
from posture.advisories.indexes.build import Part, build_index
from posture.advisories.indexes.name import IndexName, IndexPlace
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package

DATA = Path(__file__).resolve().parents[2] / "data" / "inventories"
RELEASES = {"11": "bullseye", "12": "bookworm", "13": "trixie"}


def rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in gzip.decompress((DATA / name).read_bytes()).decode().splitlines()]


def built(folder: Path, version: str) -> IndexAdvisor:
    """An advisor with an index of what the excerpt offers."""
    codename = RELEASES[version]
    stanzas: dict[str, list[str]] = {}
    dates: dict[str, datetime] = {}
    for row in rows(f"debian-{version}.offered.tsv.gz"):
        if row[0].startswith("#"):
            dates[row[0][1:]] = datetime.fromisoformat(row[1])
            continue
        pocket, name, number, architecture, source = row
        text = f"Package: {name}\nVersion: {number}\nArchitecture: {architecture}\nSource: {source}\n"
        stanzas.setdefault(pocket, []).append(text)
    parts = {}
    for pocket, date in dates.items():
        path = folder / f"{pocket}_Packages"
        path.write_text("\n".join(stanzas.get(pocket, [])))
        parts[pocket] = Part(date, None, "excerpt", "main", read_offers(path))
    name = IndexName("debian", codename, "amd64")
    build_index(IndexPlace(folder, name), parts, (), max(dates.values()), plausible(name))
    return IndexAdvisor(folder)


@pytest.mark.parametrize("version", RELEASES)
def test_a_real_installation_is_judged_as_apt_judges_it(version, tmp_path):
    """Same packages, same versions, same ones from the security pocket; all others are named as compared."""
    advisor = built(tmp_path, version)
    now = datetime.fromisoformat(rows(f"debian-{version}.offered.tsv.gz")[0][1]) + timedelta(hours=1)
    listed = rows(f"debian-{version}.packages.tsv.gz")
    packages = tuple(Package(*fields) for state, *fields in listed if state[1] == "i")
    release = OsRelease("debian", version, RELEASES[version], "Debian")
    ours = advisor.pending(release, InstalledPackages("dpkg", packages, (), now), now)
    said = [line.split("\t") for line in (DATA / f"debian-{version}.dist-upgrade.tsv").read_text().splitlines()]
    security = f"{RELEASES[version]}-security"
    assert {(u.package, u.installed, u.candidate, u.pocket == security) for u in ours.updates} == {
        (name.partition(":")[0], old, new, kind == "security") for name, old, new, kind in said
    }
    assert len(ours.updates) == len(said) > 10
    assert (ours.compared, ours.foreign, ours.newer, ours.not_comparable) == (len(packages), (), (), ())
