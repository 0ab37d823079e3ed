from __future__ import annotations

from checks.packages import aws_versions
from posture.sdk import Iterator, Lives, RuntimeLives, Severity, Verdict, VersionLife, check, fail


@check(
    "packages.aws-lambda-runtime-ended",
    title="A Lambda function runs on a runtime that gets no security updates",
    clause="4.1",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:2.2",
        "iso27001@2022:A.8.8",
        "nist-csf@2.0:ID.AM-08", "nist-csf@2.0:PR.PS-02",
        "nist-800-53@5:SA-22",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.6.1",
        "pci-dss@4.0.1:12.3.4",
        "soc2@2017:CC7.1",
        "bsi-c5@2020:OPS-18",
        "bsi-grundschutz@2023:OPS.1.1.3.A15",
    ),
)  # fmt: skip
def aws_lambda_runtime_ended(runtimes: RuntimeLives) -> Iterator[Verdict]:
    """The runtime of a function is deprecated: AWS mends no flaws in it any more.

    High once AWS also refuses to change such functions, for then their code can no longer be mended either. Judged by a
    table of AWS's dates that comes with the program, as of the day that the function was seen; a runtime that the table
    does not know is not assessed. Functions from container images have no runtime of AWS, and are not judged.

    It is wrong where AWS has moved a date since the day of the table, which the finding names.
    """
    yield from aws_versions.judged(runtimes, _failure, "function with a runtime of AWS")


def _failure(one: VersionLife, lives: Lives) -> Verdict:
    locked = one.ends is not None and one.ends < lives.observed.date()
    return fail(
        f"Function {one.id} in {one.region} runs on {one.version}, without security updates{aws_versions.since(one)}",
        subject=f"{one.region}/{one.id}",
        severity=Severity.HIGH if locked else Severity.MEDIUM,
        evidence=aws_versions.evidence(one, lives),
        name=one.id,
        region=one.region,
        runtime=one.version,
        since=str(one.standard or ""),
        until=str(one.ends or ""),
        locked=locked,
    )
