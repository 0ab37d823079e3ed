from __future__ import annotations

from checks.email.dmarc_record import changed, strength, where
from checks.email.zone_file import txt
from posture.sdk import (
    DmarcPolicy,
    Evidence,
    ForgedMail,
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
    "email.dmarc-subdomains",
    title="Subdomains are less protected from forgery than the domain",
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
def dmarc_subdomains(dmarc: DmarcPolicy, forged: ForgedMail) -> Iterator[Verdict]:
    """Subdomains, or names below the domain that do not exist, have a weaker policy than the domain itself.

    That comes of ``sp`` and ``np`` in the record, or of the record of a domain above: that of the organizational domain
    applies to all names without a record of their own, not the one in between (RFC 9989, 4.10). A forger then writes as
    ``billing.`` and the domain, which few people tell from it. Subdomains with a record of their own are not judged.

    It is wrong where a subdomain is meant to be handled otherwise: give that one a record of its own.
    """
    if dmarc.policy in {"", "none"}:
        yield not_applicable(f"{dmarc.domain} itself has no policy that is enforced")
    elif dmarc.unknown and not dmarc.subdomains:
        yield not_assessed(f"What applies to subdomains is not known: {dmarc.unknown}")
    elif min(strength(dmarc.subdomains), strength(dmarc.nonexistent)) < strength(dmarc.policy):
        yield _failure(dmarc, forged)
    else:
        yield passed(f"Subdomains of {dmarc.domain} are protected as it is")


def _failure(dmarc: DmarcPolicy, forged: ForgedMail) -> Verdict:
    existing = strength(dmarc.subdomains) < strength(dmarc.policy)
    one = forged.subdomain if existing else forged.nonexistent
    between = dmarc.found_at == dmarc.domain != dmarc.organizational
    text = changed(dmarc, psd="n") if between else changed(dmarc, sp="", np="")
    applies = (dmarc.subdomains if existing else dmarc.nonexistent) or "no policy"
    which = "subdomains" if existing else "subdomains that do not exist"
    return fail(
        f"The policy for {which} of {dmarc.domain} is {applies}, that for the domain itself {dmarc.policy}",
        evidence=[
            Evidence(f"TXT of {where(dmarc.found_at)}", dmarc.applied or dmarc.policy, dmarc.observed),
            Evidence(f"mail forged as {one.sender}", one.why, forged.observed),
        ],
        domain=dmarc.domain,
        organizational=dmarc.organizational if between else "",
        policy=dmarc.policy,
        which=which,
        applies=applies,
        sender=one.sender,
        forged=one.why,
        better=txt(where(dmarc.domain), text),
    )
