from __future__ import annotations

from posture.sdk import (
    DnsZone,
    Evidence,
    Iterator,
    Security,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "email.dnssec-missing",
    title="The domain is not signed with DNSSEC",
    clause="3",
    severity=Severity.LOW,
    controls=(
        "iso27001@2022:A.8.20", "iso27001@2022:A.8.21",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-20",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.7.2.l",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:COS-08",
    ),
)  # fmt: skip
def dnssec_missing(zone: DnsZone) -> Iterator[Verdict]:
    """Nobody can tell true answers about the domain from forged ones, and DANE cannot protect its mail.

    A resolver that validates says so: it answers for the domain without the AD bit, and with it for the root. Only
    resolvers on this machine and those that the operator names are believed; without one that validates, this is not
    assessed. Low: forging answers takes a place on the way, or a flaw of the resolver.

    It is wrong where the resolver has been told not to validate the domain (a negative trust anchor, RFC 7646).
    """
    if not zone.exists:
        yield not_applicable("The DNS has no such name")
    elif zone.security is Security.SECURE:
        yield passed("The domain is signed, and a resolver has validated it")
    elif zone.security is Security.BOGUS:
        yield not_applicable("The domain is signed, but the signatures do not hold: that is a finding of its own")
    elif zone.security is Security.UNKNOWN:
        yield not_assessed(f"Whether the domain is signed is not known: {zone.unsigned or 'nobody validated it'}")
    else:
        seen = Evidence(
            f"the resolver {', '.join(zone.resolvers)}", f"{zone.domain} SOA: answered, not authenticated (no AD bit)",
            zone.observed,
        )  # fmt: skip
        yield fail("The domain is not signed with DNSSEC", evidence=[seen], domain=zone.domain)
