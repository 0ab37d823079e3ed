from __future__ import annotations

from checks.email.dmarc_record import inbox, repaired, where
from checks.email.zone_file import txt
from posture.sdk import (
    DmarcPolicy,
    Evidence,
    Iterator,
    MailUse,
    Sends,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "email.dmarc-broken",
    title="The DMARC record is broken, or stands where nobody looks",
    clause="3",
    severity=Severity.HIGH,
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
def dmarc_broken(dmarc: DmarcPolicy, use: MailUse) -> Iterator[Verdict]:
    """Somebody has published a DMARC record, and receivers take no policy from it, or another one than it means.

    So do several records at one name, a policy that is mistyped, a tag that stands twice, another version than DMARC1
    in capitals at the beginning (RFC 9989, 4.7 to 4.10), and a record at another name than ``_dmarc``: the domain
    itself, ``dmarc``, or a name that the form has doubled. High, but medium where the domain sends no mail. Low where
    receivers overlook the mistake. A mistyped policy with a good address for reports counts as ``p=none``.

    It can be wrong where a receiver is more lenient than the RFC, which none has to be. Records of a domain above are
    judged where that domain is audited.
    """
    silent = use.sends is Sends.NO
    grave = Severity.MEDIUM if silent else Severity.HIGH
    if dmarc.broken:
        yield _failure(dmarc, f"The DMARC record of {dmarc.domain} is broken: {dmarc.broken}", grave, silent)
    elif dmarc.elsewhere and not dmarc.texts:
        summary = f"The DMARC record of {dmarc.domain} stands where nobody looks, or begins wrongly"
        yield _failure(dmarc, summary, grave, silent)
    elif dmarc.problems:
        summary = f"The DMARC record of {dmarc.domain} has mistakes: {dmarc.problems[0]}"
        yield _failure(dmarc, summary, Severity.LOW, silent)
    elif dmarc.texts:
        yield passed(f"The DMARC record of {dmarc.domain} can be read")
    else:
        yield not_applicable(f"{dmarc.domain} has no DMARC record of its own")


def _failure(dmarc: DmarcPolicy, summary: str, severity: Severity, silent: bool) -> Verdict:
    texts = dmarc.texts or tuple(text.partition(": ")[2] for text in dmarc.elsewhere)
    shown = [*(f"{where(dmarc.domain)}: {text}" for text in dmarc.texts), *dmarc.elsewhere]
    return fail(
        summary,
        severity=severity,
        evidence=[Evidence("TXT records", text, dmarc.observed) for text in shown[:10]]
        or [Evidence(f"TXT of {where(dmarc.domain)}", summary, dmarc.observed)],
        domain=dmarc.domain,
        name=where(dmarc.domain),
        broken=dmarc.broken,
        mistakes=dmarc.problems,
        present=tuple(shown[:10]),
        several=len(dmarc.texts) > 1,
        nowhere=bool(dmarc.elsewhere) and not dmarc.texts,
        better=txt(where(dmarc.domain), repaired(texts, "" if silent else inbox(dmarc.domain))),
    )
