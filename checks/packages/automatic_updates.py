from __future__ import annotations

from datetime import timedelta

from checks.packages.images import IMAGES
from posture.sdk import (
    AutomaticUpdates,
    Evidence,
    Installs,
    Iterator,
    KernelState,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

RAN_WITHIN = timedelta(days=14)


@check(
    "packages.automatic-updates",
    title="Security updates are not installed by themselves",
    clause="4.1",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:7.3", "cis@8.1:7.4",
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
def automatic_updates(automatic: AutomaticUpdates, kernel: KernelState) -> Iterator[Verdict]:
    """Nothing on the host installs security updates without somebody's doing.

    Low where nothing is set up, or updates are only fetched or announced. Medium where something is set up and does not
    work (its timer is off, the security archive is left out, it has not run for two weeks): then people believe in it.
    unattended-upgrades, dnf-automatic, yum-cron, YaST's online update, os-update, transactional-update, rpm-ostree,
    bootc, and jobs of cron that call the package manager are known.

    It is wrong where updates are brought from outside (Ansible, Landscape, Satellite, a provider's patch service) or by
    a script or timer of your own: then accept the finding with that reason. A job in root's crontab is seen only by an
    account that may read it; what could not be read is among the evidence. Containers of images (docker, podman) are
    rebuilt, not updated: not applicable.
    """
    if kernel.container in IMAGES:
        yield not_applicable(f"This is a container of an image ({kernel.container}): rebuild it to update it")
        return
    stopped = _stopped(automatic)
    if automatic.installs is Installs.SECURITY and not automatic.missing and not stopped:
        ran = f", last on {automatic.last:%Y-%m-%d}" if automatic.last else ""
        yield passed(f"{automatic.tool} installs security updates by itself{ran}", evidence=_evidence(automatic))
    elif automatic.installs is Installs.UNKNOWN:
        why = automatic.missing or "the settings could not be read"
        yield not_assessed(f"Whether updates install themselves is not known: {why}", evidence=_evidence(automatic))
    else:
        yield _failure(automatic, stopped)


def _failure(automatic: AutomaticUpdates, stopped: str) -> Verdict:
    broken = automatic.missing or stopped
    if automatic.installs is Installs.DOWNLOADS:
        summary = "Updates are fetched or announced, but nobody installs them"
    elif automatic.tool and broken:
        summary = f"{automatic.tool} is there, but installs nothing"
    else:
        summary = "Nothing installs security updates by itself"
    trusted = bool(automatic.tool and broken) and automatic.installs is not Installs.DOWNLOADS
    return fail(
        f"{summary}: {broken}" if broken else summary,
        severity=Severity.MEDIUM if trusted else None,
        evidence=_evidence(automatic),
        manager=automatic.manager,
        tool=automatic.tool,
        broken=broken,
        fetched=automatic.installs is Installs.DOWNLOADS,
    )


def _stopped(automatic: AutomaticUpdates) -> str:
    """Whether it last ran too long ago."""
    if automatic.last is None or automatic.observed - automatic.last <= RAN_WITHIN:
        return ""
    return f"it last ran on {automatic.last:%Y-%m-%d}"


def _evidence(automatic: AutomaticUpdates) -> tuple[Evidence, ...]:
    lines = automatic.settings or ("nothing that would install updates was found",)
    return (Evidence("settings of automatic updates", "\n".join(lines), automatic.observed),)
