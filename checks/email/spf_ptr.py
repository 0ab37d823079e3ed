from __future__ import annotations

from checks.email.spf_record import ending, published, without_ptr
from checks.email.zone_file import txt
from posture.sdk import Iterator, Severity, SpfPolicy, Verdict, check, fail, not_applicable, passed


@check(
    "email.spf-ptr",
    title="The SPF record uses ptr, which is not to be used",
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
def spf_ptr(spf: SpfPolicy) -> Iterator[Verdict]:
    """A record of the domain's own uses the mechanism ``ptr``: slow, unreliable, and left out by some receivers.

    RFC 7208, 5.5: "This mechanism SHOULD NOT be published". Records that are included are their owners' and not
    told. It is never wrong about the text; whether mail is lost depends on receivers.
    """
    own = [record for record in spf.records if record.depth == 0]
    if not own:
        yield not_applicable(f"{spf.domain} has no SPF record that can be read")
        return
    used = tuple(term.text for record in own for term in record.terms if term.name == "ptr")
    if not used:
        yield passed(f"The SPF record of {spf.domain} does without ptr")
    else:
        yield fail(
            f"The SPF record of {spf.domain} names senders by {used[0]}",
            evidence=published(spf),
            domain=spf.domain,
            used=used,
            better=txt(spf.domain, without_ptr(own[0], ending(spf) or "-all")),
        )
