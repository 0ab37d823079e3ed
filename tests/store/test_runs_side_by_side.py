"""Runs of everything and looks at one check, whenever each comes home and whatever its clock says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posture.engine.lifecycle import Observation, retired
from posture.model.assessment import Assessment, CheckInfo, overall
from posture.model.finding import FindingStatus, System, finding_id
from posture.model.severity import Severity
from posture.model.unit import ClaimedUnit, UnitResult
from posture.model.verdict import Outcome, Verdict

WORDS = {"fail": Outcome.FAIL, "pass": Outcome.PASS, "?": Outcome.NOT_ASSESSED}


def judged(check: str, *said: str) -> Assessment:
    """judged("a", "fail:x", "pass:y", "?:") -> the assessment of check exposure.a with these verdicts."""
    pairs = [text.split(":") for text in said]
    verdicts = tuple(Verdict(WORDS[word], "said so", subject) for word, subject in pairs)
    info = CheckInfo(f"exposure.{check}", "A thing is open", "4.4", Severity.HIGH)
    return Assessment(info, "web1", overall(verdicts), "said so", verdicts)


@dataclass
class Audits:
    """Audits of one customer with one resource, in as many runs at once as one likes."""

    store: object
    make: object
    customer: str = "bakery"
    numbers: count = field(default_factory=lambda: count(1))

    def begin(self, *, whole: bool = True, run: str | None = None) -> ClaimedUnit:
        number = next(self.numbers)
        one = replace(self.make.run(number), whole=whole)
        one = replace(one, id=f"{run or one.id}-{self.customer}-{number}")
        self.store.start_run(one, f"plan {number}", [(self.make.customer(self.customer), ["web1"])], one.started)
        return self.store.claim(one.id, "w", self.make.lease, one.started)

    def end(self, unit: ClaimedUnit, *assessments: Assessment, resources: Sequence[str] = ("web1",)) -> None:
        now = self.make.now + timedelta(days=100)
        seen = Observation(unit.customer, "web1", System(), unit.run, now, self.make.policy(), assessments)
        assert self.store.commit(unit, UnitResult(b"{}", assessments), seen.advance, now)
        finish = self.store.claim(unit.run, "w", self.make.lease, now)
        whole = self.store.run(unit.run).whole
        assert self.store.finish(
            finish, lambda known, _: retired(known, set(resources), unit.run, now) if whole else (), now
        )

    def finding(self, check: str, subject: str):
        return self.store.finding(finding_id(self.customer, "web1", f"exposure.{check}", subject))


@pytest.fixture
def audits(store, make):
    return Audits(store, make)


def test_a_look_at_one_check_swallows_nothing_of_the_audit_it_overtakes(audits):
    """The audit's other findings are there, and of that check what the newer look saw."""
    audit = audits.begin()
    audits.end(audits.begin(whole=False), judged("a", "fail:x"))
    audits.end(audit, judged("a", "pass:x"), judged("b", "fail:y"))
    assert audits.finding("b", "y").status is FindingStatus.NEW
    assert audits.finding("a", "x").status is FindingStatus.NEW


def test_what_a_newer_look_could_not_assess_stands_as_the_older_run_saw_it(audits):
    """Not assessed overrules no failure, wholly or for one subject; a pass that was seen does."""
    audit = audits.begin()
    audits.end(audits.begin(whole=False), judged("a", "pass:x", "?:"), judged("b", "?:"))
    audits.end(audit, judged("a", "fail:x", "fail:z"), judged("b", "fail:y"))
    assert audits.finding("a", "x") is None
    assert audits.finding("a", "z").status.active
    assert audits.finding("b", "y").status.active


def test_what_a_newer_look_found_gone_is_not_brought_back_by_an_older_run(audits):
    """The recheck's pass stands, and the older audit's evidence is in its own outcomes only."""
    audits.end(audits.begin(), judged("a", "fail:x"))
    audit = audits.begin()
    audits.end(audits.begin(whole=False), judged("a", "pass:x"))
    audits.end(audit, judged("a", "fail:x"))
    assert audits.finding("a", "x").status is FindingStatus.RESOLVED


