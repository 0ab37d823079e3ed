from __future__ import annotations

from checks.aws import unseen
from checks.wording import count, listed
from posture.sdk import (
    Evidence,
    Iterator,
    SearchDomain,
    SearchDomains,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "exposure.aws-search-domain-public",
    title="An OpenSearch domain has its endpoint on the internet",
    clause="4.4",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:4.4",
        "iso27001@2022:A.8.20", "iso27001@2022:A.8.22",
        "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:CM-7", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.7.2.c",
        "pci-dss@4.0.1:1.4.4",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:APP.4.3.A3", "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def aws_search_domain_public(search: SearchDomains) -> Iterator[Verdict]:
    """A domain of OpenSearch or Elasticsearch is in no VPC: its endpoint answers on the internet.

    Its access policy alone keeps strangers from the data; one line of it is enough to open all. It is low where
    fine-grained access control asks for a login besides and only HTTPS is taken, high where that control lets in who
    has no login. Whom the policy lets in is judged by itself; no packet is sent.

    It can be wrong where the data is meant for the public.
    """
    public = [one for one in search.domains if not one.vpc]
    for one in public:
        yield _failure(one, search)
    yield from unseen(search.gaps)
    if public or search.gaps:
        return
    where = listed(search.regions)
    if search.domains:
        yield passed(f"All of {count(len(search.domains), 'search domain')} are in a VPC ({where})")
    else:
        yield not_applicable(f"There is no search domain ({where})")


def _failure(one: SearchDomain, search: SearchDomains) -> Verdict:
    severity = Severity.LOW if one.logins and one.https_only else Severity.MEDIUM
    if one.anonymous:
        severity = Severity.HIGH
    guard = "a login besides" if one.logins and not one.anonymous else "its access policy alone"
    observed = f"{one.region} {one.name} ({one.version}): no VPC, fine-grained access control {_yes(one.logins)}, "
    return fail(
        f"The search domain {one.name} in {one.region} answers on the internet, guarded by {guard}",
        subject=f"{one.region} {one.name}",
        severity=severity,
        evidence=[Evidence("es:DescribeDomains", f"{observed}HTTPS enforced {_yes(one.https_only)}", search.observed)],
        domain=one.name,
        region=one.region,
        endpoint=one.endpoint,
        logins=one.logins,
        anonymous=one.anonymous,
        https=one.https_only,
    )


def _yes(on: bool) -> str:
    return "on" if on else "off"
