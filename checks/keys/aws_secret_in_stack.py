from __future__ import annotations

from checks.aws import unseen
from checks.keys import aws_secrets
from checks.wording import count, listed
from posture.sdk import (
    Iterator,
    LeakPlace,
    Severity,
    StackLeaks,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "keys.aws-secret-in-stack",
    title="A CloudFormation stack shows a secret",
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
def aws_secret_in_stack(stacks: StackLeaks) -> Iterator[Verdict]:
    """A password, key or token stands in clear in a parameter or an output of a CloudFormation stack.

    Whoever may describe stacks reads both. Parameters that the template marks NoEcho are shown as asterisks by AWS and
    are no findings; an output shows whatever it is made from. Read are all stacks that were not deleted, their nested
    ones too. As grave as the gravest of what was found; one finding a stack.

    It is wrong where a value was made up and looks real, or a parameter is called a password and holds none. Secrets in
    the text of a template itself, and of no known form, are not seen.
    """
    places = [stack for stack in stacks.places if stack.secrets]
    for stack in places:
        yield _failure(stack, stacks)
    yield from unseen(stacks.gaps)
    if places or stacks.gaps:
        return
    if stacks.read:
        yield passed(
            f"No secret of a known form in parameters and outputs of {count(stacks.read, 'stack')} "
            f"in {count(len(stacks.regions), 'region')}"
        )
    else:
        yield not_applicable(f"No CloudFormation stack in {count(len(stacks.regions), 'region')}")


def _failure(stack: LeakPlace, stacks: StackLeaks) -> Verdict:
    source = f"cloudformation:DescribeStacks, {stack.name} in {stack.region}"
    return fail(
        f"{listed(aws_secrets.kinds(stack.secrets), 3)} in {listed([one.path for one in stack.secrets], 3)} "
        f"of stack {stack.name} in {stack.region}",
        subject=f"{stack.region}/{stack.name}",
        severity=aws_secrets.worst(stack.secrets),
        evidence=aws_secrets.evidence(source, stack.secrets, stacks.observed),
        name=stack.name,
        region=stack.region,
        secrets=aws_secrets.named(stack.secrets),
        replaced=aws_secrets.replaced(stack.secrets),
        parameters=any(one.path.startswith("parameter ") for one in stack.secrets),
        outputs=any(one.path.startswith("output ") for one in stack.secrets),
    )
