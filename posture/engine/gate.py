"""The gate of the pre-onboarding check: outcomes in, a decision out; pure.

A no-go wins over undecided: what blocks has to be mended whatever else comes out. Nothing is a go that was not looked
at: not a blocking check without an outcome, not a resource without any, not a port that a firewall hides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from posture.facts.network import PortSweep
from posture.model.assessment import Assessment, CheckInfo
from posture.model.finding import finding_id
from posture.model.policy import Precheck
from posture.model.precheck import Decision, Failing, PrecheckVerdict, Unassessed, Weight
from posture.model.severity import Severity
from posture.model.text import visible
from posture.model.verdict import Outcome, Verdict

HIDDEN = CheckInfo("precheck.hidden-port", "A firewall hides a dangerous port", "4.4", Severity.HIGH)
"""What a hidden port is told as; no check of its own: an audit of a customer looks inside instead."""
NOTHING = CheckInfo("precheck.nothing-assessed", "Nothing that decides was looked at", "", Severity.HIGH)

_LOOK_AGAIN = "Remove what stood in the way, then check again what was left open"
_NO_MORE = 3  # ports named in a sentence


def decide(
    customer: str,
    assessments: Iterable[Assessment],
    sweeps: Mapping[str, PortSweep],
    expected: Iterable[tuple[str, CheckInfo]],
    rules: Precheck,
) -> Decision:
    """Whether a prospect may come in.

    Args:
        customer: the prospect's id, which findings are of.
        assessments: one a resource and check.
        sweeps: what is known of the ports of each host, by resource.
        expected: every resource and check there should be an outcome of; one that is missing is not assessed.
        rules: the policy's gate.
    """
    outcomes = {(one.resource, one.check.id): one for one in assessments}
    failures = sorted(
        (failing for one in outcomes.values() for failing in _failures(customer, one)),
        key=lambda one: (-one.severity, one.check.id, one.resource, one.subject),
    )
    by_weight: dict[Weight, list[Failing]] = {weight: [] for weight in Weight}
    for failing in failures:
        by_weight[rules.weight(failing.check.id, failing.severity)].append(failing)
    needed = {key: one for key, one in outcomes.items() if rules.needs(one.check.id, one.check.severity)}
    open_questions = [
        *_missing(outcomes, expected, rules),
        *(question for _, one in sorted(needed.items()) for question in _unassessed(one)),
        *(question for resource in sorted(sweeps) for question in _hidden(resource, sweeps[resource], rules)),
    ]
    assessed = sum(one.outcome is not Outcome.NOT_ASSESSED for one in needed.values())
    if not assessed and not open_questions:
        open_questions.append(Unassessed(NOTHING, "", "no check that decides was made", "Name an address or a domain"))
    blocks = tuple(by_weight[Weight.BLOCK])
    return Decision(
        _verdict(blocked=bool(blocks), doubtful=bool(open_questions)),
        blocks,
        tuple(by_weight[Weight.WARN]),
        tuple(by_weight[Weight.INFORM]),
        tuple(open_questions),
        assessed,
    )


def merged(earlier: Iterable[Assessment], again: Iterable[Assessment]) -> tuple[Assessment, ...]:
    """The outcomes after a second look at some of them: what it could not see again is as it was.

    A failure is gone only where a later look saw it gone; what else could not be looked at again is not assessed.
    """
    known = {(one.resource, one.check.id): one for one in earlier}
    for new in again:
        old = known.get((new.resource, new.check.id))
        kept = old is not None and old.outcome is Outcome.FAIL and new.outcome is Outcome.NOT_ASSESSED
        known[new.resource, new.check.id] = _still(old, new) if kept and old is not None else new
    return tuple(known.values())


def _still(old: Assessment, new: Assessment) -> Assessment:
    """A failure that could not be looked at again, and the reason beside it."""
    reason = visible(f"{old.reason}; it could not be looked at again: {new.reason}")
    return replace(old, reason=reason, verdicts=(*old.failures, Verdict(Outcome.NOT_ASSESSED, new.reason)))


def _verdict(*, blocked: bool, doubtful: bool) -> PrecheckVerdict:
    if blocked:
        return PrecheckVerdict.NO_GO
    return PrecheckVerdict.UNDECIDED if doubtful else PrecheckVerdict.GO


def _failures(customer: str, one: Assessment) -> Iterator[Failing]:
    for verdict in one.failures:
        severity = one.check.severity if verdict.severity is None else verdict.severity
        found = finding_id(customer, one.resource, one.check.id, verdict.subject)
        yield Failing(one.check, one.resource, verdict.subject, verdict.summary, severity, found)


def _missing(
    outcomes: Mapping[tuple[str, str], Assessment], expected: Iterable[tuple[str, CheckInfo]], rules: Precheck
) -> Iterator[Unassessed]:
    for resource, check in sorted(expected, key=lambda pair: (pair[0], pair[1].id)):
        if (resource, check.id) not in outcomes and rules.needs(check.id, check.severity):
            why = "it was not looked at within the time that a verdict holds"
            yield Unassessed(check, resource, why, "Make the whole check again")


def _unassessed(one: Assessment) -> Iterator[Unassessed]:
    """Its subjects that could not be looked at, beside those that could."""
    for verdict in one.verdicts:
        if verdict.outcome is Outcome.NOT_ASSESSED:
            yield Unassessed(one.check, one.resource, verdict.summary, _LOOK_AGAIN, verdict.subject)
    if one.outcome is Outcome.NOT_ASSESSED and not any(v.outcome is Outcome.NOT_ASSESSED for v in one.verdicts):
        yield Unassessed(one.check, one.resource, one.reason, _LOOK_AGAIN)


def _hidden(resource: str, sweep: PortSweep, rules: Precheck) -> Iterator[Unassessed]:
    counted = tuple(port for port in sweep.hidden if port in rules.hidden_ports)
    if not counted:
        return
    many = len(counted) > 1
    named = ", ".join(f"{port}/tcp" for port in counted[:_NO_MORE])
    named += f" and {len(counted) - _NO_MORE} more" if len(counted) > _NO_MORE else ""
    why = (
        f"{sweep.address} refuses connections to other ports, but {named} gave no answer: a firewall keeps the auditor "
        f"out there, and from here it cannot be told whom it lets in"
    )
    step = (
        f"Show the firewall's {'rules' if many else 'rule'} for {named}, stop what listens there or have "
        f"{'them' if many else 'it'} refuse everybody, or let the auditor's address {sweep.source} through; then "
        "check again"
    ).replace("address  through", "address through")
    yield Unassessed(HIDDEN, resource, why, step, ports=counted)


def ports_of(subjects: Sequence[str], protocol: str = "tcp") -> tuple[int, ...]:
    """The ports that subjects name (``198.51.100.2:6379/tcp``), in order."""
    found = set()
    for subject in subjects:
        place, _, kind = subject.partition(" ")[0].rpartition("/")
        number = place.rpartition(":")[2]
        if kind == protocol and number.isascii() and number.isdigit() and 0 < int(number) < 65_536:
            found.add(int(number))
    return tuple(sorted(found))
