from dataclasses import replace

import pytest
from factories_tls import ADDRESS, AT

from checks.exposure.tls_name_elsewhere import tls_name_elsewhere
from posture.sdk import Leads, Outcome, Severity, TlsName, TlsNames

HERE = TlsName("www.bakery.example", (443,), Leads.HERE, (ADDRESS,))
LISTED = TlsName("mail.bakery.example", (443,), Leads.LISTED, ("198.51.100.3",))
OUTSIDE = TlsName("shop.bakery.example", (443,), Leads.ELSEWHERE, ("203.0.113.7",), ("203.0.113.7",))
UNLISTED = replace(OUTSIDE, name="db.bakery.example", addresses=("198.51.100.4",), others=("198.51.100.4",),
                   agreed=("198.51.100.4",))  # fmt: skip
GONE = TlsName("old.bakery.example", (443,), Leads.NOWHERE)
DANGLING = replace(GONE, name="blog.bakery.example", alias="bakery.hosting.example")
UNKNOWN = TlsName("api.bakery.example", (443,), Leads.UNKNOWN, reason="no resolver answered")


def seen(*names: TlsName, **more) -> TlsNames:
    return TlsNames(ADDRESS, names, AT, **more)


@pytest.mark.parametrize(
    ("name", "severity", "words"),
    [
        (DANGLING, Severity.MEDIUM, "blog.bakery.example points to bakery.hosting.example, which does not exist"),
        (GONE, Severity.LOW, "old.bakery.example in a certificate does not exist in the DNS"),
        (UNLISTED, Severity.LOW, "db.bakery.example leads to addresses in the agreed networks that nobody looks at"),
        (OUTSIDE, Severity.INFO, "shop.bakery.example leads to other machines, which were not looked at"),
    ],
)
def test_each_place_that_is_not_looked_at_is_told(name, severity, words, only) -> None:
    """What a stranger could take over is worse than what is merely not in the report."""
    verdict = only(tls_name_elsewhere, seen(HERE, name))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, severity)
    assert words in verdict.summary
    assert name.name in verdict.evidence[0].observed


def test_names_that_are_looked_at_pass(only) -> None:
    """The host's own, and those of other hosts in the inventory."""
    assert only(tls_name_elsewhere, seen(HERE, LISTED)).outcome is Outcome.PASS


def test_a_lookup_without_an_answer_is_not_assessed(judged) -> None:
    """It says nothing of the names that had one: those are told as ever."""
    outcomes = {one.outcome: one for one in judged(tls_name_elsewhere, seen(HERE, GONE, UNKNOWN))}
    assert set(outcomes) == {Outcome.FAIL, Outcome.NOT_ASSESSED}
    assert "no resolver answered" in outcomes[Outcome.NOT_ASSESSED].summary


def test_names_beyond_the_bound_are_not_taken_for_harmless(only) -> None:
    """They are counted, and not assessed."""
    verdict = only(tls_name_elsewhere, seen(HERE, left=12))
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert verdict.summary.startswith("12 more names")


@pytest.mark.parametrize(
    "nothing", [seen(), seen(not_asked="it looks at itself"), seen(wildcards=("*.bakery.example",))]
)
def test_without_a_name_there_is_nothing_to_ask(nothing, only) -> None:
    """A host without certificates, and a machine that looks at itself, are not left open."""
    assert only(tls_name_elsewhere, nothing).outcome is Outcome.NOT_APPLICABLE


def test_many_names_of_one_kind_are_one_finding(only) -> None:
    """A shared server's certificate does not fill the report."""
    many = [replace(OUTSIDE, name=f"shop{at}.example") for at in range(9)]
    verdict = only(tls_name_elsewhere, seen(*many))
    assert "shop0.example, shop1.example, shop2.example and 6 more names lead to other machines" in verdict.summary
    assert len(dict(verdict.details)["names"]) == 9
