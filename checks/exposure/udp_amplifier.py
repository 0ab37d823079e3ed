from __future__ import annotations

from checks.exposure.access import MOST_NAMED, details, side
from checks.exposure.udp import settled, unlooked
from posture.sdk import (
    Amplification,
    Iterator,
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

MANY_TIMES = 10  # bytes for each byte: from here on it is worth an attacker's while whatever it is (CISA, TA14-017A)
BY_PURPOSE = 3  # up to here an answer is what the service is for

# Nobody on the internet has use for an answer of these.
_NEVER = {
    "echo": "The echo service", "daytime": "The daytime service", "qotd": "The quote of the day service",
    "chargen": "The character generator", "time": "The time service", "rpcbind": "The portmapper",
    "netbios-ns": "NetBIOS", "xdmcp": "XDMCP", "cldap": "CLDAP", "svrloc": "SLP", "route": "RIP",
    "db2-discovery": "DB2 discovery", "ms-sql-m": "The SQL Server browser", "upnp": "SSDP",
    "netassistant": "Apple Remote Desktop", "ws-discovery": "WS-Discovery", "nat-pmp": "NAT-PMP", "mdns": "mDNS",
    "ubiquiti-discovery": "Ubiquiti discovery", "memcached": "Memcached", "dhcpdiscover": "DVR discovery",
}  # fmt: skip
# These have to answer strangers, or are for checks of their own; how much they answer is the question.
_MAY = {
    "stun": "STUN", "sip": "SIP", "coap": "CoAP", "halflife": "The game server", "quake3": "The game server",
    "asf-rmcp": "IPMI", "tftp": "TFTP", "gtp-control": "GTP", "bacnet": "BACnet",
}  # fmt: skip
# These must answer strangers in one way and must not in another; the collector tells which it was.
_BY_WEAKNESS = {"domain": "DNS", "ntp": "NTP", "snmp": "SNMP"}
_SAYS = {
    "open-resolver": "resolves names for anyone",
    "open-cache": "shows its cache to anyone",
    "recursion-offered": "offers to resolve names for anyone",
    "upward-referral": "refers anyone to the root servers",
    "monlist": "lists its last clients to anyone",
    "mode6": "tells its variables to anyone",
    "community-public": "answers anyone who says public",
}
_WORST = frozenset({"memcached", "chargen", "cldap", "upnp"})
_LABELS = _NEVER | _MAY | _BY_WEAKNESS
# Their own rules usually let the machine itself, or its network, ask what nobody else may.
_KNOWS_ITS_OWN = frozenset({"domain", "ntp", "mdns", "upnp", "ws-discovery"})


@check(
    "exposure.udp-amplifier",
    title="A UDP service can be used to flood others",
    clause="2",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:4.4", "cis@8.1:4.8",
        "iso27001@2022:A.8.20", "iso27001@2022:A.8.22",
        "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:SC-5", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.7.2.l",
        "pci-dss@4.0.1:1.4.2", "pci-dss@4.0.1:2.2.4",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:COS-01",
        "bsi-grundschutz@2023:SYS.1.1.A6",
    ),
)  # fmt: skip
def udp_amplifier(services: Services) -> Iterator[Verdict]:
    """A UDP service answers strangers with more than they send.

    UDP does not prove who asks. An attacker asks in the victim's name, and the answer hits the victim, many times
    larger than the request (CISA, TA14-017A). So the usual ports are each sent one or a few small requests that change
    nothing, and the bytes that come back are measured; no request names any other address than ours.

    Services that nobody on the internet has use for fail whenever they answer. A name server fails when it resolves for
    strangers (asked for the root's name servers, it gives an answer that is not its own; or it says that recursion is
    available and tries, which is an offer and not yet a proof), not when it answers for its own zones. NTP fails for
    listing its clients or variables, not for the time. STUN, SIP, CoAP, TFTP, IPMI and the like pass below three times
    the bytes, and SNMP below ten; what they give away is for other checks. It is high from ten times on, and for
    Memcached, chargen, CLDAP, SSDP and NTP's monlist whatever was measured.

    It can be wrong when the auditor's own network filters UDP: then everything seems silent. From the machine itself, a
    resolver, NTP, mDNS and SSDP say nothing about strangers, and are not assessed; nor is a port that could not
    be asked. Ports that are not usual ones are not asked.
    """
    found = [service for service in services.services if service.protocol == "udp" and _concerned(service)]
    for service in found:
        label = _LABELS.get(service.name, "The service")
        yield settled(service, label) or _judged(service, label)
    unknown = tuple(unlooked(services))
    yield from unknown
    if not found and not unknown:
        yield passed(f"None of {len(services.asked_udp)} UDP ports that were asked answered")


def _concerned(service: Service) -> bool:
    return service.name in _LABELS or (service.reach.exposed and service.amplification is not None)


def _judged(service: Service, label: str) -> Verdict:
    measured = service.amplification or Amplification("nothing", 0, 0, 0)
    if service.reach is Reach.SAME_MACHINE and service.name in _KNOWS_ITS_OWN:
        return not_assessed(
            f"{label} on port {service.port}/udp answers its own machine; whether it answers others was not tested",
            subject=service.subject,
            evidence=service.evidence,
        )
    problems = [word for word in service.weakness.split() if word in _SAYS] if service.name in _BY_WEAKNESS else []
    if problems == ["community-public"] and measured.sent and measured.factor < MANY_TIMES:
        says = f"{label} on port {service.port}/udp is of little use to flood others: {_in_words(measured)}"
        return passed(
            f"{says}; exposure.snmp-public tells who may ask", subject=service.subject, evidence=service.evidence
        )
    if not problems and not _answers_too_much(service, measured):
        return _small(service, label, measured)
    what = " and ".join(_SAYS[word] for word in problems[:MOST_NAMED]) or "answers anyone"
    when = ", asked from its own machine" if service.reach is Reach.SAME_MACHINE else ""
    return fail(
        f"{label} on port {service.port}/udp {what}{when}: {_in_words(measured)} ({side(service)})",
        subject=service.subject,
        severity=Severity.HIGH if _severe(service, problems, measured) else Severity.MEDIUM,
        evidence=service.evidence,
        engine=service.name if service.name in _LABELS else "",
        problem=problems[0] if problems else "",
        label=label,
        measured=_in_words(measured),
        **details(service),
    )


def _answers_too_much(service: Service, measured: Amplification) -> bool:
    if service.name in _BY_WEAKNESS:
        return False
    return service.name in _NEVER or measured.factor > BY_PURPOSE


def _small(service: Service, label: str, measured: Amplification) -> Verdict:
    where = f"{label} on port {service.port}/udp"
    if service.name in _LABELS:
        says = f"{where} answers strangers with no more than it is there for: {_in_words(measured)}"
        return passed(says, subject=service.subject, evidence=service.evidence)
    return not_assessed(
        f"{where} was not recognised ({service.login_reason or 'its answer is not known'}); "
        f"it answered with {_in_words(measured)}",
        subject=service.subject,
        evidence=service.evidence,
    )


def _severe(service: Service, problems: list[str], measured: Amplification) -> bool:
    return measured.factor >= MANY_TIMES or service.name in _WORST or "monlist" in problems


def _in_words(measured: Amplification) -> str:
    """``44,000 bytes for 8, 5,500 times``."""
    if not measured.sent:
        return "an answer that was not measured"
    times = f"{measured.factor:,.0f}" if measured.factor >= MANY_TIMES else f"{measured.factor:.1f}"
    return f"{measured.received:,} bytes for {measured.sent:,}, {times} times"
