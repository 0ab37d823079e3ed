from __future__ import annotations

from posture.sdk import DnsZone, Evidence, Iterator, Security, Severity, Verdict, check, fail, passed


@check(
    "email.domain-gone",
    title="The domain cannot be reached in the DNS",
    clause="3",
    severity=Severity.HIGH,
    controls=(
        "iso27001@2022:A.8.20", "iso27001@2022:A.8.21",
        "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:SC-20",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.7.2.l",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:COS-08",
    ),
)  # fmt: skip
def domain_gone(zone: DnsZone) -> Iterator[Verdict]:
    """The DNS has no such name, or its DNSSEC signatures do not hold.

    Without the name no mail arrives, and what is sent from it is refused by most; if its registration has lapsed,
    anybody can register it and receive what is still sent there. With signatures that do not hold it is the same for
    all who validate, large mail services and public resolvers among them. The resolver is asked for the domain's SOA
    record, once more with checks switched off, and whether it finds the root's signatures good.

    It is wrong where the domain is only served inside a network (then look at it from there, or take it out of the
    inventory), and for some hours after a change that the resolver has not seen yet.
    """
    source = f"the resolver {', '.join(zone.resolvers)}"
    if not zone.exists:
        seen = Evidence(source, f"{zone.domain} SOA: NXDOMAIN, there is no such name", zone.observed)
        yield fail("The DNS has no such name", evidence=[seen], domain=zone.domain, gone=True, reason="")
    elif zone.security is Security.BOGUS:
        seen = Evidence(source, f"{zone.domain} SOA: {zone.unsigned or 'the signatures do not hold'}", zone.observed)
        yield fail(
            "Its DNSSEC signatures do not hold: for everybody who validates, the domain is not there",
            evidence=[seen],
            domain=zone.domain,
            gone=False,
            reason=zone.unsigned,
        )
    else:
        yield passed("The DNS has the domain, and nothing keeps resolvers that validate from answering")
