from __future__ import annotations

import re

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
    controls=("CIS-8.1/7.3", "ISO-27001:2022/A.8.8", "NIST-CSF-2.0/PR.PS-02", "PCI-DSS-4.0.1/6.3.3"),
)
def reboot_needed(kernel: KernelState) -> Iterator[Verdict]:
    """The system runs an older kernel than the newest one installed, or asks for a reboot itself.

    A fixed kernel protects nobody until it runs. The system asks by the file /run/reboot-required (Debian, Ubuntu).
    Containers run their host's kernel: for them only that file counts.

    A running kernel newer than all in /boot is supplied from elsewhere (some providers boot their own): whether it is
    the newest one is then not known here. It can be wrong where kernels are patched while running (livepatch, kpatch).
    """
    if kernel.container and not kernel.reboot_required:
        yield not_applicable(f"This is a container ({kernel.container}): it runs its host's kernel")
        return
    older = (
        not kernel.container
        and bool(kernel.newest_installed)
        and _order(kernel.running) < _order(kernel.newest_installed)
    )
    if older or kernel.reboot_required:
        yield _failure(kernel, older=older)
    elif not kernel.running or not kernel.newest_installed:
        yield not_assessed("Which kernels are installed is not known: there is none in /boot, or it could not be read")
    elif _order(kernel.running) > _order(kernel.newest_installed):
        yield not_assessed(
            f"The running kernel {kernel.running} is newer than all that are installed ({kernel.newest_installed}): "
            "it comes from elsewhere, perhaps from the provider; ask there whether it is the current one",
            evidence=_evidence(kernel),
        )
    else:
        yield passed(f"The newest installed kernel runs ({kernel.running})", evidence=_evidence(kernel))


def _failure(kernel: KernelState, *, older: bool) -> Verdict:
    reasons = [f"kernel {kernel.running} runs, {kernel.newest_installed} is installed"] if older else []
    if kernel.reboot_required:
        named = ", ".join(kernel.reboot_packages[:5])
        reasons.append(f"the system asks for it{f' because of {named}' if named else ''}")
    return fail(
        f"A reboot is needed: {'; '.join(reasons)}",
        evidence=_evidence(kernel),
        running=kernel.running,
        newest=kernel.newest_installed,
        older=older,
        flag=kernel.reboot_required,
        reboot_packages=kernel.reboot_packages[:30],
    )


def _evidence(kernel: KernelState) -> tuple[Evidence, ...]:
    flag = "present" if kernel.reboot_required else "absent"
    named = f": {', '.join(kernel.reboot_packages[:30])}" if kernel.reboot_packages else ""
    return (
        Evidence("uname -r", kernel.running or "not known", kernel.observed),
        Evidence("newest kernel image in /boot", kernel.newest_installed or "none", kernel.observed),
        Evidence("/run/reboot-required", f"{flag}{named}", kernel.observed),
    )


def _order(release: str) -> tuple[int, ...]:
    """A kernel release's numbers, in order; flavours of the same build (amd64, cloud-amd64) are equal."""
    return tuple(int(number) for number in re.findall(r"[0-9]{1,18}", release))
