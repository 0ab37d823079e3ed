from datetime import date

import pytest

from checks.packages.security_updates import SENTENCE, security_updates
from posture.sdk import Outcome, Severity, UnfixedPackage

REACH = ("198.51.100.2:22/tcp",)


@pytest.mark.parametrize(
    ("severity", "exploited", "exposed", "expected"),
    [
        (Severity.MEDIUM, date(2026, 10, 3), REACH, Severity.CRITICAL),
        (Severity.MEDIUM, date(2026, 10, 3), (), Severity.HIGH),
        (Severity.CRITICAL, None, REACH, Severity.CRITICAL),
        (Severity.CRITICAL, None, (), Severity.HIGH),
        (Severity.HIGH, None, REACH, Severity.HIGH),
        (None, None, REACH, Severity.HIGH),
        (Severity.MEDIUM, None, REACH, Severity.MEDIUM),
        (Severity.INFO, None, (), Severity.LOW),
    ],
)
def test_severity_follows_the_worst_flaw(
    severity, exploited, exposed, expected, flaw, update, pending, only
) -> None:  # fmt: skip
    """Critical needs both a grave or attacked flaw and a way in; what nobody has rated stays high."""
    waiting = update(flaws=(flaw(severity=severity, exploited=exploited),), exposed=exposed)
    assert only(security_updates, pending(updates=(waiting,))).severity is expected


def test_one_unrated_update_keeps_the_finding_high(flaw, update, pending, only) -> None:
    """A low flaw in one package says nothing about an update of another that no advisory speaks of."""
    low = update(flaws=(flaw(severity=Severity.LOW),))
    assert only(security_updates, pending(updates=(low,))).severity is Severity.LOW
    assert only(security_updates, pending(updates=(low, update(package="tzdata")))).severity is Severity.HIGH


def test_an_attacked_flaw_comes_first_and_is_said(flaw, exploited, update, pending, only) -> None:
    """Whoever reads one line reads which flaw is attacked, and where it can be reached; CISA's date is in the text."""
    sshd = update(package="openssh-server", source="openssh", flaws=(exploited(),), exposed=REACH)
    grave = update(package="curl", source="curl", flaws=(flaw(severity=Severity.CRITICAL),))
    verdict = only(security_updates, pending(updates=(grave, sshd)))
    details = dict(verdict.details)
    assert "attackers already use CVE-2026-22222 in openssh, which can be reached" in verdict.summary
    assert verdict.evidence[0].observed.startswith("openssh-server ")
    assert "exploited (KEV 2026-10-03, due 2026-10-24)" in verdict.evidence[1].observed
    assert "reachable at 198.51.100.2:22/tcp" in verdict.evidence[1].observed.splitlines()[0]
    assert details["exploited"] == ("CVE-2026-22222 in openssh",)
    assert details["due"] == "2026-10-24"
    assert (details["oldest"], details["days"]) == ("2026-10-01", 52)
    assert details["packages"] == ("openssh-server", "curl")


def test_one_flaw_of_many_packages_is_one_line(flaw, update, pending, only) -> None:
    """Eight packages from one source share an advisory; it is told and counted once."""
    many = tuple(update(package=f"samba-{n}", source="samba", flaws=(flaw(cves=("CVE-1", "CVE-2")),)) for n in range(8))
    verdict = only(security_updates, pending(updates=many))
    assert verdict.evidence[1].observed.count("DSA-6010-1") == 1
    assert dict(verdict.details)["flaws"] == 2


def test_a_fix_to_come_has_no_age(flaw, update, pending, only) -> None:
    """An advisory dated after the audit (a feed's mistake, another time zone) makes no negative number of days."""
    waiting = update(flaws=(flaw(published=date(2027, 1, 1)),))
    assert dict(only(security_updates, pending(updates=(waiting,))).details)["days"] == 0


def test_the_summary_stays_short(exploited, update, pending, only) -> None:
    """Names from a host are as long as the host likes; the sentence a customer reads is not."""
    long = update(package="p" * 300, source="s" * 300, flaws=(exploited(id="A" * 300, cves=()),), exposed=REACH)
    assert len(only(security_updates, pending(updates=(long,), stale="x" * 500)).summary) <= SENTENCE


def test_flaws_without_a_fix_are_told_and_never_fail(flaw, pending, only) -> None:
    """What nobody has a fix for, and what subscribers alone get, is no missing update: it is counted, apart."""
    no_fix = UnfixedPackage("linux", "6.1.119-1", (flaw(id="CVE-1"), flaw(id="CVE-2")), more_flaws=3)
    paid = UnfixedPackage("ffmpeg", "4.4.2", (flaw(id="USN-1", paid="Ubuntu Pro"),))
    verdict = only(security_updates, pending(unfixed=(no_fix, paid)))
    assert verdict.outcome is Outcome.PASS
    assert "; 5 known flaws without a fix on offer, nothing to do" in verdict.summary
    assert "; fixes for 1 package in Ubuntu Pro only" in verdict.summary
    assert "ffmpeg 4.4.2: fixed in Ubuntu Pro only: USN-1" in verdict.evidence[-1].observed


def test_a_version_known_by_advisories_alone_says_so(update, pending, only) -> None:
    """Without an index the candidate is only the lowest version that mends."""
    verdict = only(security_updates, pending(updates=(update(pocket=""),)))
    assert "(by advisories alone)" in verdict.evidence[0].observed
    assert dict(verdict.details)["no_index"] is True


def test_no_known_update_is_said_once(update, pending, only) -> None:
    """Advisories alone cannot say that nothing waits; what they find is no less sure for it."""
    alone = "no known update as of 2026-11-20 (by advisories alone)"
    assert only(security_updates, pending(stale=alone)).summary == f"N{alone[1:]}"
    old = f"{alone}: osv-almalinux was not updated since"
    assert only(security_updates, pending(stale=old)).summary == f"N{old[1:]}"
    found = only(security_updates, pending(updates=(update(pocket=""),), stale=alone))
    assert "not fresh" not in found.summary + found.evidence[-1].observed
    found = only(security_updates, pending(updates=(update(pocket=""),), stale=old))
    assert dict(found.details)["stale"] == "osv-almalinux was not updated since"


def test_who_named_the_flaws_is_told(pending, only) -> None:
    """A pass says from what data, and how old it is."""
    verdict = only(security_updates, pending(named="OSV of 2026-11-20"))
    assert verdict.evidence[0].observed.splitlines()[-1] == "flaws named: OSV of 2026-11-20"
