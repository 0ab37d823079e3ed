"""Judging hosts by advisories: beside debsecan on the same data in the same run, for ten thousand hosts, and after the
signed index as an audit does it.

The figures are printed; that both name the same flaws of the same packages is asserted, nothing about time is.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from feed_file import NOW, write_feed
from flawed_host import DEBIAN

from posture.advisories.feeds.records import Advisory, Affected, Scheme
from posture.advisories.flaws.book import AdvisoryBook
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.apt.refresh import plausible
from posture.advisories.indexes.build import Part, build_index
from posture.advisories.indexes.name import IndexName, IndexPlace
from posture.advisories.indexes.offers import Offer
from posture.advisories.versions.dpkg import dpkg_key
from posture.facts.packages import InstalledPackages, Package, PendingUpdates
from posture.facts.unavailable import Unavailable

SOURCES, INSTALLED, BINARIES = 1_500, 600, 1.7  # of the release, of a host, packages a source: those of a real server
ADVISORIES = 2_400
HOSTS = 10_000
OURS = """
import json, resource, sys
from datetime import datetime
from pathlib import Path
from posture.advisories.flaws.book import AdvisoryBook
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package
now = datetime.fromisoformat(sys.argv[3])
packages = tuple(Package(*row) for row in json.loads(Path(sys.argv[2]).read_text()))
book = AdvisoryBook(Path(sys.argv[1]))
known = book.pending(OsRelease("debian", "12", "bookworm", "Debian"), InstalledPackages("dpkg", packages, (), now), now)
print(json.dumps([[cve, u.package] for u in known.updates for flaw in u.flaws for cve in flaw.cves]))
"""
NOTHING = "import json, sys; from pathlib import Path; json.loads(Path(sys.argv[2]).read_text())"


@dataclass(frozen=True)
class Measured:
    """What one process cost, and what it printed."""

    cpu: float
    mib: float
    output: str


def version_of(random_: random.Random) -> str:
    upstream = f"{random_.randint(0, 9)}.{random_.randint(0, 30)}.{random_.randint(0, 12)}"
    epoch = random_.choice(("", "", "", "1:", "2:"))
    return f"{epoch}{upstream}{random_.choice(('', '', '~rc1', '+dfsg'))}-{random_.randint(1, 9)}"


def fixes(versions: dict[str, str]) -> list[Advisory]:
    """Advisories about a release's sources; most sources have few, a few have many."""
    random_ = random.Random(4)
    names = sorted(versions)
    found = []
    for number in range(ADVISORIES):
        name = names[int(len(names) * random_.random() ** 2)]
        cves = tuple(f"CVE-{random_.randint(2015, 2026)}-{number:05}{n}" for n in range(random_.randint(1, 4)))
        fixed = f"{versions[name]}+deb12u{random_.randint(1, 9)}"
        line = Affected("Debian:12", name, Scheme.DPKG, fixed=fixed)
        found.append(Advisory(f"DSA-{number}-1", (line,), cves, published=NOW - timedelta(days=number)))
    return found


def host(versions: dict[str, str], seed: int) -> InstalledPackages:
    """A server with its own choice of packages, most of them up to date."""
    random_ = random.Random(seed)
    packages = []
    for name in random_.sample(sorted(versions), INSTALLED):
        behind = random_.random() < 0.03
        version = f"{versions[name]}+deb12u{random_.randint(1, 8) if behind else 9}"
        binaries = 1 + (random_.random() < BINARIES - 1) + (random_.random() < 0.1)
        packages += [Package(f"{name}-{n}" if n else name, "amd64", version, name, version) for n in range(binaries)]
    return InstalledPackages("dpkg", tuple(packages), (), NOW)


