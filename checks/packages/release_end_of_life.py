from __future__ import annotations

from datetime import datetime

from posture.sdk import (
    Evidence,
    Iterator,
    ReleaseSupport,
    Severity,
    Support,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)


@check(
    "packages.release-end-of-life",
    title="The operating system no longer gets security updates",
    clause="4.1",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:2.2",
        "iso27001@2022:A.8.8", "iso27001@2022:A.8.9",
        "nist-csf@2.0:ID.AM-08", "nist-csf@2.0:PR.PS-02",
        "nist-800-53@5:SA-22",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.6.1",
        "pci-dss@4.0.1:12.3.4",
        "soc2@2017:CC7.1",
        "bsi-c5@2020:OPS-18",
        "bsi-grundschutz@2023:OPS.1.1.3.A15",
    ),
)  # fmt: skip
def release_end_of_life(release: ReleaseSupport) -> Iterator[Verdict]:
    """The host's release is past the date to which security updates were promised.

    High when nobody makes updates any more; medium when only a paid programme does (Ubuntu Pro, Freexian ELTS, Red
    Hat ELS, SUSE LTSS): whether this host has it is not seen from the dates, and if it has, the finding may be accepted
    with that reason. Long-term support by the distribution's own team passes, with its last day in the text.

    Dates that are too old show an end, and not that there is none: then the check is not assessed.

    It can be wrong when the distribution has moved a date after the dates used here were published.
    """
    evidence = (
        Evidence(
            "release dates of the distribution",
            f"{release.product}: {release.phase.value}, ends {_day(release.until) or 'not known'}, "
            f"free updates until {_day(release.free_until) or 'not known'}; dates of {_day(release.data_date)}",
            release.observed,
        ),
    )
    until = f" until {_day(release.until)}" if release.until else ""
    if release.phase in {Support.ENDED, Support.PAID}:
        yield _failure(release, evidence)
    elif release.stale:
        yield not_assessed(f"{release.product} got security updates{until} by dates that are old: {release.stale}")
    elif release.phase is Support.LTS:
        yield passed(f"{release.product} gets security updates from the long-term team{until}", evidence=evidence)
    else:
        yield passed(f"{release.product} gets security updates{until}", evidence=evidence)


def _failure(release: ReleaseSupport, evidence: tuple[Evidence, ...]) -> Verdict:
    paid = release.phase is Support.PAID
    last = release.free_until or (None if paid else release.until)
    since = f" since {_day(last)}" if last else ""
    if paid:
        until = f" (until {_day(release.until)})" if release.until else ""
        summary = f"{release.product} gets security updates only in a paid programme{since}{until}"
    else:
        summary = f"{release.product} has had no security updates{since}"
    return fail(
        summary,
        severity=Severity.MEDIUM if paid else None,
        evidence=evidence,
        product=release.product,
        paid=paid,
        codename=release.codename,
        steps=tuple(step.codename for step in release.upgrades),
        way=tuple(step.product for step in release.upgrades),
        target=release.upgrades[-1].product if release.upgrades else "",
        times=max(1, len(release.upgrades)),
        until=_day(release.until),
        free_until=_day(release.free_until),
    )


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else ""
