from __future__ import annotations

from collections import defaultdict

from checks.aws import unseen
from checks.wording import count, listed
from posture.sdk import (
    Ec2Instance,
    Ec2Instances,
    Evidence,
    InstancePatches,
    Iterator,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)

NAMED = 20  # machines in the text


@check(
    "packages.aws-instance-unmanaged",
    title="Machines are not known to Systems Manager",
    clause="4.1",
    severity=Severity.INFO,
    controls=(
        "cis@8.1:7.3",
        "iso27001@2022:A.8.8",
        "nist-csf@2.0:PR.PS-02",
        "nist-800-53@5:SI-2", "nist-800-53@5:SI-2(2)",
        "nis2@2022:21(2)(g)",
        "nis2-annex@2024:6.6.1",
        "soc2@2017:CC7.1",
        "bsi-c5@2020:OPS-18",
        "bsi-grundschutz@2023:OPS.1.1.3.A3",
    ),
)  # fmt: skip
def aws_instance_unmanaged(instances: Ec2Instances, patches: InstancePatches) -> Iterator[Verdict]:
    """Running machines whose agent of Systems Manager was never heard of: what they lack is seen by nobody in AWS.

    It is information, since patches may be installed otherwise; the audit over SSH sees that for machines of the
    inventory. One finding a region, for the setting that brings all its machines is one a region.

    It is wrong for machines that are kept up to date by replacing them, as nodes of clusters are: accept it then.
    """
    managed = {(one.region, one.id) for one in patches.managed}
    silent = {gap.region for gap in patches.gaps if gap.action == "ssm:DescribeInstanceInformation"}
    running = [one for one in instances.instances if one.state == "running"]
    missing: dict[str, list[Ec2Instance]] = defaultdict(list)
    for one in running:
        if (one.region, one.id) not in managed and not {one.region, ""} & silent:
            missing[one.region].append(one)
    for region, some in missing.items():
        yield _failure(region, some, instances)
    gaps = (*instances.gaps, *(gap for gap in patches.gaps if gap.action == "ssm:DescribeInstanceInformation"))
    yield from unseen(gaps)
    if missing or gaps:
        return
    where = f"in {count(len(instances.regions), 'region')}"
    if running:
        yield passed(f"Systems Manager knows all {count(len(running), 'running machine')} {where}")
    else:
        yield not_applicable(f"No running machine {where}")


def _failure(region: str, some: list[Ec2Instance], instances: Ec2Instances) -> Verdict:
    names = tuple(f"{one.id} ({one.name})" if one.name else one.id for one in some)
    bare = tuple(one.id for one in some if not one.profile)
    seen = Evidence(
        f"ssm:DescribeInstanceInformation in {region}", f"not there: {listed(names, 50)}", instances.observed
    )
    return fail(
        f"Systems Manager does not know {count(len(some), 'running machine')} in {region}: {listed(names, 3)}",
        subject=region,
        evidence=(seen,),
        region=region,
        machines=names[:NAMED],
        count=len(some),
        bare=len(bare),
    )
