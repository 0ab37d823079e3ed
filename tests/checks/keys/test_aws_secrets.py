from dataclasses import replace
from datetime import UTC, datetime

import typical_aws_leaks as typical
from typical_aws_leaks import DENIED, MACHINE, PARAMETER, SHOP, TEMPLATE, secret

from checks.keys.aws_parameter_plain import aws_parameter_plain
from checks.keys.aws_secret_in_environment import aws_secret_in_environment
from checks.keys.aws_secret_in_stack import aws_secret_in_stack
from checks.keys.aws_secret_in_user_data import aws_secret_in_user_data
from posture.sdk import Gap, Outcome, Severity, Why

GAP = (Gap("x:Y", Why.DENIED, "eu-central-1"),)


def outcomes(verdicts) -> list[Outcome]:
    return [verdict.outcome for verdict in verdicts]


def test_machines_of_a_template_are_told_with_it() -> None:
    """What stands in the template is mended there; a machine with more than that is a finding of its own."""
    more = replace(MACHINE, instance="i-2", secrets=(secret(), secret(digit="7")))
    verdicts = list(aws_secret_in_user_data.judge(typical.user_data(MACHINE, more), typical.templates(TEMPLATE)))
    assert [verdict.subject for verdict in verdicts] == ["eu-central-1/lt-0a1b2c3d4e5f60718", "eu-central-1/i-2"]
    assert MACHINE.instance in verdicts[0].summary
    assert len(verdicts[1].evidence) == 2


def test_the_gravest_secret_weighs_and_an_ended_one_is_information() -> None:
    """One finding a machine, as grave as the worst of what it shows."""
    ended = secret(severity=Severity.INFO, expired=datetime(2025, 4, 1, tzinfo=UTC))
    (verdict,) = aws_secret_in_user_data.judge(
        typical.user_data(replace(MACHINE, secrets=(ended,))), typical.templates()
    )
    assert verdict.severity is Severity.INFO
    both = replace(MACHINE, secrets=(ended, secret(severity=Severity.CRITICAL, digit="6")))
    (verdict,) = aws_secret_in_user_data.judge(typical.user_data(both), typical.templates())
    assert verdict.severity is Severity.CRITICAL
    assert "ended on 2025-04-01" in verdict.evidence[0].observed


def test_user_data_that_was_not_read_is_no_pass() -> None:
    """A pass takes all machines and all templates."""
    clean = replace(MACHINE, secrets=())
    assert outcomes(aws_secret_in_user_data.judge(typical.user_data(clean), typical.templates())) == [Outcome.PASS]
    for facts in (
        (typical.user_data(clean, gaps=GAP), typical.templates()),
        (typical.user_data(clean), typical.templates(gaps=GAP)),
    ):
        assert outcomes(aws_secret_in_user_data.judge(*facts)) == [Outcome.NOT_ASSESSED]
    nothing = aws_secret_in_user_data.judge(typical.user_data(), typical.templates(read=0))
    assert outcomes(nothing) == [Outcome.NOT_APPLICABLE]


def test_all_secrets_of_a_function_are_one_finding() -> None:
    """It is changed once; every variable is named."""
    two = replace(SHOP, secrets=(*SHOP.secrets, secret("TOKEN", 0, "8")))
    (verdict,) = aws_secret_in_environment.judge(typical.functions(two), typical.tasks(), typical.builds())
    assert [one.observed.split(":")[0] for one in verdict.evidence] == ["DB_PASSWORD", "TOKEN"]


def test_environments_that_were_not_seen_are_no_pass() -> None:
    """A kind that is not there, an environment under a foreign key, a region that was refused."""
    clean, tasks, builds = typical.functions(replace(SHOP, secrets=())), typical.tasks(), typical.builds()
    assert outcomes(aws_secret_in_environment.judge(clean, tasks, builds)) == [Outcome.PASS]
    hidden = typical.functions(replace(SHOP, secrets=(), hidden=True))
    for facts in ((DENIED, tasks, builds), (hidden, tasks, builds), (clean, typical.tasks(gaps=GAP), builds)):
        assert outcomes(aws_secret_in_environment.judge(*facts)) == [Outcome.NOT_ASSESSED]
    nothing = aws_secret_in_environment.judge(typical.functions(), typical.tasks(read=0), typical.builds(read=0))
    assert outcomes(nothing) == [Outcome.NOT_APPLICABLE]


def test_stacks_and_parameters_that_were_not_read_are_no_pass() -> None:
    """What was found stands beside the gap."""
    assert outcomes(aws_secret_in_stack.judge(typical.stacks())) == [Outcome.PASS]
    assert outcomes(aws_secret_in_stack.judge(typical.stacks(gaps=GAP))) == [Outcome.NOT_ASSESSED]
    assert outcomes(aws_secret_in_stack.judge(typical.stacks(read=0))) == [Outcome.NOT_APPLICABLE]
    seen = aws_secret_in_stack.judge(typical.stacks(typical.stack("output Token"), gaps=GAP))
    assert outcomes(seen) == [Outcome.FAIL, Outcome.NOT_ASSESSED]
    assert outcomes(aws_parameter_plain.judge(typical.parameters())) == [Outcome.PASS]
    assert outcomes(aws_parameter_plain.judge(typical.parameters(gaps=GAP))) == [Outcome.NOT_ASSESSED]
    assert outcomes(aws_parameter_plain.judge(typical.parameters(read=0))) == [Outcome.NOT_APPLICABLE]
    two = typical.parameters(PARAMETER, replace(PARAMETER, name="/x/token"))
    assert len({verdict.subject for verdict in aws_parameter_plain.judge(two)}) == 2
