from __future__ import annotations

from checks.email.spf_record import ending, ending_in
from checks.email.zone_file import txt
from posture.sdk import (
    Evidence,
    Iterator,
    Severity,
    SpfPolicy,
    SpfResult,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

MANY = 2**20  # IPv4 addresses: sixteen /12 networks; the largest services for many senders stay below


@check(
    "email.spf-everyone",
    title="The SPF record lets strangers send",
    clause="3",
    severity=Severity.MEDIUM,
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
def spf_everyone(spf: SpfPolicy) -> Iterator[Verdict]:
    """A sender that the record does not name passes SPF, or is told from nobody.

    Critical where strangers pass: ``+all``, an include that ends so, or networks that hold at least half of all
    addresses. Medium where the record says nothing of them: ``?all``, or no ``all`` and no redirect at its end (RFC
    7208, 4.7). Medium too where more than a million IPv4 addresses may send. ``~all`` passes.

    The record is evaluated for an address that belongs to nobody, as a receiver does. Who else uses the networks of
    a service that is included is told by email.spf-shared-senders. It is wrong where macros let pass by the
    sender's mailbox: such a record is evaluated for its postmaster.
    """
    if not spf.texts:
        yield not_applicable(f"{spf.domain} has no SPF record")
    elif spf.error:
        yield not_applicable(f"The SPF record of {spf.domain} lets nobody send: it is broken")
    elif spf.unknown:
        yield not_assessed(f"The SPF record of {spf.domain} could not be followed: {spf.unknown}")
    elif spf.stranger is SpfResult.PASS or spf.everyone:
        yield _failure(spf, f"Anybody passes SPF as {spf.domain}", Severity.CRITICAL)
    elif spf.stranger is SpfResult.NEUTRAL:
        yield _failure(spf, f"The SPF record of {spf.domain} says nothing of senders it leaves out", Severity.MEDIUM)
    elif spf.allowed > MANY:
        yield _failure(spf, f"{spf.allowed:,} IPv4 addresses may send as {spf.domain}", Severity.MEDIUM)
    else:
        yield passed(f"The SPF record of {spf.domain} tells strangers from its senders")


def _failure(spf: SpfPolicy, summary: str, severity: Severity) -> Verdict:
    return fail(
        summary,
        severity=severity,
        evidence=[Evidence(f"TXT of {spf.domain}", spf.texts[0], spf.observed)],
        domain=spf.domain,
        present=spf.texts[0],
        end=ending(spf) or "no all",
        wide=tuple(
            f"{term.text} in the record of {record.domain}"
            for record in spf.records
            for term in record.terms
            if (term.name == "all" and term.qualifier == "+") or any(_wide(network) for network in term.networks)
        )[:10],
        better=txt(spf.domain, ending_in(spf.texts[0], "-all")),
    )


def _wide(network: str) -> bool:
    return int(network.rpartition("/")[2]) <= (16 if ":" in network else 12)
