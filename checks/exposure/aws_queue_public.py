from __future__ import annotations

from checks.aws_public import Judged, Public, everybody
from posture.sdk import AwsOpenings, Iterator, ResourcePolicies, Severity, Verdict, check, fail


@check(
    "exposure.aws-queue-public",
    title="A queue or topic of the AWS account is open to everybody",
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
def aws_queue_public(policies: ResourcePolicies, openings: AwsOpenings) -> Iterator[Verdict]:
    """The policy of an SQS queue or an SNS topic lets anybody send to it, read from it or change it.

    Judged is the policy after its denials and conditions: one that asks for the owner's account (aws:SourceOwner, as
    every new topic has), an organization, a network, or the ARN of what sends is not open to everybody.

    It is wrong where everybody is meant to subscribe to a topic, as to one with public announcements.
    """

    def failed(one: Public) -> Verdict:
        queue = one.kind == "sqs-queue"
        return fail(
            f"Anybody is allowed {one.may} at the {'queue' if queue else 'topic'} {one.name} in {one.region}",
            subject=f"{'queue' if queue else 'topic'} {one.subject}",
            evidence=one.evidence(openings),
            queue=queue,
            name=one.name,
            arn=one.arn,
            region=one.region,
            may=one.may,
            statements=one.statements,
        )

    kinds = (Judged("sqs-queue", "queues", "sqs:", failed), Judged("sns-topic", "topics", "sns:", failed))
    yield from everybody(policies, openings, kinds)
