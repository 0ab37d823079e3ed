from __future__ import annotations

from checks.exposure.access import absent, details, doubtful, side, unreachable, untried
from posture.sdk import Iterator, Reach, Service, Services, Severity, Verdict, check, fail

# Protocol in nmap's words -> its name for people.
SHELLS = {"login": "rlogin", "shell": "rsh", "exec": "rexec"}


@check(
    "exposure.remote-shell",
    title="rlogin, rsh or rexec is reachable",
    clause="4.4",
    severity=Severity.HIGH,
    controls=(
        "CIS-8.1/4.6", "CIS-8.1/4.8", "CIS-8.1/3.10",
        "ISO-27001:2022/A.8.20", "ISO-27001:2022/A.8.24", "ISO-27001:2022/A.8.5",
        "NIST-CSF-2.0/PR.DS-02", "NIST-CSF-2.0/PR.AA-03",
        "PCI-DSS-4.0.1/2.2.5", "PCI-DSS-4.0.1/2.2.7",
    ),
)  # fmt: skip
def remote_shell(services: Services) -> Iterator[Verdict]:
    """A server of rlogin, rsh or rexec can be reached.

    These programs of 1982 send everything in clear, passwords included, and rlogin and rsh let users in because of the
    address they seem to come from (rhosts). So they fail whatever they ask for. What is sent is one NUL byte: no user
    is named and no command. Servers that close the connection on that without a word are known by nmap or by the
    process that listens; where neither names them, they are not assessed.

    It is wrong when a VPN is the only way to the port. A log server on port 514/tcp is not reported.
    """
    found = tuple(s for s in services.named(*SHELLS) if s.protocol == "tcp")
    for service in found:
        yield _judged(service) if service.reach.exposed else unreachable(service, SHELLS[service.name])
    doubts = tuple(doubtful(services, SHELLS, "rlogin, rsh or rexec"))
    yield from doubts
    if not found and not doubts:
        yield absent(services, "rlogin, rsh or rexec")


def _judged(service: Service) -> Verdict:
    label = SHELLS[service.name]
    if service.reach is Reach.LISTENS:
        return untried(service, label)
    return fail(
        f"{label} on port {service.port} runs commands of users it does not check safely ({side(service)})",
        subject=service.subject,
        evidence=service.evidence,
        label=label,
        **details(service),
    )
