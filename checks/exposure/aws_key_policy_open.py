from __future__ import annotations

from checks.aws_public import Judged, Public, about, everybody
from posture.sdk import AwsOpenings, Iterator, ResourcePolicies, Severity, Verdict, check, fail

_RULING = ("kms:putkeypolicy", "kms:schedulekeydeletion", "kms:disablekey", "kms:creategrant")


@check(
    "exposure.aws-key-policy-open",
    title="A KMS key of the AWS account can be used by everybody",
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
def aws_key_policy_open(policies: ResourcePolicies, openings: AwsOpenings) -> Iterator[Verdict]:
    """The policy of a KMS key lets anybody with an AWS account use it, or change it, which is critical.

    Judged is the policy after its denials and conditions: one that asks for the caller's account (kms:CallerAccount) is
    not open. Keys that AWS manages are left out, since nobody can change their policies; so are grants.

    It is wrong where a key is meant to verify signatures or to encrypt for everybody.
    """

    def failed(one: Public) -> Verdict:
        return fail(
            f"Anybody with an AWS account is allowed {one.may} with the key {one.name} in {one.region}",
            subject=one.subject,
            severity=Severity.CRITICAL if _rules(one.actions) else Severity.HIGH,
            evidence=one.evidence(openings),
            name=one.name,
            arn=one.arn,
            region=one.region,
            may=one.may,
        )

    yield from everybody(policies, openings, (Judged("kms-key", "KMS keys", "kms:", failed),))


def _rules(actions: tuple[str, ...]) -> bool:
    """Whether the key itself can be changed or erased."""
    return any(about(actions, one) for one in _RULING)
