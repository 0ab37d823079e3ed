"""What the policies at resources of an AWS account open to everybody, resource by resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from checks.aws import unseen
from checks.wording import count, listed
from posture.sdk import (
    AwsOpenings,
    Evidence,
    Gap,
    Iterator,
    Opening,
    ResourcePolicies,
    Verdict,
    Whom,
    not_assessed,
    passed,
)

_BUT = "every action but "  # how an opening tells NotAction
_ACTIONS = 6  # named in one sentence


@dataclass(frozen=True, slots=True)
class Public:
    """A resource whose policy lets anybody in without a condition that narrows it.

    `statements` are the Sids of what lets them in, where they have one.
    """

    kind: str
    name: str
    arn: str
    region: str
    actions: tuple[str, ...]
    writes: bool
    statements: tuple[str, ...]

    @property
    def subject(self) -> str:
        """Region and name."""
        return f"{self.region} {self.name}"

    @property
    def may(self) -> str:
        """What anybody is allowed, as the policy has it."""
        return listed(self.actions, _ACTIONS)

    def evidence(self, openings: AwsOpenings) -> tuple[Evidence, ...]:
        """The statements."""
        named = f" (statement {listed(self.statements)})" if self.statements else ""
        return (Evidence("Resource policy", f"{self.arn}: anybody is allowed {self.may}{named}", openings.observed),)


def public(openings: Iterable[Opening], kind: str) -> tuple[Public, ...]:
    """The resources of a kind that are open to anybody; conditions that were not understood leave a resource out."""
    every: dict[str, list[Opening]] = {}
    for one in openings:
        if one.kind == kind and _to_anyone(one) and not one.unclear:
            every.setdefault(one.arn, []).append(one)
    return tuple(
        Public(
            kind, same[0].name, arn, same[0].region,
            actions=tuple(dict.fromkeys(action for one in same for action in one.actions)),
            writes=any(one.writes for one in same),
            statements=tuple(dict.fromkeys(one.statement for one in same if one.statement)),
        )
        for arn, same in every.items()
    )  # fmt: skip


def doubtful(openings: Iterable[Opening], kind: str, but: Iterable[Public]) -> Iterator[Verdict]:
    """One verdict a resource that is open to anybody if a condition is met of which that is not known."""
    told = {one.arn for one in but}
    for one in openings:
        if one.kind == kind and _to_anyone(one) and one.unclear and one.arn not in told:
            told.add(one.arn)
            yield not_assessed(
                f"The policy of {one.name} lets anybody in where a condition is met that is not understood: "
                f"{one.unclear}",
                subject=f"{one.region} {one.name}".strip(),
            )


def _to_anyone(one: Opening) -> bool:
    return one.whom is Whom.ANYONE and not one.limits


def about(actions: Iterable[str], wanted: str) -> bool:
    """Whether actions as a policy has them, in small letters, mean this one (``lambda:invokefunctionurl``)."""
    return any(_means(action, wanted) for action in actions)


def _means(action: str, wanted: str) -> bool:
    if not action.startswith(_BUT):
        return fnmatchcase(wanted, action)
    return not about(action.removeprefix(_BUT).split(", "), wanted)


def gaps_of(gaps: Iterable[Gap], service: str, *but: str) -> tuple[Gap, ...]:
    """The gaps of one service (``s3:``), but for those of some permissions."""
    return tuple(gap for gap in gaps if gap.action.startswith(service) and gap.action not in but)


@dataclass(frozen=True, slots=True)
class Judged:
    """A kind of resource as a check judges it: its name for people (many of it), and the prefix of its permissions."""

    kind: str
    names: str
    service: str
    failed: Callable[[Public], Verdict]


def everybody(policies: ResourcePolicies, openings: AwsOpenings, kinds: Iterable[Judged]) -> Iterator[Verdict]:
    """All that is to be said of policies of these kinds that let everybody in."""
    left: list[Gap] = []
    looked: list[str] = []
    clean = True
    for judged in kinds:
        found = public(openings.openings, judged.kind)
        doubts = tuple(doubtful(openings.openings, judged.kind, found))
        yield from map(judged.failed, found)
        yield from doubts
        left += gaps_of(openings.gaps, judged.service)
        clean = clean and not found and not doubts
        number = sum(one.kind == judged.kind for one in policies.policies)
        looked.append(f"{number} {'policy' if number == 1 else 'policies'} of {judged.names}")
    yield from unseen(left)
    if clean and not left:
        yield passed(
            f"No policy lets everybody in: looked at {' and '.join(looked)} "
            f"in {count(len(policies.regions), 'region')} ({listed(policies.regions)})"
        )
