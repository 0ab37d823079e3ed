from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from time import process_time
from typing import Any

import pytest
from aws_policies import ACCOUNT, AT, EVERYTHING, OWN, account, allow, deny, inline, managed, policy, role, trust, user

from posture.engine.aws.derive import of_account
from posture.engine.aws.escalation_paths import paths
from posture.engine.aws.patterns import matches
from posture.engine.aws.powers import powers
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.iam import IamAuthorizations, IamGroup, PolicyText
from posture.facts.aws.powers import AwsPowers, Level, PrincipalPower
from posture.facts.aws.resource_policies import ResourcePolicies
from posture.facts.unavailable import Unavailable

MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
LAMBDA, EC2 = {"Service": "lambda.amazonaws.com"}, {"Service": "ec2.amazonaws.com"}
PROFILE = {"instance_profiles": (f"{OWN}:instance-profile/admin",)}


def power_of(name: str, *parts: object) -> PrincipalPower:
    (found,) = (one for one in powers(account(*parts)).principals if one.name == name)
    return found


def ids(power: PrincipalPower) -> set[str]:
    return {path.id for path in power.paths}


ADMIN = {
    "star": [allow("*")],
    "lists": [allow(["*"], ["*"])],
    "star-colon-star": [allow("*:*")],
    "all-but": [{"Effect": "Allow", "NotAction": "aws-portal:*", "Resource": "*"}],
    "all-but-resource": [{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::secret"}],
    "a-little-denied": [allow("*"), deny("cloudtrail:StopLogging")],
    "split": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, allow("iam:*")],
    "other-region-denied": [
        allow("*"),
        {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*",
         "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}}},
    ],
    "condition-of-nothing": [allow("*", Condition={"StringLike": {"aws:PrincipalArn": "*"}})],
    "still-valid": [allow("*", Condition={"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}})],
}  # fmt: skip
NO_ADMIN = {
    "denied": [allow("*"), deny("*")],
    "denied-by-not-action": [allow("*"), {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}],
    "denied-by-not-resource": [allow("*"), {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::own*"}],
    "one-bucket": [allow("*", "arn:aws:s3:::only-this/*")],
    "power-user": [{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}],
    "read": [allow(["s3:Get*", "iam:List*"])],
    "expired": [allow("*", Condition={"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}})],
    "impossible": [allow("*", Condition={"StringEquals": {"aws:PrincipalAccount": "000000000000"}})],
    "no-value": [allow("*", Condition={"StringEquals": {"aws:PrincipalArn": []}})],
    "for-somebody-else": [allow("*", Condition={"StringEquals": {"aws:username": "somebody-else"}})],
}


@pytest.mark.parametrize("statements", ADMIN.values(), ids=ADMIN)
def test_administrators(statements):
    """Whoever may do everything, identities included, is an administrator, however it is written."""
    assert power_of("kim", user("kim", *statements)).level is Level.ADMIN


@pytest.mark.parametrize("statements", NO_ADMIN.values(), ids=NO_ADMIN)
def test_no_administrators(statements):
    """What is denied, on one thing only, or never met, makes no administrator."""
    assert power_of("kim", user("kim", *statements)).level is Level.LIMITED


ESCALATION = {
    "attach": ([allow("iam:AttachUserPolicy")], "user-attach-policy"),
    "wildcard": ([allow("iam:Put*")], "user-put-policy"),
    "question-mark": ([allow("iam:PutUserPolic?")], "user-put-policy"),
    "upper-case": ([allow("IAM:putuserPOLICY")], "user-put-policy"),
    "not-action": ([{"Effect": "Allow", "NotAction": ["s3:*", "sts:*"], "Resource": f"{OWN}:user/*"}],
                   "user-attach-policy"),
    "own-arn": ([allow("iam:PutUserPolicy", f"{OWN}:user/kim")], "user-put-policy"),
    "own-by-variable": ([allow("iam:PutUserPolicy", f"{OWN}:user/${{aws:username}}")], "user-put-policy"),
    "access-key": ([allow("iam:CreateAccessKey")], "user-access-key"),
    "access-key-of-one": ([allow("iam:CreateAccessKey", f"{OWN}:user/boss")], "user-access-key"),
    "password": ([allow("iam:UpdateLoginProfile")], "user-login-profile-change"),
    "join": ([allow("iam:AddUserToGroup")], "group-join"),
    "trust": ([allow("iam:UpdateAssumeRolePolicy")], "role-trust"),
    "assume": ([allow("sts:AssumeRole", f"{OWN}:role/for-people")], "role-assume"),
    "assume-one-step-on": ([allow("sts:AssumeRole", f"{OWN}:role/step")], "role-assume"),
    "pass-lambda": ([allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"])],
                    "lambda-create-invoke"),
    "pass-lambda-split": ([allow("iam:PassRole"), allow("lambda:*", "arn:aws:lambda:*:*:function:dev-*")],
                          "lambda-create-invoke"),
    "pass-to-lambda-alone": ([
        allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
        allow("lambda:*")], "lambda-create-invoke"),
    "pass-ec2": ([allow(["iam:PassRole", "ec2:RunInstances"])], "ec2-run"),
    "pass-by-pattern": ([allow("iam:PassRole", f"{OWN}:role/adm*"), allow("ec2:RunInstances")], "ec2-run"),
    "change-function": ([allow("lambda:UpdateFunctionCode")], "lambda-code"),
    "shell": ([allow("ssm:StartSession", "arn:aws:ec2:*:*:instance/*")], "ec2-session"),
    "put-and-assume": ([allow("iam:PutRolePolicy", f"{OWN}:role/plain"),
                        allow("sts:AssumeRole", f"{OWN}:role/plain")], "role-put-policy"),
}  # fmt: skip
NO_ESCALATION = {
    "denied": [allow("iam:*"), deny("iam:*")],
    "denied-everywhere": [allow("iam:PutUserPolicy"), deny("iam:Put*", f"{OWN}:*")],
    "own-keys": [allow(["iam:CreateAccessKey", "iam:UpdateLoginProfile"], f"{OWN}:user/${{aws:username}}")],
    "other-user": [allow("iam:PutUserPolicy", f"{OWN}:user/nobody")],
    "pass-only": [allow("iam:PassRole")],
    "run-only": [allow("ec2:RunInstances")],
    "pass-weak-role": [allow("iam:PassRole", f"{OWN}:role/plain"), allow(["lambda:CreateFunction", "lambda:Invoke*"])],
    "pass-where-no-role-is": [allow("iam:PassRole", f"{OWN}:role/nothing*"), allow("lambda:CreateFunction")],
    "pass-to-service-without-role": [
        allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}),
        allow(["lambda:CreateFunction", "lambda:InvokeFunction"]),
    ],
    "assume-weak-role": [allow("sts:AssumeRole", f"{OWN}:role/plain")],
    "assume-role-that-does-not-trust": [allow("sts:AssumeRole", f"{OWN}:role/admin-lambda")],
    "attach-one-policy": [
        allow("iam:AttachUserPolicy", Condition={"ArnEquals": {"iam:PolicyARN": f"{OWN}:policy/read"}})
    ],
    "only-with-boundary": [
        allow("iam:PutUserPolicy", Condition={"StringEquals": {"iam:PermissionsBoundary": f"{OWN}:policy/bound"}})
    ],
    "service-linked": [allow("iam:UpdateAssumeRolePolicy", f"{OWN}:role/aws-service-role/*")],
    "own-user-variable-of-role": [allow("iam:PutUserPolicy", f"{OWN}:user/${{aws:PrincipalTag/owner}}")],
}


def world() -> tuple[object, ...]:
    """An account with somebody to become."""
    return (
        user("boss", EVERYTHING),
        IamGroup("admins", f"{OWN}:group/admins", inline=(inline(EVERYTHING),)),
        role("admin-lambda", LAMBDA, EVERYTHING),
        role("admin-ec2", EC2, EVERYTHING, **PROFILE),
        role("for-people", {"AWS": f"{OWN}:root"}, EVERYTHING),
        role("step", {"AWS": ACCOUNT}, allow("sts:AssumeRole", f"{OWN}:role/for-people")),
        role("plain", {"AWS": f"{OWN}:root", "Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}),
        replace(role("linked", LAMBDA, EVERYTHING), arn=f"{OWN}:role/aws-service-role/x.amazonaws.com/linked"),
        managed("bound", allow("s3:*")),
    )


@pytest.mark.parametrize(("statements", "path"), ESCALATION.values(), ids=ESCALATION)
def test_escalation(statements, path):
    """Permissions that lead to an administrator's in this very account are found, with the way."""
    power = power_of("kim", user("kim", *statements), *world())
    assert power.level is Level.ESCALATION
    assert path in ids(power)
    assert power.granted_by == ("inline (inline)",)


@pytest.mark.parametrize("statements", NO_ESCALATION.values(), ids=NO_ESCALATION)
def test_no_escalation(statements):
    """Permissions that look dangerous and lead nowhere in this account are not held against anybody."""
    power = power_of("kim", user("kim", *statements), *world())
    assert power.level is Level.LIMITED, power.paths


def test_two_harmless_policies_are_one_escalation():
    """Each alone leads nowhere; both are named."""
    passing, running = managed("passing", allow("iam:PassRole")), managed("running", allow("ec2:RunInstances"))
    group = IamGroup("devs", f"{OWN}:group/devs", (running.arn,))
    both = user("both", policies=(passing.arn,), groups=("devs",))
    parts = (passing, running, group, both, user("one", policies=(running.arn,)), *world())
    power = power_of("both", *parts)
    assert ids(power) == {"ec2-run"}
    assert set(power.granted_by) == {"passing", "running by group devs"}
    assert power_of("one", *parts).level is Level.LIMITED


def test_steps_are_followed_over_roles():
    """Kim may pass a role that may assume a role that is an administrator."""
    parts = (
        user("kim", allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "*")),
        role("worker", LAMBDA, allow("sts:AssumeRole", f"{OWN}:role/admin")),
        role("admin", {"AWS": f"{OWN}:root"}, EVERYTHING),
    )
    assert [path.target for path in power_of("kim", *parts).paths] == ["role worker"]
    assert power_of("worker", *parts).level is Level.ESCALATION


def test_a_circle_without_an_administrator_is_none():
    """Two roles that may assume each other gain nothing."""
    parts = (
        role("a", {"AWS": f"{OWN}:root"}, allow("sts:AssumeRole")),
        role("b", {"AWS": f"{OWN}:root"}, allow("sts:AssumeRole")),
    )
    assert power_of("a", *parts).level is Level.LIMITED


def test_a_trust_that_names_the_user_needs_no_permission():
    """And a denial still forbids it; a role that trusts anyone is told as that, not with every user."""
    named = role("admin", {"AWS": f"{OWN}:user/kim"}, EVERYTHING)
    assert ids(power_of("kim", user("kim"), named)) == {"role-assume"}
    assert power_of("kim", user("kim", deny("sts:AssumeRole")), named).level is Level.LIMITED
    anyone = role("admin", {"AWS": "*"}, EVERYTHING)
    assert power_of("kim", user("kim"), anyone).level is Level.LIMITED
    assert power_of("kim", user("kim", allow("sts:AssumeRole")), anyone).level is Level.ESCALATION


def test_boundaries_cut():
    """A boundary cuts rights and what could be added to them; whoever may take it off is held back by nothing."""
    bound = managed("bound", allow("s3:*"), allow("iam:DeleteUserPermissionsBoundary"))
    assert power_of("kim", user("kim", EVERYTHING, boundary=bound.arn), bound).level is Level.ESCALATION
    reading = managed("reading", allow(["s3:*", "iam:PutUserPolicy"]))
    assert power_of("kim", user("kim", EVERYTHING, boundary=reading.arn), reading).level is Level.LIMITED
    every = managed("every", EVERYTHING)
    assert power_of("kim", user("kim", EVERYTHING, boundary=every.arn), every).level is Level.ADMIN
    own = managed("own", allow(["s3:*", "iam:CreatePolicyVersion"]))
    assert ids(power_of("kim", user("kim", EVERYTHING, boundary=own.arn), own)) == {"boundary-policy-version"}


def moved(value: Any, partition: str) -> Any:
    """An account in another part of AWS: its ARNs say so, and in China the names of services too."""
    if isinstance(value, str):
        text = value.replace("arn:aws:", f"arn:{partition}:")
        return text.replace(".amazonaws.com", ".amazonaws.com.cn") if partition == "aws-cn" else text
    if isinstance(value, tuple):
        return tuple(moved(one, partition) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: moved(getattr(value, one.name), partition) for one in fields(value)})
    return value


@pytest.mark.parametrize("partition", ["aws-us-gov", "aws-cn"])
def test_other_parts_of_aws_are_judged_alike(partition):
    """Their ARNs begin otherwise, and China's services have names of their own."""
    bound = managed("bound", allow("*", ["arn:aws:s3:::*", f"{OWN}:*", "arn:aws:posture-asks:*"]))
    kim = user("kim", allow("iam:PutUserPolicy", f"{OWN}:user/kim"), boundary=bound.arn)
    passing = user("ann", allow("*", "arn:aws:sts:::x"), allow(["iam:PassRole", "lambda:*"]))
    every = account(kim, passing, bound, role("admin", LAMBDA, EVERYTHING))
    here, there = powers(every), powers(moved(every, partition))
    levels = {one.name: (one.level, ids(one)) for one in here.principals}
    assert levels["kim"][0] is levels["ann"][0] is Level.ESCALATION
    assert {one.name: (one.level, ids(one)) for one in there.principals} == levels


def test_a_boundary_that_was_not_told_is_none():
    """It is named as not known: the audit does not assume that it cuts."""
    power = power_of("kim", user("kim", EVERYTHING, boundary=f"{OWN}:policy/lost"))
    assert power.level is Level.ADMIN
    assert "lost" in power.unclear


WITHOUT_MFA = {
    "no-mention": ([allow("*")], Level.ADMIN),
    "bool": ([allow("*", Condition=MFA)], Level.LIMITED),
    "bool-if-exists": ([allow("*", Condition={"BoolIfExists": MFA["Bool"]})], Level.ADMIN),
    "age": ([allow("*", Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})], Level.LIMITED),
    "null": ([allow("*", Condition={"Null": {"aws:MultiFactorAuthAge": "false"}})], Level.LIMITED),
    "deny-if-exists": (
        [allow("*"), deny("*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})], Level.LIMITED),
    "deny-bool-misses-keys": (
        [allow("*"), deny("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}})], Level.ADMIN),
    "deny-null-age": ([allow("*"), deny("*", Condition={"Null": {"aws:MultiFactorAuthAge": "true"}})], Level.LIMITED),
}  # fmt: skip


@pytest.mark.parametrize(("statements", "without"), WITHOUT_MFA.values(), ids=WITHOUT_MFA)
def test_without_a_second_factor(statements, without):
    """What is left without a second factor: with an access key the keys of the condition are not there at all."""
    power = power_of("kim", user("kim", *statements))
    assert (power.level, power.without_mfa) == (Level.ADMIN, without)


def test_a_trust_may_ask_for_a_second_factor():
    """Then the role is out of reach without one."""
    guarded = role("admin", trust({"AWS": f"{OWN}:root"}, Condition=MFA), EVERYTHING)
    power = power_of("kim", user("kim", allow("sts:AssumeRole")), guarded)
    assert (power.level, power.without_mfa) == (Level.ESCALATION, Level.LIMITED)


def test_conditions_that_cannot_be_judged_are_taken_as_met_and_told():
    """An address or an organization may be the principal's own."""
    power = power_of("kim", user("kim", allow("*", Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})))
    assert power.level is Level.ADMIN
    assert "aws:sourceip" in power.unclear


def test_functions_and_machines_that_are_known_must_have_the_role():
    """Changing a function's code leads to its own role: where all functions are known, one must have it."""
    parts = account(user("kim", allow("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:dev-*")), *world())
    function = "arn:aws:lambda:eu-west-1:123456789012:function:"

    def level(*things: tuple[str, str]) -> Level:
        found = powers(parts, {"lambda.amazonaws.com": things, "ec2.amazonaws.com": ()})
        return next(one.level for one in found.principals if one.name == "kim")

    assert level((f"{function}dev-a", f"{OWN}:role/admin-lambda")) is Level.ESCALATION
    assert level((f"{function}prod-a", f"{OWN}:role/admin-lambda")) is Level.LIMITED
    assert level((f"{function}dev-a", f"{OWN}:role/plain")) is Level.LIMITED


def test_services_granted_whole():
    """A service wildcard counts on all resources, after denials."""
    power = power_of("kim", user("kim", allow(["s3:*", "kms:*"]), allow("sqs:*", "arn:aws:sqs:*:*:a"), deny("kms:*")))
    assert power.wildcards == ("s3:*",)
    assert power.granted_by == ("inline (inline)",)


HOSTILE = ("", "no json", "[]", "null", '{"Statement": 1}', '{"Statement": [{"Effect": "allow"}]}',
           '{"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"}}',
           '{"Statement": {"Effect": "Allow", "Action": 7, "Resource": "*"}}', "[" * 50_000,
           '{"Statement": {"Effect": "Allow", "Action": "*"}}', " " * 70_000,
           json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": 3}}))  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_policy_that_is_not_understood_never_looks_clean(text):
    """Its principal is unclear, and there is a gap."""
    kim = replace(user("kim"), inline=(PolicyText("odd", "", text),))
    found = powers(account(kim))
    assert "odd" in found.principals[0].unclear
    assert found.principals[0].unread == ("odd (inline)",)
    assert [gap.why for gap in found.gaps] == [Why.FAULT]


def test_wildcards_take_no_time():
    """A pattern made to be slow is not."""
    pattern = "*a" * 500 + "b"
    began = process_time()
    power_of("kim", user("kim", allow([pattern, f"iam:{pattern}"], [pattern, f"arn:{pattern}"]), deny("*", pattern)))
    assert process_time() - began < 5


@pytest.mark.parametrize("pattern", ["*" + "a" * 1000 + "b*", "*" + "a?" * 500 + "b*", "*a" * 1000 + "b"])
def test_a_pattern_that_nearly_fits_everywhere_takes_no_time(pattern):
    """A thousand names that all begin to fit are compared in the blink of an eye."""
    began = process_time()
    assert not any(matches(pattern, "a" * (2000 + more % 2)) for more in range(100))
    assert process_time() - began < 5


def test_gaps_are_carried():
    """What was not read stays not read; nothing read, nothing known."""
    gap = Gap("iam:GetAccountAuthorizationDetails", Why.THROTTLED)
    derived = of_account({IamAuthorizations: replace(account(), gaps=(gap,)), ResourcePolicies: Unavailable("denied")})
    assert derived[AwsPowers].gaps == (gap,)
    assert of_account({IamAuthorizations: Unavailable("no"), ResourcePolicies: Unavailable("denied")})[
        AwsPowers
    ] == Unavailable("no")


def test_roles_that_only_aws_changes_are_left_alone():
    """They are told as reserved, and no way leads through them."""
    power = power_of("linked", *world())
    assert power.reserved
    assert power.level is Level.ADMIN


def test_the_ways_are_well_formed():
    """Each has an id of its own, permissions that exist in form, and a service where one is needed."""
    every = paths()
    assert len(every) == len({path.id for path in every}) >= 65
    for path in every:
        assert all(":" in permission for permission in path.permissions), path.id
        assert bool(path.service) == (path.kind in {"pass", "existing"}), path.id
        assert path.kind != "pass" or path.permissions[0] == "iam:PassRole"


def test_a_policy_text_is_understood_once():
    """Three hundred users with one policy are no three hundred policies."""
    shared = managed("shared", allow("s3:GetObject"))
    users = [user(f"u{number}", policies=(shared.arn,)) for number in range(300)]
    found = powers(account(shared, *users))
    assert len(found.principals) == 300
    assert found.observed == AT
    assert policy(allow("s3:GetObject")) == shared.document
