"""Secrets in the settings of an account: found where they stand, and never in what is kept or told."""

from __future__ import annotations

import base64
import gzip
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import pytest
from aws_answers import Answers
from aws_server import AwsServer, account_api
from botocore.parsers import ResponseParserError

from posture.collect.aws import cloud_init
from posture.collect.aws.api import Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.environments import read_build_projects, read_stacks, read_task_definitions
from posture.collect.aws.parameters import read_parameters, says_secret
from posture.collect.aws.user_data import read_launch_templates, read_user_data
from posture.collect.leaks.detector import own_detector
from posture.engine.clock import utc_now
from posture.facts.aws.gap import Why
from posture.facts.aws.leaks import (
    BuildProjectLeaks,
    InstanceUserData,
    LaunchTemplateLeaks,
    PlainParameters,
    StackLeaks,
    TaskDefinitionLeaks,
)
from posture.facts.factset import Facts

DETECTOR = own_detector(b"k" * 32)
PASSWORD = "kT9-vq2Lw8Xz"
SCRIPT = f"#!/bin/bash\nexport DB_PASSWORD={PASSWORD}\n".encode()
LAUNCHED = datetime(2026, 11, 1, 3, 4, tzinfo=UTC)


def asked(answers: Answers, earlier: Facts | None = None) -> Asked:
    return Asked(answers.api(), utc_now(), earlier or {}, DETECTOR)


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


def machines(*some: str, state: str = "running", launched: datetime = LAUNCHED) -> Mapping[str, Any]:
    made = [{"InstanceId": one, "State": {"Name": state}, "LaunchTime": launched} for one in some]
    return {"Reservations": [{"Instances": made}]}


def told(data: bytes) -> Answers:
    return Answers(
        {
            "ec2:DescribeInstances": machines("i-1"),
            "ec2:DescribeInstanceAttribute": {"InstanceId": "i-1", "UserData": {"Value": packed(data)}},
        }
    )


def user_data(answers: Answers, earlier: Facts | None = None) -> InstanceUserData:
    fact = read_user_data(asked(answers, earlier))[InstanceUserData]
    assert isinstance(fact, InstanceUserData)
    return fact


def in_parts() -> bytes:
    archive = MIMEMultipart()
    archive.attach(MIMEText("#cloud-config\npackages: [nginx]\n", "cloud-config"))
    archive.attach(MIMEText(SCRIPT.decode(), "x-shellscript", "utf-8"))
    return archive.as_bytes()


ENCODED = "user data, encoded file 1"
ZIPPED = packed(gzip.compress(SCRIPT, mtime=0))


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (SCRIPT, "user data"),
        (gzip.compress(SCRIPT, mtime=0), "user data"),
        (in_parts(), "user data, part 2"),
        (gzip.compress(in_parts(), mtime=0), "user data, part 2"),
        (f"#cloud-config\nwrite_files:\n- content: |\n    DB_PASSWORD={PASSWORD}\n".encode(), "user data"),
        (f"#cloud-config\nchpasswd:\n  list: |\n    root:{PASSWORD}\n".encode(), "user data"),
        (f"#cloud-config\nwrite_files:\n- encoding: b64\n  content: {packed(SCRIPT)}\n".encode(), ENCODED),
        (f"#cloud-config\nwrite_files:\n- content: !!binary |\n    {packed(SCRIPT)}\n  path: /x\n".encode(), ENCODED),
        (f"write_files:\n- {{encoding: gz+b64}}\n- content: '{ZIPPED}'\n".encode(), ENCODED),
        (f"<powershell>\n$env:DB_PASSWORD = '{PASSWORD}'\n</powershell>".encode(), "user data"),
    ],
)
def test_user_data_is_read_in_every_form_that_cloud_init_takes(data: bytes, path: str):
    """Compressed, in parts, as settings and as PowerShell: the secret is found, and its value is nowhere."""
    fact = user_data(told(data))
    (machine,) = fact.machines
    assert [secret.path for secret in machine.secrets] == [path]
    assert PASSWORD not in repr(fact)
    assert fact.gaps == ()


def test_what_cannot_be_unpacked_is_no_clean_user_data():
    """A bomb, a torn archive, too many parts: the machine is named as not read whole."""
    torn = gzip.compress(SCRIPT)[:-9]
    bomb = gzip.compress(bytes(5 << 20))
    nested = gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(SCRIPT)))))
    many = b'Content-Type: multipart/mixed; boundary="x"\n\n' + b"--x\n\na\n" * 300
    for data in (torn, bomb, nested, many):
        (gap,) = user_data(told(data)).gaps
        assert (gap.action, gap.about, gap.why) == ("ec2:DescribeInstanceAttribute", "i-1", Why.LIMIT)
    assert cloud_init.parts("é")[1] is False


