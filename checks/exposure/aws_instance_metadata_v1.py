from __future__ import annotations

from checks.aws import unseen
from checks.wording import count, listed
from posture.sdk import (
    Ec2Instance,
    Ec2Instances,
    Evidence,
    Iterator,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "exposure.aws-instance-metadata-v1",
    title="A machine's metadata service answers without a token (IMDSv1)",
    clause="4.4",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:4.8",
        "iso27001@2022:A.8.9",
        "nist-csf@2.0:PR.PS-01",
        "nist-800-53@5:CM-7",
        "nis2@2022:21(2)(e)",
        "pci-dss@4.0.1:2.2.4",
        "soc2@2017:CC6.8",
        "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:SYS.1.1.A6",
    ),
)  # fmt: skip
def aws_instance_metadata_v1(instances: Ec2Instances) -> Iterator[Verdict]:
    """The metadata service of a machine of EC2 answers any request from it, also without a token (version 1).

    A website that can be brought to fetch an address (server-side request forgery) then hands the machine's credentials
    of AWS to a stranger; version 2 asks for a token first, which such a request cannot get. It is high where the
    machine has an instance profile (credentials to steal) and an address of the internet, low without a profile.
    Terminated machines are not judged; stopped ones are.

    It can be wrong where nothing on the machine fetches addresses for others. That programs still use version 1 is told
    by the metric MetadataNoToken, which is not read here.
    """
    open_ = [one for one in instances.instances if one.metadata and one.metadata_tokens == "optional"]
    strange = [one.id for one in instances.instances if one.metadata and one.metadata_tokens not in _KNOWN]
    for one in open_:
        yield _failure(one, instances)
    yield from unseen(instances.gaps)
    if strange:
        yield not_assessed(f"AWS did not say which version the metadata service of {listed(strange)} takes")
    if open_ or strange or instances.gaps:
        return
    where = listed(instances.regions)
    if instances.instances:
        yield passed(f"{count(len(instances.instances), 'machine')}: all ask for a token, or have it off ({where})")
    else:
        yield not_applicable(f"There is no machine of EC2 ({where})")


_KNOWN = ("optional", "required")


def _failure(one: Ec2Instance, instances: Ec2Instances) -> Verdict:
    called = f"{one.id} ({one.name})" if one.name else one.id
    severity = Severity.MEDIUM if one.profile else Severity.LOW
    if one.profile and one.public_addresses:
        severity = Severity.HIGH
    role = one.profile.rsplit("/", 1)[-1]
    with_ = f", credentials of {role} with it" if role else ""
    told = f"{one.region} {called}, {one.state}: HttpTokens optional, profile {role or 'none'}"
    return fail(
        f"The metadata service of {called} in {one.region} answers without a token{with_}",
        subject=f"{one.region} {one.id}",
        severity=severity,
        evidence=[Evidence("ec2:DescribeInstances", told, instances.observed)],
        instance=one.id,
        name=one.name,
        region=one.region,
        role=role,
        public=bool(one.public_addresses),
        group=one.group,
    )
