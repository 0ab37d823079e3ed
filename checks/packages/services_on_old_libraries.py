from __future__ import annotations

from checks.rights import NEEDS_ROOT
from checks.wording import count, listed
from posture.sdk import (
    Evidence,
    Iterator,
    Severity,
    StaleProcess,
    StaleProcesses,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

# Where packages and installed software lie. A program that somebody built anew in a home is no update.
_SYSTEM = ("/usr/", "/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libx32/", "/libexec/", "/opt/", "/nix/store/")
# Restarted alone, these end sessions or leave the system without its middle: only a reboot renews them safely.
_REBOOT = frozenset({"dbus.service", "dbus-broker.service", "systemd-logind.service", "elogind.service"})
_DESKTOPS = frozenset({"gdm.service", "gdm3.service", "lightdm.service", "sddm.service", "display-manager.service"})
# Restarted, these may cut the connection over which it is done, or stop what runs below them.
_CAREFUL = frozenset({
    "containerd.service", "docker.service", "libvirtd.service", "lxc.service", "lxd.service", "podman.service",
    "systemd-networkd.service", "networking.service", "NetworkManager.service", "wpa_supplicant.service",
    "openvpn.service", "firewalld.service", "iscsid.service", "multipathd.service",
})  # fmt: skip
IN_COMMAND = 40  # units or programs
IN_EVIDENCE = 500  # processes


@check(
    "packages.services-on-old-libraries",
    title="Programs still run code that was replaced on disk",
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
def services_on_old_libraries(seen: StaleProcesses) -> Iterator[Verdict]:
    """Running programs have files mapped as code that were replaced or deleted since they started: one finding a host.

    An update protects nobody until the programs that use the library are started anew. Nothing is sent: the memory maps
    in /proc are read. Files of the system's folders and /opt count; what somebody builds or installs in a home is not
    judged, nor is temporary code (/tmp, shared memory). Processes of containers are left out: their images are updated,
    not restarted. It passes only when the map of every process could be read.

    Where only a reboot renews every one of them and packages.reboot-needed asks for it, this check names them and is
    not applicable, so that one reboot is one finding.

    It is wrong where a file was replaced by the same one (a package installed again), and it does not see programs of
    languages whose files are read once and not mapped (Python, Perl, PHP, Java archives).
    """
    stale = [one for one in map(_in_system, seen.processes) if one]
    if stale and not (seen.reboot_due and all(_needs_reboot(process) for process, _ in stale)):
        yield _failure(seen, stale)
    elif gap := _gap(seen):
        what = _await_reboot(stale) if stale else "No program was found to run old code"
        yield not_assessed(f"{what}, but {gap}", evidence=(*_told(seen, stale), _looked(seen)))
    elif stale:
        yield not_applicable(f"{_await_reboot(stale)}{_left_out(seen)}")
    else:
        summary = f"None of {count(seen.total, 'process', 'es')} runs old code{_left_out(seen)}"
        yield passed(summary, evidence=(_looked(seen),))


def _in_system(process: StaleProcess) -> tuple[StaleProcess, tuple[str, ...]] | None:
    files = tuple(file for file in process.files if file.startswith(_SYSTEM))
    return (process, files) if files else None


def _await_reboot(stale: list[tuple[StaleProcess, tuple[str, ...]]]) -> str:
    names = tuple(dict.fromkeys(process.unit or process.name for process, _ in stale))
    return f"What runs old code waits for the reboot that packages.reboot-needed asks for: {listed(names)}"


def _gap(seen: StaleProcesses) -> str:
    """What kept the look from being whole, empty when nothing did."""
    gaps = []
    if seen.readable < seen.total or not seen.total:
        named = f", not {', '.join(seen.unread)}" if seen.unread else ""
        gaps.append(f"{seen.readable} of {seen.total} processes could be read{named} ({NEEDS_ROOT})")
    gaps += [seen.gap] if seen.gap else []
    return "; ".join(gaps)


def _failure(seen: StaleProcesses, stale: list[tuple[StaleProcess, tuple[str, ...]]]) -> Verdict:
    processes = [process for process, _ in stale]
    wait = [process for process in processes if _needs_reboot(process)]
    restart = [process for process in processes if process not in wait]
    units = tuple(sorted({process.unit for process in restart if process.unit}))
    others = tuple(dict.fromkeys(_by_hand(process) for process in restart if not process.unit))
    reboot = tuple(sorted({process.unit or process.name for process in wait}))
    packages = tuple(sorted({name for process in processes for name in process.packages}))
    notes = [f"of {', '.join(packages[:5])}"] if packages else []
    notes += [_gap(seen)] if _gap(seen) else []
    more = f" ({'; '.join(notes)})" if notes else ""
    return fail(
        f"{count(len(processes), 'process', 'es')} still {'runs' if len(processes) == 1 else 'run'} code that was "
        f"replaced on disk{more}{_left_out(seen)}",
        evidence=(*_told(seen, stale), _looked(seen)),
        units=units[:IN_COMMAND],
        careful=tuple(unit for unit in units[:IN_COMMAND] if unit in _CAREFUL),
        reboot=reboot[:IN_COMMAND],
        others=others[:IN_COMMAND],
        count=len(processes),
        more=max(0, len(units) - IN_COMMAND) + max(0, len(others) - IN_COMMAND),
    )


def _needs_reboot(process: StaleProcess) -> bool:
    session = process.unit.startswith(("user@", "getty@", "serial-getty@"))
    return process.pid == 1 or process.unit in _REBOOT or process.unit in _DESKTOPS or session


def _by_hand(process: StaleProcess) -> str:
    return f"{process.name or 'a process'} of {process.user or 'an unnamed user'} (process {process.pid})"


def _told(seen: StaleProcesses, stale: list[tuple[StaleProcess, tuple[str, ...]]]) -> tuple[Evidence, ...]:
    if not stale:
        return ()
    lines = [
        f"{process.pid} {process.name} {process.user} {process.unit or '-'}: {' '.join(files)}"
        for process, files in stale[:IN_EVIDENCE]
    ]
    lines += [f"and {len(stale) - IN_EVIDENCE} more"] if len(stale) > IN_EVIDENCE else []
    return (Evidence("/proc/PID/maps: process, name, user, unit, deleted files", "\n".join(lines), seen.observed),)


def _looked(seen: StaleProcesses) -> Evidence:
    return Evidence("/proc/PID/maps", f"{seen.readable} of {seen.total} processes could be read", seen.observed)


def _left_out(seen: StaleProcesses) -> str:
    """What the outcome does not speak of."""
    own = [process for process in seen.processes if not _in_system(process)]
    parts = [f"; {count(seen.elsewhere, 'process', 'es')} of containers left out"] if seen.elsewhere else []
    if own:
        first = f"{own[0].name} ({own[0].pid})"
        parts.append(f"; {count(len(own), 'process', 'es')} with deleted files of their own not judged, as {first}")
    return "".join(parts)
