from __future__ import annotations

from checks.email.mta_sts_texts import MODE_TO_ENFORCE, policy_file, record
from checks.wording import listed
from posture.sdk import (
    Evidence,
    Iterator,
    MailRouting,
    MtaSts,
    Severity,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "email.mta-sts-broken",
    title="The MTA-STS policy of the domain is broken",
    clause="3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "nis2-annex@2024:6.7.2.k",
        "pci-dss@4.0.1:4.2.1",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def mta_sts_broken(sts: MtaSts, routing: MailRouting | Unavailable) -> Iterator[Verdict]:
    """A TXT record announces a policy, and senders cannot use it, or it forbids them the domain's own servers.

    Void: several records, no id, no file, a redirect, a certificate that is not for the name, lines that are missing
    (RFC 8461, 3). High where the policy is enforced and leaves out an exchanger: senders then do not deliver there. The
    file is fetched only where its server is at an address that the customer has agreed to; elsewhere this is not
    assessed. It is wrong where the server of the policy was down just then.
    """
    if not sts.texts:
        yield not_applicable(f"{sts.domain} announces no MTA-STS policy")
    elif sts.problems:
        yield _failure(sts, routing, f"Senders cannot use the MTA-STS policy of {sts.domain}: {sts.problems[0]}")
    elif not sts.fetched:
        yield not_assessed(f"The MTA-STS policy of {sts.domain}: {sts.not_fetched}")
    elif sts.unmatched and sts.mode != "none":
        names = listed(sts.unmatched)
        grave = Severity.HIGH if sts.mode == "enforce" else Severity.MEDIUM
        said = "senders refuse to deliver" if sts.mode == "enforce" else "senders would refuse to deliver"
        yield _failure(sts, routing, f"The MTA-STS policy of {sts.domain} leaves out {names}: {said} there", grave)
    elif isinstance(routing, Unavailable):
        yield not_assessed(f"Whether the policy names all exchangers is not known: {routing.reason}")
    else:
        yield passed(f"The MTA-STS policy of {sts.domain} can be used and names all exchangers")


def _failure(
    sts: MtaSts, routing: MailRouting | Unavailable, summary: str, severity: Severity | None = None
) -> Verdict:
    names = () if isinstance(routing, Unavailable) else tuple(one.name for one in routing.exchangers)
    mode = sts.mode if sts.mode in MODE_TO_ENFORCE else "testing"
    return fail(
        summary,
        severity=severity,
        evidence=[
            *(Evidence(f"TXT of _mta-sts.{sts.domain}", text, sts.observed) for text in sts.texts[:3]),
            *(Evidence(f"MTA-STS of {sts.domain}", problem, sts.observed) for problem in sts.problems[:5]),
        ],
        domain=sts.domain,
        problems=sts.problems,
        unmatched=sts.unmatched,
        file=policy_file(names, mode),
        record=record(sts.domain, sts.observed),
    )
