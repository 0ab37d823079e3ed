"""This very machine: our answer is apt's own, package by package."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dpkg_at_rest import at_rest

from posture.advisories.errors import RefreshError
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.apt.archive import pockets
from posture.advisories.indexes.apt.archives import ETC_APT
from posture.advisories.indexes.apt.machine import machine_index, machine_release
from posture.advisories.indexes.apt.sources import from_machine, machine_entries
from posture.advisories.indexes.name import IndexName
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package

FORMAT = "${db:Status-Abbrev}\t${Package}\t${Architecture}\t${Version}\t${source:Package}\t${source:Version}\n"


def installed() -> tuple[Package, ...]:
    lines = subprocess.run(["dpkg-query", "-W", "-f", FORMAT], check=True, capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in lines.splitlines()]
    return tuple(Package(*fields, held=state[0] == "h") for state, *fields in rows if state[1] == "i")


def apt_upgradable(folder: Path, name: IndexName) -> dict[tuple[str, str], tuple[str, str, bool]]:
    """What ``apt list --upgradable`` says with the same archives and this machine's own package database."""
    sources = folder / "same.list"
    lines = [
        f"deb [{f'signed-by={entry.signed_by}' if entry.signed_by else 'arch=' + name.architecture}]"
        f" {entry.uri} {entry.suite} {' '.join((*entry.components, *entry.optional))}\n"
        for entry in from_machine(machine_entries(ETC_APT), machine_release(), name)
    ]
    sources.write_text("".join(lines))
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True)
    settings = {
        "Dir::State::lists": f"{folder}/lists/",
        "Dir::Cache": f"{folder}/cache/",
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferencesparts": "-",
        "Dir::Etc::preferences": "-",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
    (folder / "clear.conf").write_text("#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n")
    config = ["-c", str(folder / "clear.conf")]
    update = subprocess.run(["apt-get", *config, *options, "-q", "update"], check=False, capture_output=True, text=True)
    if update.returncode:
        pytest.skip(f"apt cannot fetch the same archives: {update.stderr.strip()}")
    command = ["apt", *config, *options, "list", "--upgradable"]
    listing = subprocess.run(
        command, check=True, capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    ).stdout
    found = {}
    for line in listing.splitlines():
        if "[upgradable from: " in line:
            package, candidate, architecture, *_ = line.split(" ")
            old = line.rpartition("[upgradable from: ")[2].rstrip("]")
            name, _, suites = package.partition("/")
            found[name, architecture] = (old, candidate, "-security" in suites)
    return found


def test_our_answer_is_apts_answer(tmp_path):
    """Same packages pending, same candidates, same ones from the security pocket; skipped where no mirror answers."""
    if not shutil.which("apt-get"):
        pytest.skip("this machine has no apt-get")
    advisor = IndexAdvisor(tmp_path / "cache")
    now = datetime.now(UTC)
    try:
        name = machine_index()
        advisor.refresh(name, now)
    except RefreshError as error:
        pytest.skip(f"this machine's own index cannot be fetched: {error}")
    release = OsRelease(name.distribution, "", name.release, "")
    native = name.architecture
    with at_rest():
        packages = tuple(package for package in installed() if package.architecture in {native, "all"})
        ours = advisor.pending(release, InstalledPackages("dpkg", packages, (), now), now)
        apts = {
            package: versions
            for (package, architecture), versions in apt_upgradable(tmp_path, name).items()
            if architecture in {native, "all"}
        }
    security, *_ = pockets(name)
    pending = {u.package: (u.installed, u.candidate, u.pocket == security) for u in ours.updates if not u.replaced_by}
    assert pending == apts
    assert all(u.security for u in ours.updates if u.pocket == security)
    left_out = (*ours.foreign, *ours.newer, *ours.not_comparable)
    assert ours.compared + len(left_out) == len(packages)
    assert {update.pocket for update in ours.updates} <= set(pockets(name))