def test_user_data_of_a_machine_that_still_runs_is_not_asked_again():
    """It cannot change while the machine runs; started anew, stopped, or judged by other rules it is asked."""
    first = user_data(told(SCRIPT))
    again = told(b"#!/bin/sh\n")
    assert user_data(again, {InstanceUserData: first}).machines == first.machines
    assert again.count("ec2:DescribeInstanceAttribute") == 0
    for listed in (machines("i-1", launched=LAUNCHED + timedelta(days=1)), machines("i-1", state="stopped")):
        other = told(b"#!/bin/sh\n")
        other.given = {**other.given, "ec2:DescribeInstances": listed}
        assert user_data(other, {InstanceUserData: first}).machines[0].secrets == ()
    assert user_data(told(b"#!/bin/sh\n"), {InstanceUserData: replace(first, rules="old")}).machines[0].secrets == ()


def test_user_data_that_was_refused_is_asked_again_and_told():
    """One machine's refusal leaves the others judged."""
    answers = told(SCRIPT)

    def one(params: Mapping[str, Any]) -> Mapping[str, Any]:
        return Answers.refused("UnauthorizedOperation") if params["InstanceId"] == "i-2" else {"UserData": {}}

    answers.given = {
        "ec2:DescribeInstances": machines("i-1", "i-2"),
        "ec2:DescribeInstanceAttribute": one,
    }
    fact = user_data(answers)
    assert [machine.instance for machine in fact.machines] == ["i-1"]
    assert [(gap.about, gap.why) for gap in fact.gaps] == [("i-2", Why.DENIED)]


def test_an_answer_that_cannot_be_parsed_is_not_quoted():
    """botocore's error holds the body, and that may be user data."""
    gap = Call("ec2", "DescribeInstanceAttribute").failed(ResponseParserError(f"invalid XML received:\n{PASSWORD}"))
    assert (gap.why, PASSWORD in gap.said) == (Why.FAULT, False)


def test_both_versions_of_a_launch_template_are_one_thing():
    """The latest and the default version in one question; what stands in both is told with one template."""
    version = {
        "LaunchTemplateId": "lt-1",
        "LaunchTemplateName": "shop",
        "LaunchTemplateData": {"UserData": packed(SCRIPT)},
    }
    clean = {**version, "LaunchTemplateId": "lt-2", "VersionNumber": 1, "LaunchTemplateData": {}}
    versions = [
        {**version, "VersionNumber": 2},
        {**version, "VersionNumber": 1},
        {**version, "VersionNumber": 2},
        clean,
    ]
    answers = Answers({"ec2:DescribeLaunchTemplateVersions": {"LaunchTemplateVersions": versions}})
    fact = read_launch_templates(asked(answers))[LaunchTemplateLeaks]
    (place,) = fact.places
    assert (place.name, place.id, place.version, fact.read) == ("shop", "lt-1", "2", 3)
    assert [secret.path for secret in place.secrets] == ["user data", "version 1: user data"]


def test_the_newest_revision_of_each_task_is_read():
    """Variables and commands of its containers; references to secrets are where they belong."""
    prefix = "arn:aws:ecs:us-east-1:111122223333:task-definition/"
    container = {
        "name": "web",
        "environment": [{"name": "DB_PASSWORD", "value": PASSWORD}, {"name": "STAGE", "value": "prod"}],
        "secrets": [{"name": "TOKEN", "valueFrom": "arn:aws:secretsmanager:us-east-1:111122223333:secret:x"}],
        "command": ["serve", f"--token={PASSWORD[::-1]}"],
    }
    task = {"taskDefinition": {"taskDefinitionArn": f"{prefix}shop:10", "family": "shop", "revision": 10,
                               "containerDefinitions": [container]}}  # fmt: skip
    arns = [f"{prefix}shop:9", f"{prefix}shop:10", f"{prefix}shop:2"]
    answers = Answers({"ecs:ListTaskDefinitions": {"taskDefinitionArns": arns}, "ecs:DescribeTaskDefinition": task})
    fact = read_task_definitions(asked(answers))[TaskDefinitionLeaks]
    (place,) = fact.places
    assert [params["taskDefinition"] for name, params in answers.asked if "Describe" in name] == [f"{prefix}shop:10"]
    assert {secret.path for secret in place.secrets} == {"web: DB_PASSWORD", "web: command"}
    assert (place.name, place.version, fact.read) == ("shop", "10", 1)
    assert PASSWORD not in repr(fact)


