from __future__ import annotations

from checks.email.dmarc_record import changed, inbox, strength, where
from checks.email.fate_words import BECOMES
from checks.email.zone_file import txt
from posture.sdk import (
    DmarcPolicy,
    Evidence,
    ForgedMail,
    Iterator,
    MailUse,
    Sends,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

ALL = 100  # percent


@check(
    "email.dmarc-not-enforced",
    title="The DMARC policy asks for nothing against forged mail",
    clause="3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:9.5",
        "iso27001@2022:A.5.14",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SI-8",
        "nis2@2022:21(2)(g)",
        "nis2-annex@2024:6.7.2.k",
        "pci-dss@4.0.1:5.4.1",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:COS-08",
        "bsi-grundschutz@2023:APP.5.3.A9",
    ),
)  # fmt: skip
def dmarc_not_enforced(dmarc: DmarcPolicy, forged: ForgedMail, use: MailUse) -> Iterator[Verdict]:
    """The policy that applies is ``p=none``, only tested (``t=y``), or for a part of the mail (``pct`` below 100).

    Receivers that keep to RFC 9989 lower a policy with ``t=y`` by one step and know no ``pct``; those of RFC 7489 know
    no ``t`` and apply the policy to so many in a hundred messages. The finding says what becomes of forged mail today,
    and which record comes next. ``p=quarantine`` passes: what fails is put with the spam.

    Reports in the mailbox under ``rua`` say what a stricter policy would meet; they are not seen from outside. It is
    wrong to hurry where they still name senders that are meant: then accept the finding until a date.
    """
    if dmarc.broken or not dmarc.policy:
        if dmarc.unknown and not dmarc.broken:
            yield not_assessed(f"Which DMARC policy applies is not known: {dmarc.unknown}")
        else:
            yield not_applicable(f"No DMARC record of {dmarc.domain} has an effect")
    elif dmarc.policy == "none" or dmarc.testing or dmarc.percent < ALL:
        yield _failure(dmarc, forged, use)
    else:
        yield passed(
            f"The DMARC policy of {dmarc.found_at} is in force (p={dmarc.policy})",
            evidence=[
                Evidence(
                    f"mail forged as {forged.domain.sender}",
                    forged.domain.why or BECOMES[forged.domain.fate],
                    forged.observed,
                )
            ],
        )


def _failure(dmarc: DmarcPolicy, forged: ForgedMail, use: MailUse) -> Verdict:
    name, silent = where(dmarc.domain), use.sends is Sends.NO
    reports = ",".join(one.uri for one in dmarc.aggregate if not one.error)
    tags = {"t": "", "pct": "", "rua": reports or ("" if silent else inbox(dmarc.domain))}
    weaker = {tag: "" for tag in ("sp", "np") if strength(dict(dmarc.tags).get(tag, "reject")) < strength("reject")}
    steps = [policy for policy in ("quarantine", "reject") if strength(policy) >= strength(dmarc.policy)]
    if dmarc.policy == "none" and not reports and not silent:
        steps.insert(0, "none")
    if silent:
        steps = ["reject"]
    becomes = BECOMES[forged.domain.fate]
    records = [txt(name, changed(dmarc, **tags, **(weaker if step == "reject" else {}), p=step)) for step in steps]
    return fail(
        f"The DMARC policy of {dmarc.found_at} {_kind(dmarc)}: mail forged as {dmarc.domain} is {becomes}",
        evidence=[
            Evidence(f"TXT of {where(dmarc.found_at)}", dmarc.applied or dmarc.policy, dmarc.observed),
            Evidence(f"mail forged as {forged.domain.sender}", forged.domain.why, forged.observed),
        ],
        domain=dmarc.domain,
        found_at=dmarc.found_at,
        kind=_kind(dmarc),
        silent=silent,
        reported=bool(reports),
        forged=forged.domain.why,
        following=records[0],
        later=tuple(line for lines in records[1:] for line in lines),
    )


def _kind(dmarc: DmarcPolicy) -> str:
    if dmarc.policy == "none":
        return "asks for nothing (p=none)"
    if dmarc.testing:
        return f"is only tested (p={dmarc.policy}, t=y)"
    return f"is for {dmarc.percent} % of the mail only (p={dmarc.policy}, pct={dmarc.percent})"
