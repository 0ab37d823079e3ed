from __future__ import annotations

from checks.wording import listed
from posture.sdk import Evidence, InstalledPackages, Iterator, Severity, Verdict, check, fail, not_assessed, passed

IN_COMMAND = 30  # packages


@check(
    "packages.half-installed",
    title="Packages are half installed",
    clause="4.1",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:7.3",
        "iso27001@2022:A.8.8",
        "nist-csf@2.0:PR.PS-02",
        "nist-800-53@5:SI-2", "nist-800-53@5:SI-2(2)",
        "nis2@2022:21(2)(g)",
        "nis2-annex@2024:6.6.1",
        "pci-dss@4.0.1:6.3.3",
        "soc2@2017:CC7.1",
        "bsi-c5@2020:OPS-18",
        "bsi-grundschutz@2023:OPS.1.1.3.A3",
    ),
)  # fmt: skip
def half_installed(installed: InstalledPackages) -> Iterator[Verdict]:
    """The package manager was stopped halfway: packages are unpacked but not set up, or installed twice.

    Until that is repaired the package manager refuses or skips further work, security updates among it, and nobody
    knows which version of the program runs. Of dpkg these are packages that are half-installed, unpacked,
    half-configured or marked for reinstallation; of apk those whose files or scripts it noted as broken; of rpm those
    installed in two versions of one architecture, kernels and their modules left out.

    It is wrong while an update is just running, and of rpm where somebody keeps two versions of a package on purpose.
    """
    if not installed.broken and not installed.packages:
        yield not_assessed("The list of installed packages is empty: the manager's database was not where it should be")
        return
    if not installed.broken:
        yield passed(
            f"All {len(installed.packages)} packages are installed whole",
            evidence=(_evidence(installed, "none"),),
        )
        return
    count = len(installed.broken)
    what = "installed twice" if installed.manager == "rpm" else "half installed"
    yield fail(
        f"{count} package{' is' if count == 1 else 's are'} {what}: {listed(installed.broken)}",
        evidence=(_evidence(installed, "\n".join(installed.broken[:2000])),),
        packages=installed.broken[:IN_COMMAND],
        count=count,
        manager=installed.manager,
    )


def _evidence(installed: InstalledPackages, text: str) -> Evidence:
    return Evidence(f"packages that {installed.manager or 'the manager'} has not finished", text, installed.observed)
