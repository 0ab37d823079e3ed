from __future__ import annotations

from dataclasses import replace

from checks.exposure.access import without_login
from posture.sdk import Iterator, Login, Reach, Service, Services, Severity, Verdict, check

NAMES = ("memcached", "memcache")


@check(
    "exposure.memcached-open",
    title="Memcached answers without a login",
    clause="4.4",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:4.4", "cis@8.1:4.8", "cis@8.1:4.9", "cis@8.1:6.3",
        "iso27001@2022:A.8.5", "iso27001@2022:A.8.20", "iso27001@2022:A.8.22",
        "nist-csf@2.0:PR.AA-03", "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:AC-3", "nist-800-53@5:CM-7", "nist-800-53@5:IA-2", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:6.7.2.c",
        "pci-dss@4.0.1:1.4.4", "pci-dss@4.0.1:2.2.4", "pci-dss@4.0.1:8.3.1",
        "soc2@2017:CC6.1", "soc2@2017:CC6.6",
        "bsi-c5@2020:IDM-09", "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:APP.4.3.A3", "bsi-grundschutz@2023:ORP.4.A9", "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def memcached_open(services: Services) -> Iterator[Verdict]:
    """A Memcached that can be reached answers commands without a login.

    Memcached has no login unless SASL is switched on. Whoever connects can read and replace everything in the cache,
    sessions of logged-in visitors included. With UDP on, it can also be made to flood others with traffic
    (CVE-2018-1000115): exposure.udp-amplifier judges that, and a
    cache that is open on TCP and UDP of one port is told once.

    It can be wrong when Memcached was seen from its own machine only: a firewall in front may stop everybody else. The
    finding then says so. UDP is asked on port 11211 only: one that listens for others on another UDP port is not
    assessed.
    """
    once = replace(services, services=tuple(one for one in services.services if not _told_by_tcp(services, one)))
    return without_login(once, NAMES, "Memcached", "read and replace what is cached", Severity.CRITICAL)


def _told_by_tcp(services: Services, service: Service) -> bool:
    """Whether this is UDP of a cache that the finding about the same port of TCP tells of: one problem is told once."""
    if service.protocol != "udp" or service.name not in NAMES:
        return False
    tcp = services.at(service.port, "tcp")
    if tcp is None or tcp.name not in NAMES or tcp.login is not Login.NOT_NEEDED:
        return False
    return tcp.reach is Reach.OUTSIDE or (tcp.reach.exposed and service.reach is not Reach.OUTSIDE)
