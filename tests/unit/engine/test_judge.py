from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.engine.judge import checks_for, judge
from posture.facts.factset import COLLECTED, DERIVED, without
from posture.facts.host import KernelState
from posture.facts.services import Services
from posture.model.resource import Resource, ResourceKind
from posture.model.verdict import Outcome
from posture.sdk import (
    Check,
    Severity,
    SshOffers,
    TlsEndpoints,
    Unavailable,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

HOST = Resource(ResourceKind.HOST, "web1", "198.51.100.2")
EMPTY = Services((), "", datetime(2026, 3, 2, tzinfo=UTC))


def made(body: Callable[[Services], object], name: str = "exposure.thing") -> Check:
    def judging(services: Services) -> Iterator[Verdict]:
        """A check for this test."""
        return body(services)  # type: ignore[return-value]

    return check(name, title="t", clause="4.4", severity=Severity.HIGH)(judging)


def outcome(body: Callable[[Services], object]) -> tuple[Outcome, str]:
    (assessment,) = judge([made(body)], HOST, {Services: EMPTY})
    return assessment.outcome, assessment.reason


def boom(_: Services) -> object:
    raise RuntimeError("no such luck")


def half(_: Services) -> Iterator[Verdict]:
    yield passed("the first half")
    raise KeyError("second")


def endless(_: Services) -> Iterator[Verdict]:
    while True:
        yield passed("again")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (boom, "RuntimeError: no such luck"),
        (half, "KeyError: 'second'"),
        (endless, "more than 10,000 verdicts"),
        (lambda _: None, "said nothing"),
        (lambda _: [], "said nothing"),
        (lambda _: ["pass"], "not a verdict"),
        (lambda _: 5, "TypeError"),
    ],
)
def test_a_check_that_misbehaves_is_not_assessed_and_named(body, reason: str) -> None:
    """Nothing that a check does wrong can come out as a pass."""
    got, why = outcome(body)
    assert got is Outcome.NOT_ASSESSED
    assert reason in why


def test_a_missing_fact_never_reaches_the_check() -> None:
    """The collector's reason is the check's reason."""
    (assessment,) = judge([made(boom)], HOST, without("nmap is not installed", (Services,)))
    assert (assessment.outcome, assessment.reason) == (Outcome.NOT_ASSESSED, "nmap is not installed")


def test_the_reasons_of_several_missing_facts_stand_once() -> None:
    """A derived fact repeats why its sources are missing; a reader is told each reason one time."""

    @check("exposure.three", title="t", clause="4.4", severity=Severity.LOW)
    def three(services: Services, tls: TlsEndpoints, ssh: SshOffers) -> Iterator[Verdict]:
        """Three facts."""
        yield passed("x")

    facts = {
        **without("48 of 48 ports answer: a tarpit", (TlsEndpoints,)),
        **without("48 of 48 ports answer: a tarpit; no SSH access", (Services,)),
        **without("interrupted", (SshOffers,)),
    }
    (assessment,) = judge([three], HOST, facts)
    assert assessment.reason == "48 of 48 ports answer: a tarpit; no SSH access; interrupted"


def test_a_failure_outweighs_what_was_not_assessed_which_outweighs_a_pass() -> None:
    """The outcome of a check is the worst of its verdicts, and none is lost."""
    said = [passed("ok", subject="a"), not_assessed("why", subject="b"), fail("bad", subject="c")]
    assert outcome(lambda _: said)[0] is Outcome.FAIL
    assert outcome(lambda _: said[:2])[0] is Outcome.NOT_ASSESSED
    assert outcome(lambda _: said[:1])[0] is Outcome.PASS


def test_two_verdicts_on_one_subject_become_the_worse_one() -> None:
    """Otherwise one finding would have two faces."""
    (assessment,) = judge(
        [made(lambda _: [passed("ok", subject="a"), fail("bad", subject="a")])], HOST, {Services: EMPTY}
    )
    assert [v.summary for v in assessment.verdicts] == ["bad"]


