from dataclasses import replace
from datetime import date, timedelta

import typical_aws_versions as typical
from typical_aws_versions import AT, MACHINE, STATE, WHOLE, life, lives

from checks.packages.aws_cluster_version_ended import aws_cluster_version_ended
from checks.packages.aws_database_ended import aws_database_ended
from checks.packages.aws_instance_patches_missing import aws_instance_patches_missing
from checks.packages.aws_instance_unmanaged import aws_instance_unmanaged
from checks.packages.aws_lambda_runtime_ended import aws_lambda_runtime_ended
from posture.sdk import ClusterLives, DatabaseLives, Gap, Outcome, Phase, RuntimeLives, Severity, Unavailable, Why

GAP = (Gap("ssm:DescribeInstanceInformation", Why.DENIED, "eu-central-1"),)
FINE = life("rds-instance", "mysql", "8.4.3", Phase.SUPPORTED)


def outcomes(verdicts) -> list[Outcome]:
    return [verdict.outcome for verdict in verdicts]


def test_a_version_that_is_not_in_the_table_is_no_pass() -> None:
    """Nor is a table too old, a source that is not there, or a region that was refused."""
    assert outcomes(aws_database_ended.judge(lives(DatabaseLives, FINE))) == [Outcome.PASS]
    unknown = life("rds-instance", "oracle-ee", "19", Phase.UNKNOWN)
    for fact in (
        lives(DatabaseLives, FINE, unknown),
        lives(DatabaseLives, FINE, stale=True),
        lives(DatabaseLives, FINE, missing=("no caches",)),
        lives(DatabaseLives, FINE, gaps=GAP),
    ):
        assert outcomes(aws_database_ended.judge(fact)) == [Outcome.NOT_ASSESSED]
    assert outcomes(aws_database_ended.judge(lives(DatabaseLives))) == [Outcome.NOT_APPLICABLE]


def test_what_ended_is_graver_than_what_costs_extra() -> None:
    """Extended support still mends."""
    ended, extended = replace(FINE, phase=Phase.ENDED), replace(FINE, id="b", phase=Phase.EXTENDED)
    verdicts = list(aws_database_ended.judge(lives(DatabaseLives, ended, extended)))
    assert [verdict.severity for verdict in verdicts] == [Severity.HIGH, Severity.LOW]
    assert "2026-08-22" in verdicts[0].evidence[0].source
    (cluster,) = aws_cluster_version_ended.judge(
        lives(ClusterLives, life("eks-cluster", "eks", "1.31", Phase.EXTENDED))
    )
    assert cluster.severity is Severity.LOW


def test_a_function_that_can_no_longer_be_changed_is_graver() -> None:
    """Its own code cannot be mended either."""
    old = life("lambda-function", "", "python2.7", Phase.ENDED, ends=date(2022, 5, 30))
    newer = life("lambda-function", "", "python3.8", Phase.ENDED, ends=date(2027, 3, 3))
    verdicts = aws_lambda_runtime_ended.judge(lives(RuntimeLives, old, newer))
    assert [verdict.severity for verdict in verdicts] == [Severity.HIGH, Severity.MEDIUM]


def test_missing_patches_are_told_with_the_age_of_the_scan() -> None:
    """Critical ones first; a baseline's other patches weigh less."""
    other = replace(STATE, instance="i-2", critical=0, security=0)
    facts = typical.patches(other, STATE), typical.instances(MACHINE)
    verdicts = list(aws_instance_patches_missing.judge(*facts))
    assert [(verdict.severity, verdict.subject) for verdict in verdicts] == [
        (Severity.HIGH, f"eu-central-1/{STATE.instance}"),
        (Severity.MEDIUM, "eu-central-1/i-2"),
    ]
    assert "scanned 2 days before" in verdicts[0].evidence[0].observed


def test_a_machine_without_a_scan_of_today_is_no_pass() -> None:
    """Never scanned, scanned long ago, not known to Systems Manager, not listed."""
    machine = typical.instances(MACHINE)
    assert outcomes(aws_instance_patches_missing.judge(typical.patches(WHOLE), machine)) == [Outcome.PASS]
    for facts in (
        (typical.patches(), machine),
        (typical.patches(replace(WHOLE, scanned=AT - timedelta(days=31))), machine),
        (typical.patches(replace(WHOLE, scanned=None)), machine),
        (typical.patches(WHOLE), typical.instances(MACHINE, replace(MACHINE, id="i-2"))),
        (typical.patches(WHOLE), typical.instances(gaps=GAP)),
        (typical.patches(WHOLE), Unavailable("broken")),
        (typical.patches(WHOLE, gaps=GAP), machine),
    ):
        assert outcomes(aws_instance_patches_missing.judge(*facts)) == [Outcome.NOT_ASSESSED]
    nothing = aws_instance_patches_missing.judge(typical.patches(managed=()), typical.instances())
    assert outcomes(nothing) == [Outcome.NOT_APPLICABLE]


def test_machines_that_nobody_manages_are_one_finding_a_region() -> None:
    """The setting that mends it is one a region; a region that did not answer says nothing of its machines."""
    some = (MACHINE, replace(MACHINE, id="i-2"), replace(MACHINE, id="i-3", region="us-east-1"))
    none = typical.patches(managed=())
    verdicts = list(aws_instance_unmanaged.judge(typical.instances(*some), none))
    assert [verdict.subject for verdict in verdicts] == ["eu-central-1", "us-east-1"]
    assert aws_instance_unmanaged.info.severity is Severity.INFO
    silent = aws_instance_unmanaged.judge(typical.instances(MACHINE), replace(none, gaps=GAP))
    assert outcomes(silent) == [Outcome.NOT_ASSESSED]
    stopped = typical.instances(replace(MACHINE, state="stopped"))
    assert outcomes(aws_instance_unmanaged.judge(stopped, none)) == [Outcome.NOT_APPLICABLE]
    assert outcomes(aws_instance_unmanaged.judge(typical.instances(MACHINE), typical.patches())) == [Outcome.PASS]
