from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typical_aws_powers import (
    ADMIN,
    ANYONE,
    CLIMBING,
    GITHUB,
    NO_KEYS,
    OTHER,
    ROLE,
    WIDE,
    last_use,
    powers,
    report,
    trusts,
)

from checks.keys.aws_admin_principal import aws_admin_principal
from checks.keys.aws_permissions_unused import aws_permissions_unused
from checks.keys.aws_privilege_escalation import aws_privilege_escalation
from checks.keys.aws_role_trust_federated import aws_role_trust_federated
from checks.keys.aws_role_trust_open import aws_role_trust_open
from checks.keys.aws_role_trust_third_party import aws_role_trust_third_party
from checks.keys.aws_service_wildcard import aws_service_wildcard
from posture.sdk import Gap, Level, Outcome, Severity, Whom, Why

DENIED = Gap("iam:GetAccountAuthorizationDetails", Why.DENIED)
PLAIN = replace(ADMIN, level=Level.LIMITED, without_mfa=Level.LIMITED, policies=(), granted_by=())


@pytest.mark.parametrize(
    ("power", "keys", "who", "severity"),
    [
        (ADMIN, report(), trusts(), Severity.HIGH),
        (ADMIN, report(active=False), trusts(), Severity.MEDIUM),
        (ADMIN, NO_KEYS, trusts(), Severity.MEDIUM),
        (replace(ADMIN, without_mfa=Level.LIMITED), report(), trusts(), Severity.LOW),
        (ROLE, report(), trusts(), Severity.LOW),
        (ROLE, report(), trusts(OTHER), Severity.MEDIUM),
    ],
)
def test_an_administrator_weighs_what_it_takes_to_be_it(only, power, keys, who, severity):
    """A key in a file weighs most, a role for this account least."""
    verdict = only(aws_admin_principal, powers(power), keys, who)
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, severity)
    assert verdict.subject == f"{power.kind} {power.name}"
    assert "AdministratorAccess" in verdict.evidence[0].observed


def test_a_known_way_is_told_with_its_proof(only):
    """What it takes, over whom, by which policies; the denial closes it and stops no honest work."""
    verdict = only(aws_privilege_escalation, powers(CLIMBING))
    assert verdict.summary.endswith("(role admin), and in 1 other way")
    assert "iam:PassRole + lambda:CreateFunction" in verdict.evidence[1].observed
    denial = json.loads("".join(dict(verdict.details)["denial"]))
    assert denial["Statement"][0]["Action"] == ["iam:PassRole", "lambda:UpdateFunctionCode"]


@pytest.mark.parametrize(
    ("check", "facts"),
    [
        (aws_admin_principal, (powers(PLAIN, replace(ROLE, reserved=True)), report(), trusts())),
        (aws_privilege_escalation, (powers(PLAIN, ADMIN, replace(CLIMBING, reserved=True)),)),
        (aws_service_wildcard, (powers(PLAIN, replace(ADMIN, wildcards=("s3:*",))),)),
        (aws_role_trust_open, (trusts(OTHER, replace(ANYONE, limits=("aws:PrincipalOrgID",))), powers())),
        (
            aws_role_trust_third_party,
            (
                trusts(
                    ANYONE,
                    replace(OTHER, external_id=True),
                    replace(OTHER, unclear="aws:principalorgid StringEquals o-abc"),
                ),
                powers(),
            ),
        ),
        (aws_role_trust_federated, (trusts(replace(GITHUB, subject_checked=True)), powers())),
    ],
)
def test_look_alikes_pass(only, check, facts):
    """What is limited, reserved for AWS or told by another check is no finding."""
    assert only(check, *facts).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("check", "facts"),
    [
        (aws_admin_principal, (powers(gaps=(DENIED,)), report(), trusts())),
        (aws_privilege_escalation, (powers(PLAIN, gaps=(DENIED,)),)),
        (aws_service_wildcard, (powers(PLAIN, gaps=(DENIED,)),)),
        (aws_role_trust_open, (trusts(gaps=(DENIED,)), powers())),
        (aws_role_trust_third_party, (trusts(gaps=(DENIED,)), powers())),
        (aws_role_trust_federated, (trusts(gaps=(DENIED,)), powers())),
    ],
)
def test_what_was_not_read_is_not_clean(only, check, facts):
    """The permission that it takes is named."""
    verdict = only(check, *facts)
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "iam:GetAccountAuthorizationDetails" in verdict.summary


@pytest.mark.parametrize(
    ("opening", "role", "severity"),
    [
        (ANYONE, ROLE, Severity.CRITICAL),
        (ANYONE, replace(ROLE, level=Level.ESCALATION), Severity.CRITICAL),
        (ANYONE, replace(ROLE, level=Level.LIMITED), None),
        (replace(ANYONE, external_id=True), ROLE, Severity.MEDIUM),
    ],
)
def test_an_open_role_weighs_what_it_may_do(only, opening, role, severity):
    """A role for anybody that is an administrator gives the account away."""
    assert only(aws_role_trust_open, trusts(opening), powers(role)).severity is severity


def test_one_finding_for_a_role_and_one_for_each_stranger(outcomes):
    """Two statements for anyone are mended at once; two accounts are asked apart."""
    assert list(outcomes(aws_role_trust_open, trusts(ANYONE, ANYONE), powers())) == ["role deploy"]
    found = outcomes(aws_role_trust_third_party, trusts(OTHER, replace(OTHER, who="333344445555")), powers())
    assert list(found) == ["role deploy for 999988887777", "role deploy for 333344445555"]


def test_a_provider_for_everybody_weighs_more_than_an_own_one(only):
    """Strangers' workflows against the own cluster's."""
    own = replace(GITHUB, who="arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC")
    limited = powers(replace(ROLE, level=Level.LIMITED))
    assert only(aws_role_trust_federated, trusts(GITHUB), powers(ROLE)).severity is Severity.CRITICAL
    assert only(aws_role_trust_federated, trusts(GITHUB), limited).severity is Severity.HIGH
    assert only(aws_role_trust_federated, trusts(own), limited).severity is None
    nobody = only(aws_role_trust_federated, trusts(replace(GITHUB, whom=Whom.ANYONE)), powers())
    assert nobody.outcome is Outcome.NOT_APPLICABLE


def test_whole_services_are_named(only):
    """As the policy grants them."""
    assert "s3:*, kms:*" in only(aws_service_wildcard, powers(WIDE)).summary


@pytest.mark.parametrize(
    ("used", "power", "outcome"),
    [
        (("s3", "kms"), ADMIN, Outcome.FAIL),
        (("s3", "kms", "ec2"), ADMIN, Outcome.PASS),
        ((), replace(PLAIN, wildcards=("s3:*",)), Outcome.FAIL),
        ((), PLAIN, Outcome.NOT_APPLICABLE),
    ],
)
def test_a_key_is_held_against_what_it_was_used_for(only, used, power, outcome):
    """Far-reaching rights, less than half of the services used: the reduced policy has those alone."""
    verdict = only(aws_permissions_unused, last_use(*used), powers(power))
    assert verdict.outcome is outcome
    if outcome is Outcome.FAIL:
        policy = json.loads("".join(dict(verdict.details)["reduced"]))
        assert policy["Statement"][0]["Action"] == [f"{service}:*" for service in used]
    gap = Gap("iam:GenerateServiceLastAccessedDetails", Why.DENIED)
    assert only(aws_permissions_unused, last_use(gaps=(gap,)), powers(PLAIN)).outcome is Outcome.NOT_ASSESSED
