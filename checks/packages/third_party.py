from __future__ import annotations

from collections.abc import Iterable

from checks.packages import comparison
from checks.wording import count, listed
from posture.sdk import (
    Evidence,
    InstalledPackages,
    Iterator,
    Package,
    PendingUpdates,
    Severity,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

IN_COMMAND = 30  # packages
IN_EVIDENCE = 2000  # lines
VENDORS = 3  # in the summary
VENDOR = 30  # characters of a vendor's name in it


@check(
    "packages.third-party",
    title="Packages come from elsewhere than the distribution",
    clause="4.1",
    severity=Severity.INFO,
    controls=(
        "cis@8.1:2.2",
        "iso27001@2022:A.8.8",
        "nist-csf@2.0:ID.AM-08", "nist-csf@2.0:PR.PS-02",
        "nist-800-53@5:CM-8", "nist-800-53@5:SI-2",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.6.1",
        "pci-dss@4.0.1:6.3.3",
        "soc2@2017:CC8.1",
        "bsi-c5@2020:OPS-18",
        "bsi-grundschutz@2023:OPS.1.1.3.A15",
    ),
)  # fmt: skip
def third_party(pending: PendingUpdates, installed: InstalledPackages) -> Iterator[Verdict]:
    """Installed packages that are in none of the distribution's indexes: one finding a host, for information.

    They come from a vendor's repository (Docker, a database's maker), were installed from a file, or are left over from
    an earlier release. The distribution mends none of them, its advisories say nothing about them, and their version
    numbers cannot be held against those of its own packages: so they are never called vulnerable or in order, only
    told apart, by who built them as far as the package says. Kernels of earlier updates are left out: the distribution
    takes them from its index when it has a newer one.

    Packages under the distribution's names in versions above all that it has (backports, or a vendor's builds) are
    listed apart, by builder; with one of them, or one whose version cannot be compared, nothing is passed. That there
    are none is only said with a fresh index at hand; advisories alone cannot tell. It can be wrong where the host uses
    a part of the distribution that the auditor's index does not have.
    """
    by_name = {label: package for package in installed.packages for label in _labels(package)}
    foreign = tuple(sorted(name for name in pending.foreign if not _old_kernel(by_name.get(name))))
    left = len(pending.foreign) - len(foreign)
    kernels = f"; {count(left, 'package')} of earlier kernels left out" if left else ""
    index = comparison.compared_with(pending)
    if foreign:
        yield _failure(pending, foreign, by_name, kernels)
    elif pending.compared == 0 or pending.stale:
        yield not_assessed(comparison.doubt(pending), evidence=(index,))
    elif pending.newer or pending.not_comparable:
        yield not_assessed(_unclear(pending, by_name), evidence=(*_newer(pending, by_name), index))
    else:
        yield passed(f"All packages are the distribution's own{kernels}", evidence=(index,))


def _unclear(pending: PendingUpdates, by_name: dict[str, Package]) -> str:
    """A vendor that uses the distribution's names is newer than the archive; so are backports."""
    odd = (*pending.newer, *pending.not_comparable)
    named = listed((f"{name} ({_vendor(by_name.get(name))[:VENDOR]})" for name in odd), VENDORS)
    verb = "has" if len(odd) == 1 else "have"
    return (
        f"{count(len(odd), 'package')} {verb} a version that the archive does not have: {named}. Who built them, the "
        "distribution (backports) or somebody else, cannot be told by the index"
    )


def _failure(pending: PendingUpdates, foreign: tuple[str, ...], by_name: dict[str, Package], kernels: str) -> Verdict:
    groups = _by_builder(foreign, by_name)
    told = listed((f"{vendor[:VENDOR]} ({len(names)})" for vendor, names in groups), VENDORS)
    verb = "comes" if len(foreign) == 1 else "come"
    return fail(
        f"{count(len(foreign), 'package')} {verb} from elsewhere than the distribution: {told}{kernels}",
        evidence=(
            Evidence(
                "packages in none of the distribution's indexes, by builder", _listed(groups, by_name), pending.observed
            ),
            *_newer(pending, by_name),
            comparison.compared_with(pending),
        ),
        manager=pending.manager,
        packages=foreign[:IN_COMMAND],
        more=max(0, len(foreign) - IN_COMMAND),
    )


def _newer(pending: PendingUpdates, by_name: dict[str, Package]) -> tuple[Evidence, ...]:
    """Those above the archive's versions, if there are any."""
    if not pending.newer:
        return ()
    listed = _listed(_by_builder(pending.newer, by_name), by_name)
    return (Evidence("newer than the archive's: from backports or another builder", listed, pending.observed),)


def _by_builder(names: Iterable[str], by_name: dict[str, Package]) -> list[tuple[str, list[str]]]:
    vendors: dict[str, list[str]] = {}
    for name in names:
        vendors.setdefault(_vendor(by_name.get(name)), []).append(name)
    return sorted(vendors.items(), key=lambda item: (-len(item[1]), item[0]))


def _listed(groups: list[tuple[str, list[str]]], by_name: dict[str, Package]) -> str:
    lines = [f"{vendor}: {_with_version(name, by_name)}" for vendor, names in groups for name in names]
    return comparison.bounded(lines, IN_EVIDENCE)


def _vendor(package: Package | None) -> str:
    """Who built it, without an e-mail address."""
    return (package.vendor.partition("<")[0].strip() if package else "") or "builder not told"


def _labels(package: Package) -> tuple[str, str]:
    """The names under which a comparison may tell of a package."""
    return f"{package.name}:{package.architecture}", package.name


def _with_version(name: str, by_name: dict[str, Package]) -> str:
    return f"{name} {by_name[name].version}" if name in by_name else name


def _old_kernel(package: Package | None) -> bool:
    """Whether it belongs to a kernel of the distribution: an image, its modules, its headers."""
    if package is None:
        return False
    return package.source == "linux" or package.source.startswith(("linux-signed", "linux-meta", "linux-hwe"))
