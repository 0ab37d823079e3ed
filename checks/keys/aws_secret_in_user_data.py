from __future__ import annotations

from checks.aws import unseen
from checks.keys import aws_secrets
from checks.wording import count, listed
from posture.sdk import (
    InstanceUserData,
    Iterator,
    LaunchTemplateLeaks,
    LeakPlace,
    Severity,
    UserData,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "keys.aws-secret-in-user-data",
    title="A secret stands in the user data of a machine",
    clause="4.3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:3.11",
        "iso27001@2022:A.5.17", "iso27001@2022:A.8.3",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:IA-5", "nist-800-53@5:IA-5(7)",
        "nis2@2022:21(2)(h)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:9.2.c",
        "pci-dss@4.0.1:8.6.2",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:CRY-04", "bsi-c5@2020:IDM-08",
        "bsi-grundschutz@2023:CON.1.A4",
    ),
)  # fmt: skip
def aws_secret_in_user_data(machines: InstanceUserData, templates: LaunchTemplateLeaks) -> Iterator[Verdict]:
    """A password, key or token stands in the user data of a virtual machine or of a launch template.

    User data is no place for secrets: whoever may describe the machine reads it, and so does every program on it,
    from the metadata service, also one that is made to fetch an address for somebody outside. Read is the user data of
    every machine, and of the latest and the default version of every launch template: scripts, cloud-init's settings,
    compressed and in parts. As grave as the gravest of what was found; one that has ended by itself is information.
    One finding a machine or template; machines with secrets of a template alone are told with it.

    It is wrong where a secret was made up, or has been replaced and the user data was forgotten: clean it all the same.
    Secrets of no known form, and other versions of a template, are not seen. Text that a machine downloads at its
    start is not read.
    """
    leaking = [machine for machine in machines.machines if machine.secrets]
    made: set[str] = set()
    places = [place for place in templates.places if place.secrets]
    for place in places:
        here = [machine.instance for machine in leaking if _holds(place, machine)]
        made.update(here)
        yield _of_template(place, here, templates)
    for machine in leaking:
        if machine.instance not in made:
            yield _of_machine(machine, machines)
    gaps = (*machines.gaps, *templates.gaps)
    yield from unseen(gaps)
    if gaps or leaking or places:
        return
    if machines.machines or templates.read:
        yield passed(
            f"No secret of a known form in the user data of {count(len(machines.machines), 'machine')} and "
            f"{count(templates.read, 'version')} of launch templates in {count(len(machines.regions), 'region')}"
        )
    else:
        yield not_applicable(f"No machine and no launch template in {count(len(machines.regions), 'region')}")


def _holds(place: LeakPlace, machine: UserData) -> bool:
    """Whether all that a machine has stands in a template of its region, too."""
    own = {secret.fingerprint for secret in machine.secrets}
    return place.region == machine.region and own <= {secret.fingerprint for secret in place.secrets}


def _of_template(place: LeakPlace, here: list[str], templates: LaunchTemplateLeaks) -> Verdict:
    with_it = f", and in that of {count(len(here), 'machine')} made from it ({listed(here, 3)})" if here else ""
    source = f"ec2:DescribeLaunchTemplateVersions, {place.id} version {place.version} in {place.region}"
    return fail(
        f"{listed(aws_secrets.kinds(place.secrets), 3)} in the user data of launch template {place.name} "
        f"in {place.region}{with_it}",
        subject=f"{place.region}/{place.id}",
        severity=aws_secrets.worst(place.secrets),
        evidence=aws_secrets.evidence(source, place.secrets, templates.observed),
        template=True,
        id=place.id,
        version=place.version,
        region=place.region,
        secrets=aws_secrets.named(place.secrets),
        replaced=aws_secrets.replaced(place.secrets),
        machines=tuple(here),
    )


def _of_machine(machine: UserData, machines: InstanceUserData) -> Verdict:
    source = f"ec2:DescribeInstanceAttribute, {machine.instance} in {machine.region}"
    return fail(
        f"{listed(aws_secrets.kinds(machine.secrets), 3)} in the user data of {machine.instance} in {machine.region}",
        subject=f"{machine.region}/{machine.instance}",
        severity=aws_secrets.worst(machine.secrets),
        evidence=aws_secrets.evidence(source, machine.secrets, machines.observed),
        template=False,
        id=machine.instance,
        version="",
        region=machine.region,
        secrets=aws_secrets.named(machine.secrets),
        replaced=aws_secrets.replaced(machine.secrets),
        machines=(),
    )