def test_hostile_text_in_a_verdict_is_made_harmless() -> None:
    """A file name with a terminal escape is a subject too."""
    (assessment,) = judge([made(lambda _: [fail("x\x1b[2J", subject="/tmp/\x1b]0;owned")])], HOST, {Services: EMPTY})
    assert "\x1b" not in assessment.verdicts[0].subject + assessment.verdicts[0].summary


def test_a_check_for_another_kind_of_resource_is_not_asked() -> None:
    """A domain has no services; the check is not among its outcomes."""
    assert not judge([made(boom)], Resource(ResourceKind.DOMAIN, "bakery.example"), {})


_KNOWN = (*COLLECTED[ResourceKind.HOST], *DERIVED[ResourceKind.HOST])


@given(st.lists(st.tuples(st.sampled_from(_KNOWN), st.sampled_from(["ok", "raise", "none"])), max_size=12))
def test_every_check_of_the_kind_has_exactly_one_outcome_with_a_reason(asked: list[tuple[type, str]]) -> None:
    """Whatever facts are missing and whatever the checks do: no silent clean."""

    def one(number: int, fact: type, how: str) -> Check:
        def body(value):  # type: ignore[no-untyped-def]
            """A check for this test."""
            if how == "raise":
                raise ValueError("no")
            return [passed("fine")] if how == "ok" else []

        body.__annotations__ = {"value": fact}
        return check(f"exposure.n{number}", title="t", clause="4.4", severity=Severity.LOW)(body)

    checks = [one(number, fact, how) for number, (fact, how) in enumerate(asked)]
    facts = without("the host is down", _KNOWN) | {Services: EMPTY}
    assessments = judge(checks, HOST, facts)
    assert [a.check.id for a in assessments] == [c.id for c in checks_for(HOST.kind, checks)]
    for (fact, how), assessment in zip(asked, assessments, strict=True):
        assert assessment.reason
        assert (assessment.outcome is Outcome.PASS) == (fact is Services and how == "ok")


def test_a_check_without_documentation_or_types_is_refused() -> None:
    """The mistakes that would only show at night show when the module is loaded."""

    def silent(services: Services) -> list[Verdict]:
        return []

    def untyped(services):  # type: ignore[no-untyped-def]
        """Documented."""

    def nothing() -> list[Verdict]:
        """Documented."""
        return []

    for function in (silent, untyped, nothing):
        with pytest.raises(TypeError, match=r"exposure\.thing"):
            check("exposure.thing", title="t", clause="4.4", severity=Severity.LOW)(function)
    with pytest.raises(TypeError, match="family"):
        check("Thing", title="t", clause="4.4", severity=Severity.LOW)(silent)


def test_needs_follow_the_parameters() -> None:
    """A check may ask for several facts, by type."""

    @check("keys.two", title="t", clause="4.3", severity=Severity.LOW)
    def two(services: Services, kernel: KernelState) -> Iterator[Verdict]:
        """Two facts."""
        yield passed("x")

    assert [fact for _, fact in two.needs] == [Services, KernelState]


def test_a_fact_that_can_be_spared_silences_nothing() -> None:
    """A log that could not be read must not silence a check that only improves its advice with it."""

    def judging(services: Services, kernel: KernelState | Unavailable) -> Iterator[Verdict]:
        """A check for this test."""
        why = kernel.reason if isinstance(kernel, Unavailable) else kernel.running
        yield passed(f"{len(services.services)} services, {why}")

    one = check("exposure.thing", title="t", clause="4.4", severity=Severity.HIGH)(judging)
    assert one.needs == (("services", Services), ("kernel", KernelState))
    gone = without("no log", (KernelState,))
    (assessment,) = judge([one], HOST, {Services: EMPTY, **gone})
    assert (assessment.outcome, assessment.reason) == (Outcome.PASS, "0 services, no log")
    (assessment,) = judge([one], HOST, {**without("no services", (Services,)), **gone})
    assert (assessment.outcome, assessment.reason) == (Outcome.NOT_ASSESSED, "no services")
