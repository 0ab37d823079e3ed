"""Lambda functions, on answers of the documented shape."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aws_answers import Answers

from posture.collect.aws.asked import Asked
from posture.collect.aws.functions import read_functions
from posture.collect.leaks.detector import own_detector
from posture.engine.clock import utc_now
from posture.facts.aws.functions import LambdaFunctions
from posture.facts.aws.gap import Why

ARN = "arn:aws:lambda:us-east-1:111122223333:function:"
PASSWORD = "kT9-vq2Lw8Xz"


def function(name: str, **more: object) -> dict[str, Any]:
    made = {"FunctionName": name, "FunctionArn": ARN + name, "Runtime": "python3.12", "PackageType": "Zip"}
    return {**made, "LastModified": "2024-05-03T09:00:00.000+0000", "Role": "arn:aws:iam::111122223333:role/r", **more}


def read(*functions: Mapping[str, Any]) -> LambdaFunctions:
    api = Answers({"lambda:ListFunctions": {"Functions": list(functions)}}).api()
    fact = read_functions(Asked(api, utc_now(), {}, own_detector(b"k" * 32)))[LambdaFunctions]
    assert isinstance(fact, LambdaFunctions)
    return fact


def test_a_function_tells_its_runtime_its_role_and_the_names_of_its_variables():
    """What checks of runtimes and environments need is there, and no value of a variable."""
    fact = read(function("shop", Environment={"Variables": {"STAGE": "prod", "DB_PASSWORD": PASSWORD}}))
    (shop,) = fact.functions
    assert (shop.name, shop.region, shop.runtime, shop.package) == ("shop", "us-east-1", "python3.12", "Zip")
    assert shop.modified == datetime(2024, 5, 3, 9, tzinfo=UTC)
    assert shop.variables == ("DB_PASSWORD", "STAGE")
    assert [(secret.path, secret.line) for secret in shop.secrets] == [("DB_PASSWORD", 0)]
    assert PASSWORD not in repr(fact)
    assert (fact.regions, fact.gaps) == (("us-east-1",), ())


def test_an_environment_that_aws_does_not_show_is_told_as_that():
    """Encrypted with a key that the audit may not use: no variables are not a clean environment."""
    error = {"ErrorCode": "AccessDeniedException", "Message": "kms:Decrypt"}
    fact = read(
        function("a", Environment={"Error": error}), function("b", Environment={"Variables": {}}), function("c")
    )
    assert [one.hidden for one in fact.functions] == [True, False, False]


def test_a_container_image_has_no_runtime():
    """AWS leaves the field out then."""
    image = function("i", PackageType="Image")
    del image["Runtime"]
    assert [(one.runtime, one.package) for one in read(image).functions] == [("", "Image")]


def test_what_is_no_function_is_a_gap():
    """An item without a name, a time that is none: no traceback, and nothing kept quiet."""
    fact = read({}, function("a", LastModified="yesterday", Environment={"Variables": ["x"]}))
    assert [gap.why for gap in fact.gaps] == [Why.FAULT]
    assert [(one.modified, one.hidden) for one in fact.functions] == [(None, True)]


def test_a_refusal_leaves_no_functions_but_the_permission_that_is_missing():
    """No function is no fact then."""
    api = Answers({}).api(regions=("eu-west-1", "us-east-1"))
    fact = read_functions(Asked(api, utc_now(), {}, own_detector(b"k" * 32)))[LambdaFunctions]
    assert fact.regions == ()
    assert [(gap.action, gap.region) for gap in fact.gaps] == [
        ("lambda:ListFunctions", "eu-west-1"), ("lambda:ListFunctions", "us-east-1"),
    ]  # fmt: skip
