from __future__ import annotations

from posture.sdk import (
    DnsZone,
    Evidence,
    Iterator,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "email.caa-missing",
    title="Any authority may issue certificates for the domain",
    clause="3",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.8.21", "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8", "nist-800-53@5:SC-20",
        "nis2@2022:21(2)(e)", "nis2@2022:21(2)(h)",
        "nis2-annex@2024:6.7.2.k", "nis2-annex@2024:6.7.2.l",
        "soc2@2017:CC6.6", "soc2@2017:CC6.7",
        "bsi-c5@2020:COS-08", "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def caa_missing(zone: DnsZone) -> Iterator[Verdict]:
    """No CAA record says which authorities may issue certificates for the domain (RFC 8659).

    The records of the domain count, else those of the nearest parent that has some. Records without an `issue`
    property (only `iodef`, or `issuewild`) leave everybody free to issue for names without a wildcard. Low: an
    attacker still has to get past an authority's proof of control.

    It is wrong where the domain uses no certificates at all and never will; `issue ";"` then says so.
    """
    if not zone.exists:
        yield not_applicable("The DNS has no such name")
        return
    if zone.caa_unknown:
        yield not_assessed(f"Whether CAA records apply is not known: {zone.caa_unknown}")
        return
    issuers = [record.value for record in zone.caa if record.tag == "issue"]
    if issuers:
        yield passed(f"CAA records at {zone.caa_at or zone.domain} say who may issue: {', '.join(issuers[:5])}")
        return
    present = tuple(f"{record.tag} {record.value}" for record in zone.caa)
    said = f"{zone.caa_at}: {', '.join(present[:5])}" if present else "no CAA record at the domain or above it"
    yield fail(
        "CAA records are there, but none says who may issue" if present else "No CAA record says who may issue",
        evidence=[Evidence(f"the resolver {', '.join(zone.resolvers)}", said, zone.observed)],
        domain=zone.domain,
        present=present,
    )
