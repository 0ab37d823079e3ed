from __future__ import annotations

from checks.exposure.access import absent, details, doubtful, side, unreachable, untried
from posture.sdk import Iterator, Login, Reach, Service, Services, Severity, Verdict, check, fail


@check(
    "exposure.telnet",
    title="Telnet is reachable",
    clause="4.4",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:3.10", "cis@8.1:4.6",
        "iso27001@2022:A.8.20", "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:AC-17(2)", "nist-800-53@5:CM-7", "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "pci-dss@4.0.1:2.2.5", "pci-dss@4.0.1:2.2.7",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
        "bsi-grundschutz@2023:SYS.1.3.A8",
    ),
)  # fmt: skip
def telnet(services: Services) -> Iterator[Verdict]:
    """A telnet server can be reached.

    Telnet sends everything in clear, passwords included, and cannot tell the right server from a false one (RFC 854 has
    neither encryption nor server authentication). So it fails whatever login it asks for, also when it turned our
    address away; it is critical when it gives a stranger a session without any login. A telnet server that listens for
    others and could not be tried from outside is not assessed.

    It is wrong when something else that looks like telnet answers, e.g. a device that prints a greeting, or when a VPN
    is the only way to the port.
    """
    found = tuple(services.named("telnet"))
    for service in found:
        yield _judged(service) if service.reach.exposed else unreachable(service, "Telnet")
    doubts = tuple(doubtful(services, ("telnet",), "telnet"))
    yield from doubts
    if not found and not doubts:
        yield absent(services, "telnet service")


def _judged(service: Service) -> Verdict:
    if service.reach is Reach.LISTENS:
        return untried(service, "Telnet")
    open_to_all = service.login is Login.NOT_NEEDED
    what = "gives a session without any login" if open_to_all else "sends passwords in clear"
    return fail(
        f"Telnet on port {service.port} {what} ({side(service)})",
        subject=service.subject,
        severity=Severity.CRITICAL if open_to_all and service.reach is Reach.OUTSIDE else None,
        evidence=service.evidence,
        no_login=open_to_all,
        **details(service),
    )
