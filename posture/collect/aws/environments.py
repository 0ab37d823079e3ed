"""Secrets in the settings of containers, builds and stacks, which everybody who may describe them can read.

Source: API references of Amazon ECS (ListTaskDefinitions, DescribeTaskDefinition), AWS CodeBuild (ListProjects,
BatchGetProjects) and AWS CloudFormation (DescribeStacks: a parameter with NoEcho comes as asterisks).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from posture.collect.aws.api import Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.errors import Unanswered
from posture.collect.aws.fields import Item, arn, items, number, text
from posture.collect.aws.regional import listed
from posture.collect.aws.texts import each_once, in_command, in_text, in_variables
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.leaks import BuildProjectLeaks, LeakPlace, StackLeaks, TaskDefinitionLeaks
from posture.facts.factset import Facts
from posture.facts.leaks import LeakedSecret

AT_ONCE = 100  # projects that BatchGetProjects takes
_NOT_PLAIN = frozenset({"PARAMETER_STORE", "SECRETS_MANAGER"})


def read_task_definitions(asked: Asked) -> Facts:
    """`TaskDefinitionLeaks`."""
    call = Call("ecs", "ListTaskDefinitions", {"status": "ACTIVE", "sort": "DESC"})
    names, gaps = _names(asked, call, "taskDefinitionArns")
    newest = [(region, one) for region, some in names for one in _newest(some)]
    places, more = asked.api.each(lambda one: _task(asked, *one), newest)
    found = tuple(place for place in places if place.secrets)
    return {TaskDefinitionLeaks: TaskDefinitionLeaks(found, len(places), asked.api.regions, (*gaps, *more), asked.at)}


def _names(asked: Asked, call: Call, key: str) -> tuple[list[tuple[str, list[str]]], tuple[Gap, ...]]:
    """The names under `key` in each region."""
    answers, lost = asked.api.in_regions(lambda region: (region, asked.api.listing(replace(call, region=region), key)))
    names = [(region, [name for name in listing.items if isinstance(name, str)]) for region, listing in answers]
    return names, (*lost, *(gap for _, listing in answers for gap in listing.gaps))


def _newest(arns: Sequence[str]) -> list[str]:
    """The newest revision of each family (``…:task-definition/shop:7``)."""
    newest: dict[str, tuple[int, str]] = {}
    for one in arns:
        family, _, revision = one.rpartition(":")
        if revision.isascii() and revision.isdigit() and len(revision) < 10:
            newest[family] = max(newest.get(family, (0, "")), (int(revision), one))
    return [name for _, name in newest.values()]


def _task(asked: Asked, region: str, name: str) -> LeakPlace:
    call = Call("ecs", "DescribeTaskDefinition", {"taskDefinition": name}, region, name)
    answer = asked.api.ask(call).get("taskDefinition")
    task: Item = answer if isinstance(answer, dict) else {}
    if not task:
        raise Unanswered(call.gap(Why.FAULT, "an answer without a task definition"))
    found = [secret for container in items(task, "containerDefinitions") for secret in _container(asked, container)]
    version = str(number(task, "revision") or name.rpartition(":")[2])
    family = text(task, "family") or name.rpartition("/")[2].partition(":")[0]
    return LeakPlace(family, arn(task, "taskDefinitionArn") or name, region, each_once(found), version)


def _container(asked: Asked, container: Item) -> Iterator[LeakedSecret]:
    """The variables by their names; those of a container's secrets are references, and are not given."""
    name = text(container, "name")
    found = [
        *in_variables(asked, _pairs(container, "environment", "name", "value")),
        *in_command(asked, (*_raw(container, "entryPoint"), *_raw(container, "command")), "command"),
    ]
    yield from (replace(secret, path=f"{name}: {secret.path}" if name else secret.path) for secret in found)


def read_build_projects(asked: Asked) -> Facts:
    """`BuildProjectLeaks`."""
    names, gaps = _names(asked, Call("codebuild", "ListProjects"), "projects")
    batches = [(region, some[at : at + AT_ONCE]) for region, some in names for at in range(0, len(some), AT_ONCE)]
    places, more = asked.api.each(lambda batch: _projects(asked, *batch), batches)
    every = [place for some in places for place in some]
    found = tuple(place for place in every if place.secrets)
    return {BuildProjectLeaks: BuildProjectLeaks(found, len(every), asked.api.regions, (*gaps, *more), asked.at)}


def _projects(asked: Asked, region: str, names: Sequence[str]) -> list[LeakPlace]:
    call = Call("codebuild", "BatchGetProjects", {"names": list(names)}, region)
    answer = asked.api.ask(call)
    if len(names) > len(list(items(answer, "projects"))) + len(_raw(answer, "projectsNotFound")):
        raise Unanswered(call.gap(Why.FAULT, "not all projects are in the answer"))
    return [
        LeakPlace(text(project, "name"), arn(project, "arn"), region, each_once(_project(asked, project)))
        for project in items(answer, "projects")
    ]


def _project(asked: Asked, project: Item) -> Iterator[LeakedSecret]:
    environment = project.get("environment")
    variables = items(environment, "environmentVariables") if isinstance(environment, dict) else iter(())
    plain = [one for one in variables if one.get("type") not in _NOT_PLAIN]
    yield from in_variables(asked, _pairs({"plain": plain}, "plain", "name", "value"))
    source = project.get("source")
    commands = source.get("buildspec") if isinstance(source, dict) else None
    if isinstance(commands, str) and "\n" in commands:  # else it is the path of a file in the source
        yield from in_text(asked, commands.encode(), "build commands")


def read_stacks(asked: Asked) -> Facts:
    """`StackLeaks`."""
    told = listed(asked, Call("cloudformation", "DescribeStacks"), "Stacks")
    every = [
        LeakPlace(text(stack, "StackName"), arn(stack, "StackId"), region, _stack(asked, stack))
        for region, stack in told.items
    ]
    found = tuple(place for place in every if place.secrets)
    return {StackLeaks: StackLeaks(found, len(every), asked.api.regions, told.gaps, asked.at)}


def _stack(asked: Asked, stack: Item) -> tuple[LeakedSecret, ...]:
    parameters = in_variables(asked, _pairs(stack, "Parameters", "ParameterKey", "ParameterValue"))
    outputs = in_variables(asked, _pairs(stack, "Outputs", "OutputKey", "OutputValue"))
    return (
        *(replace(secret, path=f"parameter {secret.path}") for secret in parameters),
        *(replace(secret, path=f"output {secret.path}") for secret in outputs),
    )


def _pairs(one: Item, key: str, name: str, value: str) -> list[tuple[str, str]]:
    """Names and values of a list, those that are text."""
    return [
        (each[name], each[value])
        for each in items(one, key)
        if isinstance(each.get(name), str) and isinstance(each.get(value), str)
    ]


def _raw(one: Item, key: str) -> tuple[str, ...]:
    value = one.get(key)
    return tuple(word for word in value if isinstance(word, str)) if isinstance(value, list) else ()