def for_debsecan(folder: Path, advisories: Sequence[Advisory], packages: InstalledPackages) -> tuple[Path, Path]:
    """The tracker's file for debsecan (as its fetch_data reads it), and dpkg's status file."""
    flaws = [(cve, line) for advisory in advisories for line in advisory.affected for cve in advisory.cves]
    numbers = {cve: number for number, cve in enumerate(dict.fromkeys(cve for cve, _ in flaws))}
    text = "VERSION 1\n" + "".join(f"{cve},,a flaw\n" for cve in numbers) + "\n"
    text += "".join(f"{line.name},{numbers[cve]},S  F,{line.fixed},\n" for cve, line in flaws) + "\n"
    text += "".join(f"{name},\n" for name in sorted({line.name for _, line in flaws})) + "\n"
    (folder / "GENERIC").write_bytes(zlib.compress(text.encode()))
    status = folder / "status"
    status.write_text(
        "".join(
            f"Package: {p.name}\nStatus: install ok installed\nArchitecture: {p.architecture}\n"
            f"Source: {p.source}\nVersion: {p.version}\n\n"
            for p in packages.packages
        )
    )
    return folder, status


def measured(*command: str) -> Measured:
    """Run a command; its CPU time is the best of three, its memory the least."""
    best = Measured(1e9, 1e9, "")
    for _ in range(3):
        wrapped = [sys.executable, "-c", _WATCH, *command]
        done = subprocess.run(wrapped, capture_output=True, text=True, check=True, env=os.environ | {"LC_ALL": "C"})
        cpu, mib = map(float, done.stderr.strip().splitlines()[-1].split())
        best = Measured(min(best.cpu, cpu), min(best.mib, mib), done.stdout)
    return best


_WATCH = (
    "import resource, subprocess, sys\n"
    "done = subprocess.run(sys.argv[1:])\n"
    "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
    "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)\n"
    "sys.exit(done.returncode)\n"
)


@pytest.fixture(scope="module")
def versions() -> dict[str, str]:
    random_ = random.Random(2)
    return {f"source{number}": version_of(random_) for number in range(SOURCES)}


def test_beside_debsecan(versions, tmp_path) -> None:
    """The same flaws of the same packages; CPU time and memory of both whole processes are printed."""
    debsecan = shutil.which("debsecan")
    if not debsecan:
        pytest.skip("needs debsecan")
    advisories, packages = fixes(versions), host(versions, 1)
    folder, status = for_debsecan(tmp_path, advisories, packages)
    write_feed(tmp_path / "feeds", "lists", advisories)
    inventory = tmp_path / "inventory.json"
    rows = [[p.name, p.architecture, p.version, p.source, p.source_version] for p in packages.packages]
    inventory.write_text(json.dumps(rows))
    arguments = str(tmp_path / "feeds"), str(inventory), NOW.isoformat()
    theirs = measured(debsecan, "--source", folder.as_uri(), "--status", str(status), "--format", "simple")
    ours = measured(sys.executable, "-c", OURS, *arguments)
    start = measured(sys.executable, "-c", NOTHING, *arguments)
    pairs = {tuple(line.split()[:2]) for line in theirs.output.splitlines()}
    assert pairs
    assert {tuple(pair) for pair in json.loads(ours.output)} == pairs
    cpu, mib = ours.cpu / theirs.cpu, ours.mib / theirs.mib
    print(
        f"\ndebsecan {theirs.cpu:.2f} s CPU, {theirs.mib:.0f} MiB; posture {ours.cpu:.2f} s ({cpu:.2f} x),"
        f" {ours.mib:.0f} MiB ({mib:.2f} x), of which starting Python {start.cpu:.2f} s, {start.mib:.0f} MiB;"
        f" {len(pairs)} pairs, the same"
    )


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_ten_thousand_hosts(versions, tmp_path) -> None:
    """Every host is another; load, first and later hosts, and memory are printed. What is found is found every time."""
    write_feed(tmp_path, "lists", fixes(versions))
    first = host(versions, 0)
    before = peak_mib()
    book = AdvisoryBook(tmp_path)
    started = time.process_time()
    assert isinstance(book.pending(DEBIAN, InstalledPackages("dpkg", (), (), NOW), NOW).stale, str)
    load = time.process_time() - started
    started = time.process_time()
    once = book.pending(DEBIAN, first, NOW)
    cold = time.process_time() - started
    warm = min(_timed(book, first) for _ in range(20))
    spent, waiting = 0.0, 0
    for number in range(HOSTS):
        packages = host(versions, number)
        started = time.process_time()
        known = book.pending(DEBIAN, packages, NOW)
        spent += time.process_time() - started
        assert not isinstance(known, Unavailable)
        waiting += len(known.updates)
    assert not isinstance(once, Unavailable)
    assert book.pending(DEBIAN, first, NOW) == once
    print(
        f"\nfeed of {ADVISORIES} advisories loaded in {load * 1e3:.1f} ms CPU; a host of {len(first.packages)} packages"
        f" ({len(once.updates)} waiting) {cold * 1e3:.2f} ms cold, {warm * 1e3:.2f} ms warm; {HOSTS:,} hosts, all"
        f" different, {spent:.1f} s CPU, {waiting / HOSTS:.0f} waiting each; memory +{peak_mib() - before:.0f} MiB"
    )


