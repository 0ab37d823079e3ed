"""The policies that stand at resources: each is asked for once, where it could let somebody in from outside."""

from __future__ import annotations

from typing import Any

from posture.collect.aws.asked import Asked
from posture.collect.aws.buckets import read_buckets
from posture.collect.aws.errors import Unanswered
from posture.collect.aws.function_urls import read_function_urls
from posture.collect.aws.functions import read_functions
from posture.collect.aws.policy_places import KINDS, Place, in_region, of_buckets, of_functions, partition_of
from posture.facts.aws.buckets import S3Buckets
from posture.facts.aws.function_urls import FunctionUrls
from posture.facts.aws.functions import LambdaFunctions
from posture.facts.aws.gap import Why
from posture.facts.aws.resource_policies import ResourcePolicies, ResourcePolicy
from posture.facts.factset import Facts

LONGEST = 65_536  # characters; AWS takes at most 51,200 (Secrets Manager: 20,480; KMS: 32,768; S3: 20,480)
_UNLISTED = frozenset({"s3:ListAllMyBuckets", "s3:ListAccessPoints"})


def read_policies(asked: Asked) -> Facts:
    """`ResourcePolicies`."""
    buckets: S3Buckets = asked.once(read_buckets)[S3Buckets]
    functions: LambdaFunctions = asked.once(read_functions)[LambdaFunctions]
    urls: FunctionUrls = asked.once(read_function_urls)[FunctionUrls]
    regions, lost = asked.api.in_regions(lambda region: in_region(asked, region))
    places = [*of_buckets(buckets, asked.api.account, partition_of(asked.api.home)), *of_functions(functions, urls)]
    places += [place for region in regions for place in region.places]
    answers, unanswered = asked.api.each(lambda place: _policy(asked, place), places)
    gaps = [*(gap for gap in buckets.gaps if gap.action in _UNLISTED), *functions.gaps, *lost]
    gaps += [*(gap for region in regions for gap in region.gaps), *unanswered]
    return {
        ResourcePolicies: ResourcePolicies(
            account=asked.api.account,
            policies=tuple(policy for policy in answers if policy),
            kinds=("s3-bucket", "s3-access-point", "lambda-function", *(kind.name for kind in KINDS)),
            regions=tuple(region.region for region in regions if region.read),
            gaps=tuple(dict.fromkeys(gaps)),
            observed=asked.at,
        )
    }


def _policy(asked: Asked, place: Place) -> ResourcePolicy | None:
    """The policy, None where there is none.

    Raises:
        Unanswered: it was not told, or is not to be read.
    """
    answer = asked.api.ask(place.call)
    said: Any = answer
    for key in place.path:
        said = said.get(key) if isinstance(said, dict) else None
    if not said and not (answer and place.always):
        return None
    if not said or not isinstance(said, str):
        raise Unanswered(place.call.gap(Why.FAULT, "an answer without a policy"))
    if len(said) > LONGEST:
        raise Unanswered(place.call.gap(Why.LIMIT, f"the policy has {len(said)} characters"))
    return ResourcePolicy(place.kind, place.name, place.arn, place.call.region, said)
