from __future__ import annotations

from dataclasses import replace

from checks.aws_public import Judged, Public, everybody
from posture.sdk import AwsOpenings, Iterator, Opening, ResourcePolicies, Severity, Verdict, check, fail

_URL = "lambda:invokefunctionurl"


@check(
    "exposure.aws-function-public",
    title="A Lambda function can be called or changed by everybody",
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
def aws_function_public(policies: ResourcePolicies, openings: AwsOpenings) -> Iterator[Verdict]:
    """The policy of a Lambda function lets anybody with an AWS account call it.

    Judged is the policy after its denials and conditions: a service of AWS that may call it for one of your buckets or
    topics (aws:SourceArn, aws:SourceAccount) is not everybody. Looked at are the policies of the unpublished version
    and of aliases that have a URL; other versions and aliases have policies of their own. What lets everybody use the
    function's URL alone belongs to the finding about URLs.

    It is wrong where a function is offered to everybody on purpose.
    """

    def failed(one: Public) -> Verdict:
        return fail(
            f"Anybody with an AWS account is allowed {one.may} at the function {one.name} in {one.region}",
            subject=one.subject,
            evidence=one.evidence(openings),
            name=one.name,
            region=one.region,
            may=one.may,
            statements=one.statements,
        )

    calls = replace(openings, openings=tuple(one for one in openings.openings if not _by_url_alone(one)))
    yield from everybody(policies, calls, (Judged("lambda-function", "functions", "lambda:", failed),))


def _by_url_alone(one: Opening) -> bool:
    return one.kind == "lambda-function" and all(action == _URL for action in one.actions)