def test_plain_variables_of_builds_are_read():
    """Variables that name a secret elsewhere hold none; build commands within the project are read."""
    variables = [
        {"name": "API_TOKEN", "value": PASSWORD, "type": "PLAINTEXT"},
        {"name": "DB_PASSWORD", "value": "shop-database", "type": "SECRETS_MANAGER"},
    ]
    spec = f"version: 0.2\nphases:\n  build:\n    commands:\n      - mysql -u root -p{PASSWORD[::-1]}\n"
    project = {"name": "shop", "arn": "arn:x", "environment": {"environmentVariables": variables},
               "source": {"buildspec": spec}}  # fmt: skip
    answers = Answers(
        {"codebuild:ListProjects": {"projects": ["shop"]}, "codebuild:BatchGetProjects": {"projects": [project]}}
    )
    fact = read_build_projects(asked(answers))[BuildProjectLeaks]
    (place,) = fact.places
    assert [secret.path for secret in place.secrets] == ["API_TOKEN", "build commands"]
    assert PASSWORD not in repr(fact)


def test_builds_that_are_left_out_of_the_answer_are_a_gap():
    """One that was erased since is told by AWS as not found; silence about one is no clean build."""

    def gaps_with(**answer: object) -> list[Why]:
        said = {"codebuild:ListProjects": {"projects": ["shop"]}, "codebuild:BatchGetProjects": answer}
        return [gap.why for gap in read_build_projects(asked(Answers(said)))[BuildProjectLeaks].gaps]

    assert gaps_with() == gaps_with(projects=[]) == [Why.FAULT]
    assert gaps_with(projects=[], projectsNotFound=["shop"]) == []


def test_parameters_and_outputs_of_stacks_are_read():
    """What NoEcho hides comes as asterisks, and is none."""
    stack = {
        "StackName": "shop",
        "StackId": "arn:x",
        "Parameters": [
            {"ParameterKey": "DBPassword", "ParameterValue": PASSWORD},
            {"ParameterKey": "ApiToken", "ParameterValue": "****"},
        ],
        "Outputs": [{"OutputKey": "Url", "OutputValue": f"https://admin:{PASSWORD}@db.shop.internal/"}],
    }
    fact = read_stacks(asked(Answers({"cloudformation:DescribeStacks": {"Stacks": [stack, {"StackName": "a"}]}})))[
        StackLeaks
    ]
    (place,) = fact.places
    assert [secret.path for secret in place.secrets] == ["parameter DBPassword", "output Url"]
    assert fact.read == 2


def test_names_alone_tell_of_parameters(caplog: pytest.LogCaptureFixture):
    """No value is asked for; a name that speaks of a secret without being one is left."""
    names = ["/shop/db/password", "/shop/db/password-length", "/shop/api_key", "/shop/public_key", "/shop/url"]
    parameters = [{"Name": name, "Type": "String"} for name in names] + [{"Name": "/x/token", "Type": "SecureString"}]
    answers = Answers({"ssm:DescribeParameters": {"Parameters": parameters}})
    with caplog.at_level(logging.INFO):
        fact = read_parameters(asked(answers))[PlainParameters]
    assert [one.name for one in fact.parameters] == ["/shop/db/password", "/shop/api_key"]
    assert fact.read == 5
    assert {name for name, _ in answers.asked} == {"ssm:DescribeParameters"}
    assert says_secret("/prod/jwt/secret")
    assert not says_secret("/")


def test_each_kind_that_is_refused_is_its_own_gap():
    """Nothing else is lost with it."""
    refused = asked(Answers({}))
    for read, kind, action in (
        (read_launch_templates, LaunchTemplateLeaks, "ec2:DescribeLaunchTemplateVersions"),
        (read_task_definitions, TaskDefinitionLeaks, "ecs:ListTaskDefinitions"),
        (read_build_projects, BuildProjectLeaks, "codebuild:ListProjects"),
        (read_stacks, StackLeaks, "cloudformation:DescribeStacks"),
        (read_parameters, PlainParameters, "ssm:DescribeParameters"),
        (read_user_data, InstanceUserData, "ec2:DescribeInstances"),
    ):
        assert [(gap.action, gap.why) for gap in read(refused)[kind].gaps] == [(action, Why.DENIED)]


def test_a_server_of_aws_is_read(aws_server: AwsServer):
    """The questions are such as AWS's own interface takes, each list asked for once."""
    number = "100000000071"
    ec2 = aws_server.client("ec2", number)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2, UserData=SCRIPT.decode())
    ec2.create_launch_template(LaunchTemplateName="shop", LaunchTemplateData={"UserData": packed(SCRIPT)})
    aws_server.client("ssm", number).put_parameter(Name="/shop/token", Value=PASSWORD, Type="String")
    given = Asked(account_api(number), utc_now(), {}, DETECTOR)
    aws_server.forget()
    machines_seen = read_user_data(given)[InstanceUserData]
    assert [len(one.secrets) for one in machines_seen.machines] == [1, 1]
    assert len(read_launch_templates(given)[LaunchTemplateLeaks].places) == 1
    assert [one.name for one in read_parameters(given)[PlainParameters].parameters] == ["/shop/token"]
    assert aws_server.calls["ec2:DescribeInstances"] == 1
    assert aws_server.calls["ec2:DescribeInstanceAttribute"] == 2
