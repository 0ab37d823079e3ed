from __future__ import annotations

from checks.aws import unseen
from checks.wording import count
from posture.sdk import (
    Evidence,
    Iterator,
    PlainParameter,
    PlainParameters,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "keys.aws-parameter-plain",
    title="A parameter with the name of a secret is kept in clear",
    clause="4.3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:3.11",
        "iso27001@2022:A.5.17", "iso27001@2022:A.8.24",
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
def aws_parameter_plain(parameters: PlainParameters) -> Iterator[Verdict]:
    """A parameter of Systems Manager whose name says password, secret, token or key is a String, no SecureString.

    A String is kept in clear: whoever may get parameters has it, without leave to use any key, and its history holds
    every value it had. Only names and types are asked for; no value is read.

    It is wrong where the value is no secret, for instance a reference to one or a password for a test: then give it a
    name that says so, or accept the risk. Secrets under other names are not seen.
    """
    for parameter in parameters.parameters:
        yield _failure(parameter, parameters)
    yield from unseen(parameters.gaps)
    if parameters.parameters or parameters.gaps:
        return
    if parameters.read:
        yield passed(
            f"No name of {count(parameters.read, 'parameter')} kept in clear says that it is a secret, "
            f"in {count(len(parameters.regions), 'region')}"
        )
    else:
        yield not_applicable(f"No parameter is kept in clear in {count(len(parameters.regions), 'region')}")


def _failure(parameter: PlainParameter, parameters: PlainParameters) -> Verdict:
    changed = f", last changed {parameter.modified:%Y-%m-%d}" if parameter.modified else ""
    source = f"ssm:DescribeParameters in {parameter.region}"
    return fail(
        f"{parameter.name} in {parameter.region} is kept in clear ({parameter.kind})",
        subject=f"{parameter.region}/{parameter.name}",
        evidence=(Evidence(source, f"{parameter.name}: Type {parameter.kind}{changed}", parameters.observed),),
        name=parameter.name,
        region=parameter.region,
    )
