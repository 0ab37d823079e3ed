"""The Lambda functions of all regions, with what may be said of their environments.

Source: AWS Lambda API Reference, ListFunctions: the unpublished version of each function, its environment in clear.
An environment under a key that the caller may not use has ``Environment.Error`` in place of its variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from posture.collect.aws.api import Call, Listing
from posture.collect.aws.asked import Asked
from posture.collect.aws.fields import Item, arn, text
from posture.collect.aws.texts import in_variables
from posture.facts.aws.functions import LambdaFunction, LambdaFunctions
from posture.facts.aws.gap import Gap, Why
from posture.facts.factset import Facts
from posture.model.text import visible

MOST = 2_000  # functions of a region
MOST_VARIABLES = 500  # names told of one function; AWS takes 4 KiB for an environment
_NAME = 200


def read_functions(asked: Asked) -> Facts:
    """`LambdaFunctions`."""

    def here(region: str) -> tuple[str, Listing]:
        return region, asked.api.listing(Call("lambda", "ListFunctions", region=region), "Functions")

    answers, lost = asked.api.in_regions(here)
    functions: list[LambdaFunction] = []
    gaps: list[Gap] = [*lost]
    for region, listing in answers:
        call = Call("lambda", "ListFunctions", region=region)
        gaps += listing.gaps
        if len(listing.items) > MOST:
            gaps.append(call.gap(Why.LIMIT, f"{len(listing.items)} functions"))
        for item in listing.items[:MOST]:
            if isinstance(item, Mapping) and item.get("FunctionName") and item.get("FunctionArn"):
                functions.append(_function(asked, region, item))
            else:
                gaps.append(call.gap(Why.FAULT, "a function without a name"))
    regions = tuple(region for region, listing in answers if listing.items or not listing.gaps)
    return {LambdaFunctions: LambdaFunctions(tuple(functions), regions, tuple(dict.fromkeys(gaps)), asked.at)}


def _function(asked: Asked, region: str, item: Item) -> LambdaFunction:
    variables, hidden = _environment(item)
    return LambdaFunction(
        name=text(item, "FunctionName"),
        arn=arn(item, "FunctionArn"),
        region=region,
        runtime=text(item, "Runtime"),
        package=text(item, "PackageType") or "Zip",
        modified=_modified(item.get("LastModified")),
        role=arn(item, "Role"),
        variables=tuple(visible(name, _NAME) for name in sorted(variables)[:MOST_VARIABLES]),
        secrets=in_variables(asked, variables.items()),
        hidden=hidden,
    )


def _environment(item: Item) -> tuple[dict[str, str], bool]:
    """The variables, and whether AWS did not show them."""
    environment = item.get("Environment")
    if not isinstance(environment, Mapping):
        return {}, environment is not None
    variables = environment.get("Variables")
    if isinstance(variables, Mapping):
        kept = {name: value for name, value in variables.items() if isinstance(name, str) and isinstance(value, str)}
        return kept, len(kept) < len(variables) or bool(environment.get("Error"))
    return {}, bool(environment.get("Error")) or variables is not None


def _modified(said: object) -> datetime | None:
    """A time as Lambda writes it: ``2024-05-03T09:00:00.000+0000``."""
    try:
        when = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return when.astimezone(UTC) if when and when.tzinfo else None
