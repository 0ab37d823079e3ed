from __future__ import annotations

from checks.exposure.access import details, side
from checks.exposure.udp import absent, on_udp, settled, unlooked
from posture.sdk import Iterator, Services, Severity, Verdict, check, fail

_PORT = 69


@check(
    "exposure.tftp-reachable",
    title="TFTP is reachable",
    clause="4.4",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:4.4", "cis@8.1:4.6", "cis@8.1:4.8",
        "iso27001@2022:A.5.14", "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.DS-02", "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:CM-7", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.7.2.c",
        "pci-dss@4.0.1:1.4.4", "pci-dss@4.0.1:2.2.4",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def tftp_reachable(services: Services) -> Iterator[Verdict]:
    """A TFTP server can be reached.

    TFTP has neither login nor encryption (RFC 1350): whoever guesses a file's name reads it, and names of boot images
    and of configurations of telephones and switches, with their passwords, are well known. The server is asked for a
    file that is not there; its error proves that it serves strangers. No file is read and none is written.

    Which files it gives, and whether it takes any, is not judged. It is wrong when a VPN is the only way to the port.
    """
    found = tuple(on_udp(services, "tftp"))
    for service in found:
        yield settled(service, "TFTP") or fail(
            f"TFTP on port {service.port}/udp serves files without a login ({side(service)})",
            subject=service.subject,
            evidence=service.evidence,
            **details(service),
        )
    unknown = tuple(unlooked(services, _PORT))
    yield from unknown
    if not found and not unknown:
        yield absent(services, "TFTP", _PORT)
