from __future__ import annotations

from checks.aws_public import Judged, Public, everybody
from posture.sdk import AwsOpenings, Iterator, ResourcePolicies, Severity, Verdict, check, fail


@check(
    "exposure.aws-registry-public",
    title="A private container registry of the AWS account is open to everybody",
    clause="4.4",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:3.3",
        "iso27001@2022:A.8.3",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-3", "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "pci-dss@4.0.1:1.4.4",
        "soc2@2017:CC6.1", "soc2@2017:CC6.6",
        "bsi-c5@2020:OPS-23",
    ),
)  # fmt: skip
def aws_registry_public(policies: ResourcePolicies, openings: AwsOpenings) -> Iterator[Verdict]:
    """The policy of an ECR repository lets anybody with an AWS account fetch its images, or put some there (critical).

    Images hold the program and often a key or password in one of their layers. Judged is the policy after its denials
    and conditions (an organization, a list of accounts). Public registries (ECR Public) are public on purpose and are
    not looked at; nor is the policy of the registry as a whole, which is about copies between accounts.

    It is wrong where the images are given to everybody on purpose.
    """

    def failed(one: Public) -> Verdict:
        return fail(
            f"Anybody with an AWS account is allowed {one.may} at the repository {one.name} in {one.region}",
            subject=one.subject,
            severity=Severity.CRITICAL if one.writes else Severity.MEDIUM,
            evidence=one.evidence(openings),
            name=one.name,
            region=one.region,
            may=one.may,
            writes=one.writes,
        )

    yield from everybody(policies, openings, (Judged("ecr-repository", "container repositories", "ecr:", failed),))
