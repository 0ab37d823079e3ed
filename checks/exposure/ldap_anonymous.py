from __future__ import annotations

from checks.exposure.access import absent, doubtful, judged, unreachable
from posture.sdk import Iterator, Login, Service, Services, Severity, Verdict, check, passed

NAMES = ("ldap", "ldaps", "ldapssl", "globalcatLDAP", "globalcatLDAPssl")  # the last ones are nmap's for 3268 and 3269


@check(
    "exposure.ldap-anonymous",
    title="A directory shows its entries without a login",
    clause="4.4",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:4.4", "cis@8.1:6.3",
        "iso27001@2022:A.8.3", "iso27001@2022:A.8.5", "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.AA-03", "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-3", "nist-800-53@5:CM-7", "nist-800-53@5:IA-2", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:6.7.2.c",
        "pci-dss@4.0.1:1.4.4", "pci-dss@4.0.1:7.2.5",
        "soc2@2017:CC6.1", "soc2@2017:CC6.6",
        "bsi-c5@2020:IDM-09", "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:ORP.4.A9", "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def ldap_anonymous(services: Services) -> Iterator[Verdict]:
    """An LDAP directory that can be reached shows its entries to anyone.

    Names, addresses, groups and sometimes password hashes are what attacks on accounts begin with. The directory is
    asked for one entry below its naming contexts, by name only, over TLS where it wants that. It passes when strangers
    see nothing but the root DSE, which says what the server is and is readable nearly everywhere, Active Directory
    included.

    It can be wrong when the directory is meant to be public (a telephone book), or was seen from its own machine only:
    a firewall in front may stop everybody else, and the finding then says so. Entries that are readable only deeper
    than one level below the root are not seen.
    """
    found = tuple(services.named(*NAMES))
    for service in found:
        yield _judged(service) if service.reach.exposed else unreachable(service, "LDAP")
    doubts = tuple(doubtful(services, NAMES, "LDAP"))
    yield from doubts
    if not found and not doubts:
        yield absent(services, "LDAP service")


def _judged(service: Service) -> Verdict:
    if service.login is not Login.REQUIRED:
        return judged(service, "LDAP", "read entries of the directory", Severity.HIGH)
    because = f": {service.login_reason}" if service.login_reason else ""
    says = f"LDAP on port {service.port} shows its entries to nobody without a login{because}"
    return passed(says, subject=service.subject, evidence=service.evidence)
