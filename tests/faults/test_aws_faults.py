"""Every question to AWS refused in turn, regions that fail, pages that are cut, throttling: never a pass for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import aws_account
import pytest
from aws_audit import facts_of, failing, gaps, judged
from aws_server import ENVIRONMENT, AwsServer, running_server
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posture.model.assessment import Assessment
from posture.model.verdict import Outcome, Verdict

NUMBER = "300000000002"
REGION = ("us-east-1",)
ENTRANCE = frozenset({"sts:AssumeRole", "ec2:DescribeRegions"})  # without which nothing is asked


OTHERWISE = {"s3:ListBuckets": "s3:ListAllMyBuckets", "s3:GetPublicAccessBlock": "PublicAccessBlock"}
"""How the permission is called where it is not called as the operation."""


SPARED = frozenset({"iam:ListOrganizationsFeatures", "iam:ListVirtualMFADevices"})
"""What decides nothing alone: a text is less exact, or each user is asked about instead."""


@dataclass(frozen=True, slots=True)
class World:
    """A server with an account full of faults, and what an undisturbed audit says of it."""

    server: AwsServer
    clean: Mapping[str, Assessment]
    asked: tuple[str, ...]

    def audited(self) -> Mapping[str, Assessment]:
        """What an audit says under the faults of now."""
        return judged(NUMBER, facts_of(NUMBER, REGION))


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Built once: the faults change what is answered, not what is there."""
    with running_server() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": server.url}.items():
            patch.setenv(name, value)
        patch.setattr("posture.collect.aws.session.TRIES", 1)
        aws_account.build(server, NUMBER, 0.03)
        server.forget()
        clean = judged(NUMBER, facts_of(NUMBER, REGION))
        yield World(server, clean, tuple(sorted(set(server.calls) - ENTRANCE)))


def lost(clean: Assessment, now: Assessment) -> bool:
    """Whether something that was found undisturbed is not found now, without a word that it was not looked at."""
    told = now.outcome is Outcome.NOT_ASSESSED or any(v.outcome is Outcome.NOT_ASSESSED for v in now.verdicts)
    return not told and (not failing(clean) <= failing(now) or _passes(now) != _passes(clean))


def _passes(assessment: Assessment) -> list[Verdict]:
    return [verdict for verdict in assessment.verdicts if verdict.outcome in {Outcome.PASS, Outcome.NOT_APPLICABLE}]


def silent(world: World, now: Mapping[str, Assessment]) -> list[str]:
    """The checks that lost something without a word."""
    return [check for check, clean in world.clean.items() if lost(clean, now[check])]


def test_every_operation_denied_makes_its_checks_not_assessed_by_the_permission(world: World):
    """No check passes for what it did not see, those that did not need the operation say what they always said."""
    wrong: list[str] = []
    for operation in world.asked:
        world.server.faults(denied=[operation])
        now = world.audited()
        changed = [check for check in world.clean if _said(now[check]) != _said(world.clean[check])]
        named = [check for check in changed if OTHERWISE.get(operation, operation) in gaps(now[check])]
        hidden = [check for check in changed if check not in named and not _worse_words(world.clean[check], now[check])]
        if hidden or not (named or operation in SPARED):
            said = [f"{check} says {gaps(now[check]) or _said(now[check])}" for check in hidden]
            wrong.append(f"{operation}: {said or 'no check misses it: it is asked for nothing, or its loss is hidden'}")
    world.server.faults()
    assert not wrong, "\n".join(wrong)


def _worse_words(clean: Assessment, now: Assessment) -> bool:
    """Whether the same is found as undisturbed, nothing passes that did not, and only the words know less."""
    return failing(now) == failing(clean) and {v.subject for v in _passes(now)} <= {v.subject for v in _passes(clean)}


def _said(assessment: Assessment) -> list[tuple[str, Outcome, str]]:
    return sorted((v.subject, v.outcome, v.summary) for v in assessment.verdicts)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_operations_denied_together_hide_nothing(world: World, data: st.DataObject):
    """What is missing is told, whatever is missing with it."""
    world.server.faults(denied=data.draw(st.lists(st.sampled_from(world.asked), min_size=2, unique=True)))
    assert silent(world, world.audited()) == []


def test_answers_that_are_none_hide_nothing(world: World):
    """Pages of a proxy in the place of every answer."""
    world.server.faults(garbled=world.asked)
    now = world.audited()
    assert silent(world, now) == []
    assert not any(one.outcome is Outcome.PASS for one in now.values())


def test_a_region_that_fails_hides_nothing(world: World):
    """With its only region gone, nothing regional passes; what has no region is judged as always."""
    world.server.faults(broken_regions=REGION)
    now = world.audited()
    assert silent(world, now) == []
    assert now["exposure.aws-security-group-open"].outcome is Outcome.NOT_ASSESSED
    assert failing(now["keys.aws-admin-principal"]) == failing(world.clean["keys.aws-admin-principal"])


def test_throttling_hides_nothing(world: World):
    """Three of ten calls refused and no second try: gaps, never passes."""
    world.server.faults(throttled=0.3)
    assert silent(world, world.audited()) == []


def test_a_clock_that_is_wrong_is_told_as_that(world: World):
    """AWS refuses every call then; nobody is sent to add a permission."""
    world.server.faults(skewed=True)
    now = world.audited()
    assert silent(world, now) == []
    assert "clock" in gaps(now["exposure.aws-bucket-public"])
    assert "not permitted" not in gaps(now["exposure.aws-bucket-public"])
