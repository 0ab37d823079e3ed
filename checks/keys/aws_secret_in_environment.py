from __future__ import annotations

from checks.aws import unseen
from checks.keys import aws_secrets
from checks.wording import count, listed
from posture.sdk import (
    BuildProjectLeaks,
    Gap,
    Iterator,
    LambdaFunction,
    LambdaFunctions,
    LeakPlace,
    PlaceLeaks,
    Severity,
    TaskDefinitionLeaks,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "keys.aws-secret-in-environment",
    title="A secret stands in the environment of a function, a container or a build",
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
def aws_secret_in_environment(
    functions: LambdaFunctions | Unavailable,
    tasks: TaskDefinitionLeaks | Unavailable,
    builds: BuildProjectLeaks | Unavailable,
) -> Iterator[Verdict]:
    """A password, key or token stands in clear in a variable of a Lambda function, an ECS task or a CodeBuild project.

    Whoever may list functions, describe tasks or get projects reads it, which most roles for looking may. Read are the
    variables of every function's newest version, variables and commands of the newest active revision of every ECS
    family, and plain variables and inline build commands of every project. As grave as the gravest of what was found.
    References to Secrets Manager and Systems Manager are where a secret belongs, and are no findings. One finding a
    function, family or project.

    It is wrong where a value was made up and looks real, or a variable is called a password and holds none. Published
    versions of functions, older revisions of tasks, variables that a build is started with, and files that a task loads
    from S3 are not seen.
    """
    gaps: list[Gap] = []
    found, looked = 0, []
    for service, fact in (("lambda", functions), ("ecs", tasks), ("codebuild", builds)):
        if isinstance(fact, Unavailable):
            continue
        gaps += fact.gaps
        every = _of_functions(fact) if isinstance(fact, LambdaFunctions) else fact.places
        places = [place for place in every if place.secrets]
        for place in places:
            yield _failure(service, place, fact)
        found += len(places)
        looked.append((len(fact.functions) if isinstance(fact, LambdaFunctions) else fact.read, _WORDS[service]))
    unknown = (*aws_secrets.reasons(functions, tasks, builds), *_hidden(functions))
    if unknown:
        yield not_assessed("; ".join(unknown))
    yield from unseen(gaps)
    if not (found or unknown or gaps):
        if any(number for number, _ in looked):
            yield passed(f"No secret of a known form in {listed([count(*one) for one in looked if one[0]])}")
        else:
            yield not_applicable("No Lambda function, ECS task definition or CodeBuild project")


_WORDS = {"lambda": "Lambda function", "ecs": "ECS task definition", "codebuild": "CodeBuild project"}
_SOURCES = {
    "lambda": "lambda:ListFunctions",
    "ecs": "ecs:DescribeTaskDefinition",
    "codebuild": "codebuild:BatchGetProjects",
}


def _of_functions(fact: LambdaFunctions) -> tuple[LeakPlace, ...]:
    return tuple(LeakPlace(one.name, one.arn, one.region, one.secrets) for one in fact.functions)


def _hidden(functions: LambdaFunctions | Unavailable) -> tuple[str, ...]:
    if isinstance(functions, Unavailable):
        return ()
    hidden: list[LambdaFunction] = [one for one in functions.functions if one.hidden]
    names = listed(f"{one.name} ({one.region})" for one in hidden)
    return (f"The environment of {names} is under a key that the audit may not use",) if hidden else ()


def _failure(service: str, place: LeakPlace, fact: LambdaFunctions | PlaceLeaks) -> Verdict:
    what = f"{_WORDS[service]} {place.name}"
    return fail(
        f"{listed(aws_secrets.kinds(place.secrets), 3)} in the environment of {what} in {place.region}",
        subject=f"{place.region}/{service}/{place.name}",
        severity=aws_secrets.worst(place.secrets),
        evidence=aws_secrets.evidence(f"{_SOURCES[service]}, {what} in {place.region}", place.secrets, fact.observed),
        engine=service,
        what=what,
        name=place.name,
        region=place.region,
        version=place.version,
        secrets=aws_secrets.named(place.secrets),
        replaced=aws_secrets.replaced(place.secrets),
    )
