from __future__ import annotations

from checks.email.spf_record import costs, ending, flattened, own_record, published
from checks.email.zone_file import txt
from posture.sdk import Iterator, Severity, SpfPolicy, Verdict, check, fail, not_applicable, not_assessed, passed

NEAR, MOST = 9, 10


@check(
    "email.spf-near-limit",
    title="The SPF record is close to its limit",
    clause="3",
    severity=Severity.INFO,
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
def spf_near_limit(spf: SpfPolicy) -> Iterator[Verdict]:
    """The record takes nine or all of the ten DNS questions that are allowed (RFC 7208, 4.6.4).

    The services that are included change their records without notice: one more name there, and the whole record is
    broken. Records beyond the limit are told by email.spf-broken. It is wrong for senders that an early term names:
    those cost less.
    """
    record = own_record(spf)
    if not spf.texts or spf.error or record is None:
        yield not_applicable(f"{spf.domain} has no SPF record that can be evaluated")
    elif spf.unknown:
        yield not_assessed(f"The SPF record of {spf.domain} could not be followed: {spf.unknown}")
    elif spf.lookups < NEAR:
        yield passed(f"The SPF record of {spf.domain} takes {spf.lookups} of {MOST} questions")
    else:
        yield fail(
            f"The SPF record of {spf.domain} takes {spf.lookups} of the {MOST} DNS questions that are allowed",
            evidence=published(spf),
            domain=spf.domain,
            lookups=spf.lookups,
            costs=costs(record),
            better=txt(spf.domain, flattened(record, ending(spf))),
        )