def _timed(book: AdvisoryBook, packages: InstalledPackages) -> float:
    started = time.process_time()
    book.pending(DEBIAN, packages, NOW)
    return time.process_time() - started


def index_of(folder: Path, versions: dict[str, str]) -> IndexAdvisor:
    """An index that offers each source's packages as released, and in its last security update."""
    name = IndexName("debian", "bookworm", "amd64")

    def offers(suffix: str) -> list[Offer]:
        return [
            Offer(f"{source}-{n}" if n else source, "amd64", version + suffix, source, dpkg_key(version + suffix))
            for source, version in versions.items()
            for n in range(3)
        ]

    signed = NOW - timedelta(hours=1)
    pockets = {"bookworm": "", "bookworm-security": "+deb12u9"}
    parts = {pocket: Part(signed, None, "key", "main", offers(suffix)) for pocket, suffix in pockets.items()}
    folder.mkdir()
    build_index(IndexPlace(folder, name), parts, (), NOW, plausible(name))
    return IndexAdvisor(folder)


def after_the_index(indexes: IndexAdvisor, book: AdvisoryBook, packages: InstalledPackages) -> tuple[float, float, int]:
    """What LocalAdvisor.pending does: CPU milliseconds of the index and of the advisories, and the updates named."""
    started = time.process_time()
    offered = indexes.pending(DEBIAN, packages, NOW)
    between = time.process_time()
    assert isinstance(offered, PendingUpdates)
    known = book.named(DEBIAN, packages, offered, NOW)
    ended = time.process_time()
    behind = {package.name for package in packages.packages if not package.version.endswith("+deb12u9")}
    assert {update.package for update in known.updates} == behind
    return (between - started) * 1e3, (ended - between) * 1e3, sum(bool(update.flaws) for update in known.updates)


def test_after_the_signed_index(versions, tmp_path) -> None:
    """First hosts, later ones and one that comes again; every package that is behind is found, and no other."""
    write_feed(tmp_path / "feeds", "lists", fixes(versions))
    indexes, book = index_of(tmp_path / "index", versions), AdvisoryBook(tmp_path / "feeds")
    measured = [after_the_index(indexes, book, host(versions, number)) for number in range(HOSTS // 10)]
    again = [after_the_index(indexes, book, host(versions, 1)) for _ in range(20)]
    print("\nmilliseconds of CPU a host, by the index and by advisories:")
    for label, some in {
        "the first, which loads both": measured[:1], "the next ten": measured[1:11],
        "the last five hundred, all different": measured[-500:], "the same again": again,
    }.items():  # fmt: skip
        index, advisories, named = (sum(column) / len(some) for column in zip(*some, strict=True))
        print(f"{label}: {index:.2f} + {advisories:.2f} = {index + advisories:.2f} ({named:.0f} updates named)")
