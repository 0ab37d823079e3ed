from __future__ import annotations

from checks.email.dmarc_record import changed, inbox, is_mailbox, where
from checks.email.zone_file import txt
from posture.sdk import (
    DmarcPolicy,
    Evidence,
    Iterator,
    MailUse,
    ReportAddress,
    Sends,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

SHOWN = 10


@check(
    "email.dmarc-reports",
    title="DMARC reports reach nobody",
    clause="3",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:9.5",
        "iso27001@2022:A.5.14",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SI-8",
        "nis2@2022:21(2)(g)",
        "nis2-annex@2024:6.7.2.k",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:COS-08",
        "bsi-grundschutz@2023:APP.5.3.A9",
    ),
)  # fmt: skip
def dmarc_reports(dmarc: DmarcPolicy, use: MailUse) -> Iterator[Verdict]:
    """The DMARC record names no address for reports, or one that receivers do not or cannot use.

    They report daily who sends in the domain's name, which shows forgers and forgotten senders of one's own. An address
    needs ``mailto:`` and a domain that exists; one of another organization is used only where that agrees with a record
    below ``_report._dmarc`` (RFC 9990, 4; RFC 9991, 5). Whether anybody reads them is not seen from outside. A domain
    that sends nothing needs no reports.

    It can be wrong where a report service agrees by other means than the DNS, which receivers do not ask for.
    """
    every = (*dmarc.aggregate, *dmarc.failure)
    if not dmarc.policy or dmarc.found_at != dmarc.domain:
        yield not_applicable(f"{dmarc.domain} has no DMARC record of its own with an effect")
    elif not every and use.sends is Sends.NO:
        yield not_applicable(f"{dmarc.domain} sends no mail to be reported on")
    elif not dmarc.aggregate or any(map(_useless, every)):
        yield _failure(dmarc, every)
    elif asking := [one.uri for one in every if one.external and one.agreed is None]:
        yield not_assessed(f"Whether {asking[0]} takes its reports could not be looked up")
    else:
        yield passed(f"DMARC reports go to {', '.join(one.uri for one in dmarc.aggregate[:3])}")


def _useless(address: ReportAddress) -> bool:
    return bool(address.error) or (address.external and address.agreed is False)


def _failure(dmarc: DmarcPolicy, every: tuple[ReportAddress, ...]) -> Verdict:
    broken = tuple(f"{one.uri}: {one.error}" for one in every if one.error)[:SHOWN]
    refused = tuple(dict.fromkeys(one.uri for one in every if _useless(one) and not one.error))[:SHOWN]
    good = {name: _good(addresses) for name, addresses in (("rua", dmarc.aggregate), ("ruf", dmarc.failure))}
    seen = "; ".join((*broken, *(f"{uri}: its domain does not agree" for uri in refused))) or "no rua in the record"
    summary = "names an address for reports that receivers do not use" if dmarc.aggregate else "asks for no reports"
    permits = (txt(f"{dmarc.domain}._report._dmarc.{host}", "v=DMARC1") for host in dict.fromkeys(map(_host, refused)))
    return fail(
        f"The DMARC record of {dmarc.domain} {summary}",
        evidence=[Evidence(f"TXT of {where(dmarc.domain)}", f"{dmarc.applied} ({seen})", dmarc.observed)],
        domain=dmarc.domain,
        missing=not dmarc.aggregate,
        broken=broken,
        refused=refused,
        permits=tuple(line for lines in permits for line in lines),
        better=txt(where(dmarc.domain), changed(dmarc, rua=good["rua"] or inbox(dmarc.domain), ruf=good["ruf"])),
    )


def _good(addresses: tuple[ReportAddress, ...]) -> str:
    """Those that can be used; a bare mailbox only lacks its mailto:."""
    usable = (f"mailto:{one.uri}" if is_mailbox(one.uri) else "" if one.error else one.uri for one in addresses)
    return ",".join(uri for uri in usable if uri)


def _host(uri: str) -> str:
    return uri.partition("?")[0].rpartition("@")[2].lower()
