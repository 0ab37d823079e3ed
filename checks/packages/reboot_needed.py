from __future__ import annotations

from posture.sdk import (
    Evidence,
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


@check(
    "packages.reboot-needed",
    title="Updates are installed but wait for a reboot",
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
def reboot_needed(kernel: KernelState) -> Iterator[Verdict]:
    """The system runs an older kernel than the newest installed, asks for a reboot itself, or runs on old libraries.

    A fixed kernel protects nobody until it runs. It is compared with the newest of its own flavour, so that a kernel
    for debugging, a rescue image or an older one kept for emergencies raises nothing. Debian and Ubuntu ask for one
    by the file /run/reboot-required, SUSE by /run/reboot-needed. Systems with dnf or yum leave no such file: there the
    C library, systemd, D-Bus, firmware and microcode count when they were installed after the boot, as
    ``dnf needs-restarting -r`` counts them. Containers run their host's kernel: for them only the file counts.

    A running kernel newer than all that are installed is supplied from elsewhere (some providers boot their own):
    whether it is the newest one is then not known here. Where the running kernel was patched (livepatch, kpatch), the
    gravest flaws are mended and only a part waits for the reboot: low. It can be wrong where the clock was off at boot.
    """
    if kernel.container and not kernel.reboot_required:
        yield not_applicable(f"This is a container ({kernel.container}): it runs its host's kernel")
        return
    if kernel.reboot_due:
        yield _failure(kernel, () if kernel.container else kernel.updated, older=kernel.behind and not kernel.container)
    elif not kernel.running or not kernel.newest_installed:
        yield not_assessed("Which kernels are installed is not known: there is none in /boot, or it could not be read")
    elif kernel.ahead:
        yield not_assessed(
            f"The running kernel {kernel.running} is newer than all that are installed ({kernel.newest_installed}): "
            "it comes from elsewhere, perhaps from the provider; ask there whether it is the current one",
            evidence=_evidence(kernel),
        )
    else:
        yield passed(f"The newest installed kernel runs ({kernel.running})", evidence=_evidence(kernel))


def _failure(kernel: KernelState, updated: tuple[str, ...], *, older: bool) -> Verdict:
    reasons = [f"kernel {kernel.running} runs, {kernel.newest_installed} is installed"] if older else []
    if kernel.reboot_required:
        named = ", ".join(kernel.reboot_packages[:5])
        reasons.append(f"the system asks for it{f' because of {named}' if named else ''}")
    if updated:
        reasons.append(f"{', '.join(updated[:5])} updated since the last one")
    if kernel.livepatches:
        reasons.append("the running kernel was patched meanwhile")
    return fail(
        f"A reboot is needed: {'; '.join(reasons)}",
        severity=Severity.LOW if kernel.mended else None,
        evidence=_evidence(kernel),
        running=kernel.running,
        newest=kernel.newest_installed,
        older=older,
        flag=kernel.flag or "/run/reboot-required" if kernel.reboot_required else "",
        reboot_packages=kernel.reboot_packages[:30],
        updated=updated[:30],
        patched=bool(kernel.livepatches),
    )


def _evidence(kernel: KernelState) -> tuple[Evidence, ...]:
    flag = "present" if kernel.reboot_required else "absent"
    named = f": {', '.join(kernel.reboot_packages[:30])}" if kernel.reboot_packages else ""
    found = [
        Evidence("uname -r", kernel.running or "not known", kernel.observed),
        Evidence("newest kernel in /boot or /lib/modules", kernel.newest_installed or "none", kernel.observed),
        Evidence(kernel.flag or "/run/reboot-required", f"{flag}{named}", kernel.observed),
    ]
    if kernel.updated:
        since = f" ({kernel.booted:%Y-%m-%d %H:%M} UTC)" if kernel.booted else ""
        found.append(Evidence(f"installed since the boot{since}", ", ".join(kernel.updated[:30]), kernel.observed))
    if kernel.livepatches:
        found.append(Evidence("/sys/kernel/livepatch", ", ".join(kernel.livepatches[:30]), kernel.observed))
    return tuple(found)