def test_a_look_at_one_check_leaves_what_is_gone_to_the_audit_it_overtakes(audits):
    """Only a newer run of everything takes over what the inventory no longer holds."""
    audits.end(audits.begin(), judged("a", "fail:x"), judged("b", "fail:y"))
    audit = audits.begin()
    audits.end(audits.begin(whole=False), judged("b", "?:"))
    audits.end(audit, judged("b", "?:"), resources=())
    assert audits.finding("a", "x").status is FindingStatus.RESOLVED


@pytest.mark.parametrize("first", ["2099", "1999"])
def test_a_run_with_a_wrong_clock_stops_no_later_one(audits, first):
    """Which run is newer is decided by who started later, not by what the clock said."""
    ahead = audits.begin(run=first)
    audits.end(ahead, judged("a", "fail:x"))
    later = audits.begin(run="2026")
    audits.end(later, judged("a", "pass:x"), judged("b", "fail:y"))
    assert audits.finding("a", "x").status is FindingStatus.RESOLVED
    assert audits.finding("b", "y").status is FindingStatus.NEW
    view = audits.store.customer_view("bakery", audits.make.policy())
    assert (view.run.id, view.previous.id) == (later.run, ahead.run)
    assert {f.subject for f in view.findings} == {"x", "y"}


def test_the_interrupted_run_that_is_gone_on_with_is_the_one_started_last(store, make):
    """And a customer is known as that one knew it, whatever the ids are."""
    old, new = make.customer("bakery", ["a"]), make.customer("bakery", ["b"])
    store.start_run(replace(make.run(), id="2099"), "plan", [(old, ["a"])], make.now)
    store.start_run(replace(make.run(), id="2026"), "plan", [(new, ["b"])], make.now)
    assert store.unfinished_run("plan").id == "2026"
    assert store.customers() == (new,)


BAKERIES = count()
SAID = st.lists(
    st.tuples(st.sampled_from(["fail", "pass", "?"]), st.sampled_from(["x", "y", ""])).map(":".join),
    min_size=1,
    max_size=3,
    unique_by=lambda said: said.partition(":")[2],
)
RUN = st.tuples(st.sampled_from(["1999", "2026", "2099"]), SAID, st.none() | SAID)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(runs=st.lists(RUN, min_size=1, max_size=4), steps=st.lists(st.integers(0, 4), max_size=12))
def test_the_newest_failure_always_has_a_finding(store, make, runs, steps):
    """Over any interleaving of runs of both checks and looks at one, of clocks, and of risks accepted in between."""
    audits = Audits(store, make, f"bakery{next(BAKERIES)}")
    started: list[tuple[Assessment, ...]] = []  # in the order of their start
    under_way: dict[int, tuple[ClaimedUnit, tuple[Assessment, ...]]] = {}
    waiting = dict(enumerate(runs))
    for step in [*steps, *waiting, *waiting]:
        if step in waiting:
            clock, a, b = waiting.pop(step)
            said = (judged("a", *a),) if b is None else (judged("a", *a), judged("b", *b))
            under_way[step] = audits.begin(whole=b is not None, run=clock), said
            started.append(said)
        elif step in under_way:
            unit, said = under_way.pop(step)
            audits.end(unit, *said)
        elif step == len(runs):
            for finding in store.findings(audits.customer, set(FindingStatus) - {FindingStatus.RESOLVED})[:1]:
                store.accept(make.acceptance(finding))
    for check in "ab":
        for subject in ("x", "y", ""):
            judgements = [one for said in reversed(started) for one in said if one.check.id == f"exposure.{check}"]
            newest = next((one for one in judgements if one.decides(subject)), None)
            if newest is not None and subject in {verdict.subject for verdict in newest.failures}:
                found = audits.finding(check, subject)
                assert found is not None
                assert found.status is not FindingStatus.RESOLVED
