"""What becomes of forged mail, from what SPF and DMARC say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.engine.email.forged import forged_mail
from posture.facts.email.dmarc import DmarcPolicy
from posture.facts.email.spf import SpfPolicy, SpfResult
from posture.facts.email.use import Fate, ForgedMail
from posture.facts.email.zone import DnsZone
from posture.facts.unavailable import Unavailable

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
SPF = SpfPolicy("bakery.example", AT, texts=("v=spf1 mx -all",), stranger=SpfResult.FAIL)
NO_SPF = SpfPolicy("bakery.example", AT)
NO_DMARC = DmarcPolicy("bakery.example", AT, organizational="bakery.example")
ZONE = DnsZone("bakery.example", True, AT)


def dmarc(policy: str, sub: str = "", made_up: str = "", **changes: object) -> DmarcPolicy:
    sub = sub or policy
    own = replace(
        NO_DMARC, policy=policy, subdomains=sub, nonexistent=made_up or sub, found_at="bakery.example", texts=("...",)
    )
    return replace(own, **changes)  # type: ignore[arg-type]


def fates(spf: SpfPolicy | Unavailable, policy: DmarcPolicy, zone: DnsZone = ZONE) -> tuple[Fate, Fate, Fate]:
    forged = forged_mail(spf, policy, zone)
    assert isinstance(forged, ForgedMail)
    return forged.domain.fate, forged.subdomain.fate, forged.nonexistent.fate


R, Q, M, D, U = Fate.REJECTED, Fate.QUARANTINED, Fate.MARKED, Fate.DELIVERED, Fate.UNKNOWN
ANYBODY = replace(SPF, stranger=SpfResult.PASS)


@pytest.mark.parametrize(
    ("spf", "policy", "expected"),
    [
        (SPF, dmarc("reject"), (R, R, R)),
        (SPF, dmarc("quarantine"), (Q, Q, Q)),
        (SPF, dmarc("none"), (M, D, D)),
        (SPF, NO_DMARC, (M, D, D)),
        (replace(SPF, stranger=SpfResult.SOFTFAIL), NO_DMARC, (M, D, D)),
        (replace(SPF, stranger=SpfResult.NEUTRAL), NO_DMARC, (D, D, D)),
        (NO_SPF, NO_DMARC, (D, D, D)),
        (NO_SPF, dmarc("reject"), (R, R, R)),
        (replace(SPF, stranger=SpfResult.PERMERROR), dmarc("reject"), (R, R, R)),
        (SPF, dmarc("reject", "none", "quarantine"), (R, D, Q)),
        (SPF, dmarc("reject", testing=True), (Q, Q, Q)),
        (SPF, dmarc("quarantine", testing=True), (M, D, D)),
        (SPF, dmarc("reject", percent=50), (Q, Q, Q)),
        (ANYBODY, dmarc("reject"), (D, D, D)),
        (ANYBODY, dmarc("reject", strict_spf=True), (D, R, R)),
        (replace(SPF, everyone=True), dmarc("reject"), (D, D, D)),
    ],
)
def test_fate_follows_from_spf_and_dmarc(spf: SpfPolicy, policy: DmarcPolicy, expected: tuple[Fate, Fate, Fate]):
    """The domain itself, a subdomain, and one that does not exist."""
    assert fates(spf, policy) == expected


def test_where_every_name_exists_the_policy_of_subdomains_counts():
    """A wildcard leaves no name that does not exist."""
    assert fates(SPF, dmarc("reject", "none", "reject"), replace(ZONE, wildcard_txt=True))[2] is D


def test_each_step_is_told():
    """A reader can follow how a receiver comes to it."""
    forged = forged_mail(SPF, dmarc("reject", testing=True), ZONE)
    assert isinstance(forged, ForgedMail)
    assert forged.domain.why == (
        "SPF says that the forger's server may not send (fail). DMARC fails, as no signature of the domain is on it, "
        "and the policy of bakery.example asks receivers to refuse it (p=reject), but only tests it (t=y): one step "
        "less is done. So receivers put it with the spam."
    )


def test_without_dmarc_known_nothing_is_said():
    """The reason is that of the question without an answer."""
    forged = forged_mail(SPF, Unavailable("no answer"), ZONE)
    assert isinstance(forged, Unavailable)
    assert forged.reason == "no answer"


POLICIES = st.sampled_from(["", "none", "quarantine", "reject"])
RESULTS = st.sampled_from(list(SpfResult))


@given(RESULTS, POLICIES, POLICIES, POLICIES, st.booleans(), st.integers(0, 100), st.booleans(), st.booleans())
def test_nothing_is_refused_that_no_policy_asks_to_refuse(
    result: SpfResult, own: str, sub: str, made_up: str, testing: bool, percent: int, everyone: bool, strict: bool
):
    """REJECTED needs p=reject in full force, and SPF that does not let the forger pass."""
    policy = replace(
        NO_DMARC, policy=own, subdomains=sub, nonexistent=made_up, testing=testing, percent=percent, strict_spf=strict
    )
    found = fates(replace(SPF, stranger=result, everyone=everyone), policy)
    for fate, asked in zip(found, (own, sub, made_up), strict=True):
        if fate is R:
            assert (asked, testing, percent) == ("reject", False, 100)
    if result is SpfResult.PASS or everyone:
        assert found[0] is D


@given(POLICIES, POLICIES)
def test_what_is_not_known_stays_unknown(own: str, sub: str):
    """Neither SPF without an answer, nor a walk that was stopped, gives a fate."""
    policy = replace(NO_DMARC, policy=own, subdomains=sub, nonexistent=sub)
    assert fates(Unavailable("no answer"), policy) == (U, U, U)
    assert fates(replace(SPF, unknown="no answer", stranger=SpfResult.TEMPERROR), policy) == (U, U, U)
    stopped = fates(SPF, replace(policy, unknown="no answer"))
    assert [fate is U for fate in stopped] == [own == "", sub == "", sub == ""]
