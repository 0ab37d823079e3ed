from __future__ import annotations

from checks.exposure.access import capped, details, side
from checks.exposure.udp import absent, on_udp, settled, unlooked
from posture.sdk import Iterator, Service, Services, Severity, Verdict, check, fail

_PORT = 623
_SAYS = {
    "no-authentication": "offers logins without a check of the password (authentication type none)",
    "anonymous-login": "has an account without name and password",
    "cipher-zero": "offers cipher suite 0, which checks no password",
}


@check(
    "exposure.ipmi-reachable",
    title="Server management (IPMI) is reachable",
    clause="4.4",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:4.4", "cis@8.1:4.6", "cis@8.1:12.3",
        "iso27001@2022:A.8.20", "iso27001@2022:A.8.22",
        "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:AC-17", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:6.7.2.d",
        "pci-dss@4.0.1:1.4.4", "pci-dss@4.0.1:2.2.7",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:COS-01",
        "bsi-grundschutz@2023:OPS.1.2.5.A3",
    ),
)  # fmt: skip
def ipmi_reachable(services: Services) -> Iterator[Verdict]:
    """A server's management controller answers from the internet.

    Who gets into it owns the machine below its operating system: power, console, disks. IPMI 2.0 hands the hash of any
    account's password to whoever asks for it, by design (RAKP; CVE-2013-4786; CISA, TA13-207A), so that a login does
    not protect it and it fails whatever it asks for. It is critical when it offers logins without any check.

    The controller is sent a ping, and is asked which kinds of login and which cipher suites it offers. No login is
    begun, and no hash is asked for.

    It is wrong when a VPN is the only way to the port, or when what answers is a program that imitates a controller.
    """
    found = tuple(on_udp(services, "asf-rmcp"))
    for service in found:
        yield settled(service, "IPMI") or _failed(service)
    unknown = tuple(unlooked(services, _PORT))
    yield from unknown
    if not found and not unknown:
        yield absent(services, "IPMI", _PORT)


def _failed(service: Service) -> Verdict:
    worse = [_SAYS[word] for word in service.weakness.split() if word in _SAYS]
    what = f"lets people in without checking a password: it {' and '.join(worse)}" if worse else "can be reached"
    return fail(
        f"IPMI on port {service.port}/udp {what} ({side(service)})",
        subject=service.subject,
        severity=capped(service, Severity.CRITICAL) if worse else Severity.HIGH,
        evidence=service.evidence,
        worse="; ".join(worse),
        **details(service),
    )
