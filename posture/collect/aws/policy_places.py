"""Where policies stand at resources, and which question each is the answer to.

Sources: the API references of S3, Lambda, ECR, SQS, SNS, KMS and Secrets Manager. A resource without a policy answers
with an error of its own kind (`Call.absent`), or without the field; neither is a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from posture.collect.aws.api import Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.fields import arn, text
from posture.facts.aws.buckets import S3Buckets
from posture.facts.aws.function_urls import FunctionUrls
from posture.facts.aws.functions import LambdaFunctions
from posture.facts.aws.gap import Gap, Why

MOST = 2_000  # resources of a kind in a region
_ALIASES = Call("kms", "ListAliases")


class Place(NamedTuple):
    """A resource that may have a policy: `path` leads to it in the answer. With `always` it has one."""

    kind: str
    name: str
    arn: str
    call: Call
    path: tuple[str, ...]
    always: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource that a service lists a region: `place` makes an item of the list one, None if it is none."""

    name: str
    listed: Call
    key: str
    place: Callable[[Any, str], Place | None]


class Here(NamedTuple):
    """What a region has. `read` is whether any of its lists came."""

    region: str
    places: list[Place]
    gaps: list[Gap]
    read: bool


def of_buckets(buckets: S3Buckets, account: str, partition: str) -> Iterator[Place]:
    """The buckets and access points whose policy may make them public: elsewhere S3 restricts public policies."""
    gone = ("NoSuchBucketPolicy", "NoSuchBucket")
    blocks = {bucket.name: bucket.block for bucket in buckets.buckets}
    for bucket in buckets.buckets:
        if not buckets.restricted(bucket.block):
            call = Call("s3", "GetBucketPolicy", {"Bucket": bucket.name}, bucket.region, bucket.name, gone)
            yield Place("s3-bucket", bucket.name, f"arn:{partition}:s3:::{bucket.name}", call, ("Policy",), always=True)
    gone = ("NoSuchAccessPointPolicy", "NoSuchAccessPoint")
    for point in buckets.access_points:
        if not buckets.restricted(point.block) and not buckets.restricted(blocks.get(point.bucket)):
            asks = {"AccountId": account, "Name": point.name}
            call = Call("s3control", "GetAccessPointPolicy", asks, point.region, point.name, gone)
            yield Place("s3-access-point", point.name, point.arn, call, ("Policy",), always=True)


def of_functions(functions: LambdaFunctions, urls: FunctionUrls) -> Iterator[Place]:
    """The functions, and those of their aliases that have an address on the internet: each has a policy of its own."""
    every = [(one.name, "", one.arn, one.region) for one in functions.functions]
    every += [(url.function, url.alias, url.arn, url.region) for url in urls.urls if url.alias]
    for name, alias, whole, region in every:
        asks = {"FunctionName": name, **({"Qualifier": alias} if alias else {})}
        full = f"{name}:{alias}" if alias else name
        call = Call("lambda", "GetPolicy", asks, region, full, ("ResourceNotFoundException",))
        yield Place("lambda-function", full, whole, call, ("Policy",), always=True)


def in_region(asked: Asked, region: str) -> Here:
    """Those of the kinds that a service lists a region."""
    here = Here(region, [], [], read=False)
    for kind in KINDS:
        call = replace(kind.listed, region=region)
        listing = asked.api.listing(call, kind.key)
        here = here._replace(read=here.read or not listing.gaps)
        here.gaps.extend(listing.gaps)
        if len(listing.items) > MOST:
            here.gaps.append(call.gap(Why.LIMIT, f"{len(listing.items)} of them"))
        found = [kind.place(item, region) for item in listing.items[:MOST]]
        if None in found:
            here.gaps.append(call.gap(Why.FAULT, "an item without a name"))
        places: Iterable[Place] = [place for place in found if place]
        here.places.extend(_customers(asked, region, places, here.gaps) if kind.name == "kms-key" else places)
    return here


def _customers(asked: Asked, region: str, keys: Iterable[Place], gaps: list[Gap]) -> Iterator[Place]:
    """The customer's own keys by their names; those that AWS manages have an alias of AWS, and a policy of AWS."""
    keys = tuple(keys)
    listing = asked.api.listing(replace(_ALIASES, region=region), "Aliases") if keys else None
    gaps += listing.gaps if listing else ()
    names: dict[str, str] = {}
    for alias in sorted(listing.items, key=lambda one: text(one, "AliasName"), reverse=True) if listing else ():
        names[text(alias, "TargetKeyId")] = text(alias, "AliasName")
    for key in keys:
        name = names.get(key.name, "")
        if not name.startswith("alias/aws/"):
            yield key._replace(name=name or key.name)


def _repository(item: object, region: str) -> Place | None:
    if not isinstance(item, Mapping) or not (name := text(item, "repositoryName")):
        return None
    absent = ("RepositoryPolicyNotFoundException", "RepositoryNotFoundException")
    call = Call("ecr", "GetRepositoryPolicy", {"repositoryName": name}, region, name, absent)
    return Place("ecr-repository", name, arn(item, "repositoryArn"), call, ("policyText",), always=True)


def _queue(item: object, region: str) -> Place | None:
    """A queue by its address, ``https://sqs.eu-west-1.amazonaws.com/111122223333/NAME``."""
    if not isinstance(item, str) or item.count("/") < 4:
        return None
    account, name = item.split("/")[-2:]
    absent = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
    call = Call("sqs", "GetQueueAttributes", {"QueueUrl": item, "AttributeNames": ["Policy"]}, region, name, absent)
    return Place("sqs-queue", name, f"arn:{partition_of(region)}:sqs:{region}:{account}:{name}", call, _ATTRIBUTE)


def _topic(item: object, region: str) -> Place | None:
    if not isinstance(item, Mapping) or not (whole := arn(item, "TopicArn")):
        return None
    name = whole.rsplit(":", 1)[-1]
    call = Call("sns", "GetTopicAttributes", {"TopicArn": whole}, region, name, ("NotFound", "NotFoundException"))
    return Place("sns-topic", name, whole, call, _ATTRIBUTE, always=True)


def _key(item: object, region: str) -> Place | None:
    if not isinstance(item, Mapping) or not (key := text(item, "KeyId")):
        return None
    call = Call("kms", "GetKeyPolicy", {"KeyId": key, "PolicyName": "default"}, region, key, ("NotFoundException",))
    return Place("kms-key", key, arn(item, "KeyArn"), call, ("Policy",), always=True)


def _secret(item: object, region: str) -> Place | None:
    if not isinstance(item, Mapping) or not (whole := arn(item, "ARN")):
        return None
    name, gone = text(item, "Name") or whole, ("ResourceNotFoundException",)
    call = Call("secretsmanager", "GetResourcePolicy", {"SecretId": whole}, region, name, gone)
    return Place("secret", name, whole, call, ("ResourcePolicy",))


def partition_of(region: str) -> str:
    """The partition that a region belongs to, as it stands in ARNs."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


_ATTRIBUTE = ("Attributes", "Policy")
KINDS: tuple[Kind, ...] = (
    Kind("ecr-repository", Call("ecr", "DescribeRepositories"), "repositories", _repository),
    Kind("sqs-queue", Call("sqs", "ListQueues", {"MaxResults": 1000}), "QueueUrls", _queue),  # without: no pages
    Kind("sns-topic", Call("sns", "ListTopics"), "Topics", _topic),
    Kind("kms-key", Call("kms", "ListKeys", {"Limit": 1000}), "Keys", _key),
    Kind("secret", Call("secretsmanager", "ListSecrets", {"MaxResults": 100}), "SecretList", _secret),
)
