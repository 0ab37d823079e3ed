from __future__ import annotations

from checks.exposure.access import absent, details, doubtful, side, unreachable, untried
from posture.sdk import Iterator, Reach, Service, Services, Severity, Verdict, check, fail

NAMES = ("microsoft-ds", "netbios-ssn")
LABEL = "SMB (Windows file sharing)"


@check(
    "exposure.smb-reachable",
    title="Windows file sharing can be reached from the internet",
    clause="4.4",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:4.4", "cis@8.1:4.8", "cis@8.1:12.2",
        "iso27001@2022:A.8.20", "iso27001@2022:A.8.21", "iso27001@2022:A.8.22",
        "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:CM-7", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.7.2.c",
        "pci-dss@4.0.1:1.4.4", "pci-dss@4.0.1:2.2.4",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def smb_reachable(services: Services) -> Iterator[Verdict]:
    """An SMB server can be reached from the internet.

    SMB is made for local networks: worms (WannaCry, 2017) came through it, passwords are guessed at it, and its makers
    say to block it at the border. So it fails whatever login it asks for; it is of high severity when the server still
    accepts SMB 1, which has neither encryption nor a safe signature. What is sent: a negotiation of SMB 2 and one of
    SMB 1. It passes when the port listens for this machine only or did not answer from outside. Shares that open
    without a login are reported by exposure.file-share-open.

    It is wrong when a VPN is the only way to the port. Seen from its own machine only, a firewall in front may stop
    everybody else; the finding then says so.
    """
    found = tuple(s for s in services.named(*NAMES) if s.protocol == "tcp")
    for service in found:
        yield _judged(service) if service.reach.exposed else unreachable(service, LABEL)
    doubts = tuple(doubtful(services, NAMES, "Windows file sharing"))
    yield from doubts
    if not found and not doubts:
        yield absent(services, "Windows file sharing")


def _judged(service: Service) -> Verdict:
    if service.reach is Reach.LISTENS:
        return untried(service, LABEL)
    old = "smb1" in service.weakness.split()
    what = "accepts connections in SMB 1" if old else "accepts connections from strangers"
    return fail(
        f"{LABEL} on port {service.port} {what} ({side(service)})",
        subject=service.subject,
        severity=Severity.HIGH if old else None,
        evidence=service.evidence,
        smb1=old,
        **details(service),
    )
