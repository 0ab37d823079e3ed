from __future__ import annotations

from checks.exposure.access import absent, details, doubtful, judged, side, unreachable, untried
from posture.sdk import Iterator, Reach, Service, Services, Severity, Verdict, check, fail

# Protocol in nmap's words -> (engine, its name for people).
SHELLS = {
    "login": ("rsh", "rlogin"),
    "shell": ("rsh", "rsh"),
    "exec": ("rsh", "rexec"),
    "adb": ("adb", "Android's debugging bridge (ADB)"),
    "smart-install": ("smart-install", "Cisco Smart Install"),
}
_CONSEQUENCE = "run commands on the device, or set it up anew"


@check(
    "exposure.remote-shell",
    title="A remote shell without a safe login is reachable",
    clause="4.4",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:3.10", "cis@8.1:4.6", "cis@8.1:4.8",
        "iso27001@2022:A.8.5", "iso27001@2022:A.8.20", "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.AA-03", "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:AC-17", "nist-800-53@5:AC-17(2)", "nist-800-53@5:CM-7", "nist-800-53@5:SC-7",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(e)", "nis2@2022:21(2)(h)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:6.7.2.d",
        "pci-dss@4.0.1:2.2.5", "pci-dss@4.0.1:2.2.7",
        "soc2@2017:CC6.6", "soc2@2017:CC6.7",
        "bsi-c5@2020:COS-01", "bsi-c5@2020:CRY-02",
        "bsi-grundschutz@2023:OPS.1.2.5.A3", "bsi-grundschutz@2023:SYS.1.3.A8",
    ),
)  # fmt: skip
def remote_shell(services: Services) -> Iterator[Verdict]:
    """A server of rlogin, rsh or rexec can be reached, or a device that takes commands from anyone.

    rlogin, rsh and rexec (1982) send everything in clear, passwords included, and the first two let users in because of
    the address they seem to come from (rhosts). So they fail whatever they ask for. What is sent is one NUL byte: no
    user is named and no command. Servers that close the connection on that without a word are known by nmap or by the
    process that listens; where neither names them, they are not assessed.

    Android's debugging bridge gives a shell, and Cisco Smart Install replaces a switch's configuration (TA18-106A):
    both are critical where they need no login. They are sent their connect message, and the question of Cisco's own
    scanner. A debugging bridge that asks for a key passes.

    It is wrong when a VPN is the only way to the port. A log server on port 514/tcp is not reported.
    """
    found = tuple(s for s in services.named(*SHELLS) if s.protocol == "tcp")
    for service in found:
        yield _judged(service) if service.reach.exposed else unreachable(service, SHELLS[service.name][1])
    doubts = tuple(doubtful(services, SHELLS, "a remote shell"))
    yield from doubts
    if not found and not doubts:
        yield absent(services, "remote shell")


def _judged(service: Service) -> Verdict:
    engine, label = SHELLS[service.name]
    if service.reach is Reach.LISTENS:
        return untried(service, label)
    if engine != "rsh":
        return judged(service, label, _CONSEQUENCE, Severity.CRITICAL, engine=engine, label=label)
    return fail(
        f"{label} on port {service.port} runs commands of users it does not check safely ({side(service)})",
        subject=service.subject,
        severity=Severity.HIGH,
        evidence=service.evidence,
        engine=engine,
        label=label,
        **details(service),
    )
