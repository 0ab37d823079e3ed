"""The addresses of Lambda functions on the internet: one question a function, since AWS lists them no other way.

Source: AWS Lambda API Reference, ListFunctionUrlConfigs, FunctionUrlConfig.
"""

from __future__ import annotations

from posture.collect.aws.api import Call, Listing
from posture.collect.aws.asked import Asked
from posture.collect.aws.fields import Item, arn, text
from posture.collect.aws.functions import read_functions
from posture.facts.aws.function_urls import FunctionUrl, FunctionUrls
from posture.facts.aws.functions import LambdaFunction, LambdaFunctions
from posture.facts.aws.gap import Gap, Why
from posture.facts.factset import Facts


def read_function_urls(asked: Asked) -> Facts:
    """`FunctionUrls`."""
    known: LambdaFunctions = asked.once(read_functions)[LambdaFunctions]

    def of(function: LambdaFunction) -> tuple[LambdaFunction, Listing]:
        return function, asked.api.listing(_call(function), "FunctionUrlConfigs")

    answers, lost = asked.api.each(of, known.functions)
    urls: list[FunctionUrl] = []
    gaps: list[Gap] = [*known.gaps, *lost]
    for function, listing in answers:
        gaps += listing.gaps
        for item in listing.items:
            url = _url(function, item)
            if url:
                urls.append(url)
            else:
                gaps.append(_call(function).gap(Why.FAULT, "an address without the kind of its login"))
    found = FunctionUrls(tuple(urls), len(known.functions), known.regions, tuple(dict.fromkeys(gaps)), asked.at)
    return {FunctionUrls: found}


def _call(function: LambdaFunction) -> Call:
    absent = ("ResourceNotFoundException",)  # erased since it was listed
    parameters = {"FunctionName": function.name}
    return Call("lambda", "ListFunctionUrlConfigs", parameters, function.region, function.name, absent)


def _url(function: LambdaFunction, item: Item) -> FunctionUrl | None:
    login = text(item, "AuthType")
    if login not in {"NONE", "AWS_IAM"}:
        return None
    whole = arn(item, "FunctionArn")
    alias = whole.removeprefix(function.arn).removeprefix(":") if whole.startswith(function.arn) else ""
    return FunctionUrl(
        function.name, alias, whole or function.arn, function.region, text(item, "FunctionUrl"), login != "NONE"
    )
