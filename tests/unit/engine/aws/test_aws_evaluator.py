"""The evaluator beside one that is written for being right: every request of a small world is asked of both."""

from __future__ import annotations

import fnmatch
import itertools
import re
from typing import Any

from aws_policies import AT, policy
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.engine.aws.documents import parse
from posture.engine.aws.patterns import common, covers, matches
from posture.engine.aws.rights import Rights, held
from posture.engine.aws.worlds import Factor, of_principal, with_factor
from posture.facts.aws.powers import PolicyRef

ACTIONS = ("s3:Get", "s3:Put", "iam:Get", "iam:Pass", "ec2:Run")
RESOURCES = ("arn:a", "arn:b", "arn:b/c", "arn:user/kim", "other")
KIM = of_principal("user", "kim", "arn:aws:iam::123456789012:user/kim", (), AT)
REF = PolicyRef("p", "", "user", "kim")

action_patterns = st.sampled_from(("*", "s3:*", "S3:get", "iam:?ass", "*:Get", "i*m:*", "ec2:Run", "*t", "s3:???"))
resource_patterns = st.sampled_from(
    ("*", "arn:*", "arn:?", "arn:b*", "arn:b/?", "other", "*/*", "arn:user/${aws:username}", "${aws:PrincipalTag/x}")
)
conditions = st.sampled_from(
    (None, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
     {"Bool": {"aws:MultiFactorAuthPresent": ["false"]}}, {"Null": {"aws:MultiFactorAuthAge": True}},
     {"StringEquals": {"aws:username": ["kim", "alex"]}}, {"StringNotLike": {"aws:username": "k*"}})
)  # fmt: skip


def some(of: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.one_of(of, st.lists(of, min_size=1, max_size=3))


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    made = {
        "Effect": draw(st.sampled_from(("Allow", "Allow", "Deny"))),
        draw(st.sampled_from(("Action", "NotAction"))): draw(some(action_patterns)),
        draw(st.sampled_from(("Resource", "NotResource"))): draw(some(resource_patterns)),
    }
    condition = draw(conditions)
    return {**made, "Condition": condition} if condition else made


policies = st.lists(statements(), max_size=4)


def literal(pattern: str) -> str:
    """The pattern as an expression, wildcards alone being special."""
    return fnmatch.translate(pattern.replace("[", "[[]"))


def means(statement: dict[str, Any], kind: str, value: str) -> bool:
    listed = statement.get(kind, statement.get(f"Not{kind}"))
    every = [listed] if isinstance(listed, str) else listed
    if kind == "Action":
        every, value = [one.lower() for one in every], value.lower()
    every = [one.replace("${aws:username}", "kim") for one in every if "PrincipalTag" not in one]
    found = any(re.fullmatch(literal(one), value) for one in every)
    return found if kind in statement else not found


def holds(condition: dict[str, Any] | None, factor: Factor) -> bool:
    if not condition:
        return True
    present = {Factor.GIVEN: "true", Factor.NOT_GIVEN: "false", Factor.NOT_TOLD: None}[factor]
    ((operator, (((_, wanted)),)),) = ((name, tuple(lines.items())) for name, lines in condition.items())
    return {
        "Bool": lambda: present is not None and present in (wanted if isinstance(wanted, list) else [wanted]),
        "BoolIfExists": lambda: present is None or present == wanted,
        "Null": lambda: factor is not Factor.GIVEN,
        "StringEquals": lambda: True,
        "StringNotLike": lambda: False,
    }[operator]()


def allowed(own: list[dict], bound: list[dict] | None, action: str, resource: str, factor: Factor) -> bool:
    """A request by the book: an explicit denial wins, then each of the two must allow it."""

    def meant(every: list[dict], effect: str) -> bool:
        return any(
            one["Effect"] == effect and means(one, "Action", action) and means(one, "Resource", resource)
            and holds(one.get("Condition"), factor)
            for one in every
        )  # fmt: skip

    if meant(own, "Deny") or meant(bound or [], "Deny"):
        return False
    return meant(own, "Allow") and (bound is None or meant(bound, "Allow"))


def rights(own: list[dict], bound: list[dict] | None) -> Rights:
    def have(every: list[dict]) -> tuple[Any, ...]:
        return tuple(held(REF, one, KIM) for one in parse(policy(*every)).statements)

    return Rights(have(own), None if bound is None else have(bound))


@settings(max_examples=400, deadline=None)
@given(own=policies, bound=st.one_of(st.none(), policies))
def test_every_request_of_a_small_world_is_judged_by_the_book(own, bound):
    """Exactly the requests that the book allows are granted, with each kind of second factor."""
    judged = rights(own, bound)
    for factor, action, resource in itertools.product(Factor, ACTIONS, RESOURCES):
        granted = judged.granted(action, resource, with_factor(KIM, factor))
        assert (granted is not None) == allowed(own, bound, action, resource, factor), (factor, action, resource)
        assert granted is None or not granted.unclear


@settings(max_examples=200, deadline=None)
@given(own=policies)
def test_somewhere_means_that_some_resource_is_granted(own):
    """Whatever one of the world's resources grants is found; what is found is a grant."""
    context = with_factor(KIM, Factor.GIVEN)
    judged = rights(own, None)
    without_denials = [one for one in own if one["Effect"] == "Allow"]
    generous = rights(without_denials, None)
    for action in ACTIONS:
        if any(generous.granted(action, resource, context) for resource in RESOURCES if resource.startswith("arn:")):
            assert generous.somewhere(action, "arn:*", context)
        if judged.somewhere(action, "*", context):
            assert judged.possible(action)


texts = st.text("ab:*?", max_size=8)


@given(pattern=texts, text=st.text("ab:", max_size=8))
def test_wildcards_mean_what_they_say(pattern, text):
    """As a regular expression of the pattern has it."""
    assert matches(pattern, text) == bool(re.fullmatch(literal(pattern), text))


@given(one=texts, other=texts)
def test_what_two_patterns_share_is_meant_by_both(one, other):
    """And where one covers the other, they share something."""
    shared = common(one, other)
    if shared is not None:
        assert matches(one, shared)
        assert matches(other, shared)
    if covers(one, other):
        assert shared is not None


@given(one=texts, other=texts, text=st.text("ab:", max_size=6))
def test_covering_is_never_said_wrongly(one, other, text):
    """All that the narrow pattern means is meant by the wide one; a shared text is never missed."""
    if covers(one, other) and matches(other, text):
        assert matches(one, text)
    if matches(one, text) and matches(other, text):
        assert common(one, other) is not None
