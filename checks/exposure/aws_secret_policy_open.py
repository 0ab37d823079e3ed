from __future__ import annotations

from checks.aws_public import Judged, Public, everybody
from posture.sdk import AwsOpenings, Iterator, ResourcePolicies, Severity, Verdict, check, fail


@check(
    "exposure.aws-secret-policy-open",
    title="A secret in AWS Secrets Manager is open to everybody",
    clause="4.4",
    severity=Severity.HIGH,
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
def aws_secret_policy_open(policies: ResourcePolicies, openings: AwsOpenings) -> Iterator[Verdict]:
    """The policy of a secret lets anybody with an AWS account read or change it.

    Judged is the policy after its denials and conditions. The secret itself is never read. Whoever reads it from
    another account needs its key in KMS, too, which is judged by itself.

    It is wrong where that key is closed to others: then the policy promises what AWS does not keep. Close it all the
    same.
    """

    def failed(one: Public) -> Verdict:
        return fail(
            f"Anybody with an AWS account is allowed {one.may} at the secret {one.name} in {one.region}",
            subject=one.subject,
            evidence=one.evidence(openings),
            name=one.name,
            arn=one.arn,
            region=one.region,
            may=one.may,
        )

    yield from everybody(policies, openings, (Judged("secret", "secrets", "secretsmanager:", failed),))
