from __future__ import annotations

from checks.exposure.access import details, side
from checks.exposure.udp import absent, on_udp, settled, unlooked
from posture.sdk import (
    Iterator,
    Login,
    Reach,
    Service,
    Services,
    Severity,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

_PORT = 161


@check(
    "exposure.snmp-public",
    title="SNMP answers the community public",
    clause="4.4",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:4.4", "cis@8.1:4.6", "cis@8.1:4.7",
        "iso27001@2022:A.8.9", "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.AA-03", "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:AC-3", "nist-800-53@5:CM-7", "nist-800-53@5:IA-2", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:6.7.2.c",
        "pci-dss@4.0.1:1.4.4", "pci-dss@4.0.1:2.2.2",
        "soc2@2017:CC6.1", "soc2@2017:CC6.6",
        "bsi-c5@2020:IDM-09", "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:ORP.4.A9", "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def snmp_public(services: Services) -> Iterator[Verdict]:
    """An SNMP agent answers whoever says ``public``.

    Versions 1 and 2c have no login but a word sent in clear, and ``public`` is every vendor's default. It gives away
    the system, its software, its network and often its processes (CISA, TA17-156A). The agent is asked for the system
    group with that word only, and for its SNMPv3 identity; no other word is tried and nothing is set.

    It passes when the agent takes only version 3 or another word. A silent port says nothing about version 1 and 2c
    with another word: agents do not answer a wrong one.

    It can be wrong when the agent was seen from its own machine only: its configuration may let that machine alone use
    the word.
    """
    found = tuple(on_udp(services, "snmp"))
    for service in found:
        yield settled(service, "SNMP") or _judged(service)
    unknown = tuple(unlooked(services, _PORT))
    yield from unknown
    if not found and not unknown:
        yield absent(services, "SNMP", _PORT)


def _judged(service: Service) -> Verdict:
    where = f"SNMP on port {service.port}/udp"
    if service.login is Login.NOT_NEEDED:
        when = " when asked from its own machine" if service.reach is Reach.SAME_MACHINE else ""
        return fail(
            f"{where} tells about the system to anyone who says public{when} ({side(service)})",
            subject=service.subject,
            evidence=service.evidence,
            **details(service),
        )
    if service.login is Login.REQUIRED:
        says = f"{where} asks for a user (version 3) and does not take the community public"
        return passed(says, subject=service.subject, evidence=service.evidence)
    return not_assessed(
        f"{where} answered, and what it gives to strangers is not known: {service.login_reason or 'it did not say'}",
        subject=service.subject,
        evidence=service.evidence,
    )
