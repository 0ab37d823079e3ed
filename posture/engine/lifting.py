"""Restrictions that are to be taken back: the problem was seen to be gone, or a dispute of it was accepted."""

from __future__ import annotations

from collections.abc import Iterator

from posture.engine.observed import moment, observed
from posture.engine.stopped_clock import accepted_dispute
from posture.engine.targets import target
from posture.model.enforcement import Enforcement, Measure, RecordState, StepKey
from posture.model.finding import FindingStatus
from posture.model.proposal import Case, Held, Hold, Proposal

_BLOCKS = frozenset({Measure.RATE_LIMIT, Measure.ISOLATE_PORT, Measure.ISOLATE_HOST, Measure.ISOLATE_CUSTOMER})


def lifted(case: Case, rules: Enforcement, breach: str) -> Iterator[Proposal | Held]:
    """The restrictions that are in place, or may be, the gravest first, each to be taken back."""
    for key in sorted(_in_place(case), key=lambda key: (-key.measure.rank, key.episode)):
        back = StepKey(key.customer, key.finding, key.episode, key.measure, lift=True)
        since = next((one.at for one in case.proposed if one.key == back), None)
        finding, to = case.finding, target(key.measure, case)
        if accepted_dispute(case) and finding.status is not FindingStatus.RESOLVED:
            reason, seen = "a dispute of the finding was accepted", observed(finding)
        elif not finding.fixed:
            why = "its resource left the inventory: nobody saw it fixed. Lift it by hand, if it is to be lifted"
            yield Held(back, finding, breach, Hold.LEFT, why)
            continue
        else:
            seen = finding.resolved_at or finding.last_seen
            reason = f"a look {moment(seen)} found it fixed"
            if key.measure in _BLOCKS and not rules.sees_through:
                why = (
                    f"{reason}, but {key.measure} may hide it: let the auditor's address through, then posture recheck "
                    f"{finding.id}; or look by other means, and lift it by hand"
                )
                yield Held(back, finding, breach, Hold.BLIND, why)
                continue
        yield Proposal(back, finding, breach, to, reason, seen, since, key.measure.for_a_person)


def _in_place(case: Case) -> set[StepKey]:
    """Restrictions that somebody recorded, or that a hook may have carried out, and that nobody recorded as lifted."""
    finding = case.finding
    last: dict[tuple[int, Measure], bool] = {
        (one.key.episode, one.key.measure): True for one in case.proposed if one.handed and not one.key.lift
    }
    for record in case.records:
        last[record.episode, record.measure] = record.state is RecordState.DONE
    return {
        StepKey(finding.customer, finding.id, episode, measure)
        for (episode, measure), there in last.items()
        if there and measure.restricts
    }
