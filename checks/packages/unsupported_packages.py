from __future__ import annotations

from checks.wording import listed
from posture.sdk import (
    Evidence,
    Iterator,
    Severity,
    UnsupportedPackage,
    UnsupportedPackages,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

IN_COMMAND = 30  # packages
IN_EVIDENCE = 500  # lines


@check(
    "packages.unsupported-packages",
    title="Installed packages get no security support",
    clause="4.1",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:2.2",
        "iso27001@2022:A.8.8",
        "nist-csf@2.0:ID.AM-08", "nist-csf@2.0:PR.PS-02",
        "nist-800-53@5:SA-22",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.6.1",
        "pci-dss@4.0.1:12.3.4",
        "soc2@2017:CC7.1",
        "bsi-c5@2020:OPS-18",
        "bsi-grundschutz@2023:OPS.1.1.3.A15",
    ),
)  # fmt: skip
def unsupported_packages(support: UnsupportedPackages) -> Iterator[Verdict]:
    """Packages for which the distribution has ended security support before that of their release.

    Their flaws are no longer mended, and no update is ever pending for them. The distribution names them in a list
    (Debian: package debian-security-support); one finding a host. Packages with limited support, such as those meant
    for trusted input only, do not fail the check: whether they are used within those limits is not seen. They are
    named.

    It can be wrong when somebody else supports the package: a version from another source, a paid programme.
    """
    ended = tuple(package for package in support.packages if not package.limited)
    limited = tuple(package for package in support.packages if package.limited)
    if ended:
        yield _failure(support, ended, limited)
    elif support.stale:
        yield not_assessed(f"No package without support is known as of {_day(support)}: {support.stale}")
    else:
        extra = f"; support is limited for {_named(limited)}" if limited else ""
        yield passed(f"No installed package is without security support{extra}", evidence=(_listed(support),))


def _failure(
    support: UnsupportedPackages, ended: tuple[UnsupportedPackage, ...], limited: tuple[UnsupportedPackage, ...]
) -> Verdict:
    names = tuple(dict.fromkeys(name for package in ended for name in package.packages))
    one = len(ended) == 1
    return fail(
        f"{_named(ended)} {'gets' if one else 'get'} no security support any more",
        evidence=(_listed(support),),
        sources=tuple(package.source for package in ended)[:IN_COMMAND],
        reasons=tuple(_reason(package) for package in ended)[:IN_COMMAND],
        packages=names[:IN_COMMAND],
        more=max(0, len(names) - IN_COMMAND),
        limited=tuple(package.source for package in limited)[:IN_COMMAND],
    )


def _reason(package: UnsupportedPackage) -> str:
    since = f" since {package.since}" if package.since else ""
    return f"{package.source}{since}{f': {package.note}' if package.note else ''}"


def _named(packages: tuple[UnsupportedPackage, ...]) -> str:
    return listed(package.source for package in packages)


def _listed(support: UnsupportedPackages) -> Evidence:
    lines = [
        f"{'limited: ' if package.limited else ''}{_reason(package)} (installed: {package.version})"
        for package in support.packages
    ]
    kept = lines[:IN_EVIDENCE] + ([f"and {len(lines) - IN_EVIDENCE} more"] if len(lines) > IN_EVIDENCE else [])
    told = "\n".join(kept) or "none of the packages on the list is installed"
    return Evidence(f"the distribution's list of {_day(support)}", told, support.observed)


def _day(support: UnsupportedPackages) -> str:
    return support.data_date.date().isoformat()
