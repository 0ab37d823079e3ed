from __future__ import annotations

from checks.email.spf_record import costs, ending, flattened, merged, own_record
from checks.email.zone_file import txt
from posture.sdk import (
    Evidence,
    Iterator,
    Severity,
    SpfPolicy,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

MOST_LOOKUPS = 10
MOST_VOID = 2


@check(
    "email.spf-broken",
    title="The SPF record is broken: receivers cannot evaluate it",
    clause="3",
    severity=Severity.HIGH,
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
def spf_broken(spf: SpfPolicy) -> Iterator[Verdict]:
    """Evaluating the record ends in a permanent error, permerror (RFC 7208, 4.5 and 4.6).

    That are several records, a term that is none, an include or redirect that leads to no record or in a circle,
    more than ten DNS questions, more than two that find nothing, more than ten exchangers.

    It is evaluated as a receiver does, for an address that no record names, which is the worst case: a sender that
    is named early costs less, and may pass before the fault is reached. Not assessed where a question had no
    answer. It is wrong where a name of another family of addresses would have been found: questions are counted for
    IPv4 senders.
    """
    if not spf.texts:
        yield not_applicable(f"{spf.domain} has no SPF record")
    elif spf.unknown:
        yield not_assessed(f"The SPF record of {spf.domain} could not be followed: {spf.unknown}")
    elif not spf.error:
        yield passed(f"The SPF record of {spf.domain} can be evaluated")
    else:
        yield _failure(spf)


def _failure(spf: SpfPolicy) -> Verdict:
    record, end = own_record(spf), ending(spf)
    end = "-all" if end in {"", "+all", "?all"} else end
    dear = spf.lookups > MOST_LOOKUPS
    better: tuple[str, ...] = ()
    if len(spf.texts) > 1:
        better = txt(spf.domain, merged(spf.texts, "-all"))
    elif record and dear and flattened(record, end) != record.text:
        better = txt(spf.domain, flattened(record, end))
    return fail(
        f"Receivers cannot evaluate the SPF record of {spf.domain}: {spf.error}",
        evidence=[Evidence(f"TXT of {spf.domain}", text, spf.observed) for text in spf.texts[:5]],
        domain=spf.domain,
        error=spf.error,
        records=len(spf.texts),
        lookups=spf.lookups,
        costs=costs(record) if record and dear else (),
        void=spf.void if spf.void > MOST_VOID else 0,
        better=better,
    )
