from __future__ import annotations

from checks.aws_public import Judged, Public, everybody
from posture.sdk import AwsOpenings, Iterator, ResourcePolicies, Severity, Verdict, check, fail


@check(
    "exposure.aws-secret-policy-open",
    title="A secret in AWS Secrets Manager is open to everybody",
    clause="4.4",
    severity=Severity.HIGH,
    controls=("CIS-8.1/3.3", "ISO-27001:2022/A.8.3", "NIST-CSF-2.0/PR.AA-05", "PCI-DSS-4.0.1/1.4.4"),
)
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
