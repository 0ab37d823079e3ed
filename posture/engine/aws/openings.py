"""Whom the policies at resources and the trust policies of roles let in from outside, as facts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from posture.engine.aws import federation, strangers
from posture.engine.aws.conditions import Truth, in_words, met
from posture.engine.aws.documents import Condition, Document, Statement, parse
from posture.engine.aws.patterns import covers
from posture.engine.aws.principals import ACTION, RESERVED
from posture.engine.aws.worlds import Own
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.iam import IamAuthorizations
from posture.facts.aws.powers import AwsOpenings, AwsTrusts, Opening, Whom
from posture.facts.aws.resource_policies import ResourcePolicies
from posture.model.text import visible

ROLE = "iam-role"
READS = {
    "s3-bucket": "s3:GetBucketPolicy", "s3-access-point": "s3:GetAccessPointPolicy",
    "lambda-function": "lambda:GetPolicy", "ecr-repository": "ecr:GetRepositoryPolicy",
    "sqs-queue": "sqs:GetQueueAttributes",
    "sns-topic": "sns:GetTopicAttributes", "kms-key": "kms:GetKeyPolicy", "opensearch-domain": "es:DescribeDomains",
    "secret": "secretsmanager:GetResourcePolicy",
}  # fmt: skip
ANONYMOUS = frozenset(READS) - {"kms-key", "secret", "ecr-repository"}  # kinds that may be asked without an account
_READING = re.compile(r"[a-z0-9-]+:(get|list|describe|head|batchget|batchcheck|read|receive|view|query|search|decrypt)")
_OF_A_SOURCE = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid"})
_NUMBER = re.compile(r"\d{12}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a policy stands. `account` is the customer's own."""

    kind: str
    name: str
    arn: str
    region: str
    account: str
    at: datetime


def openings(said: ResourcePolicies) -> AwsOpenings:
    """Of the policies at resources."""
    found: list[Opening] = []
    gaps: list[Gap] = []
    for policy in said.policies:
        document = parse(policy.document)
        place = Place(policy.kind, policy.name, policy.arn, policy.region, said.account, said.observed)
        found += of_document(document, place)
        if document.problem:
            gaps.append(_not_understood(READS.get(policy.kind, policy.kind), policy.region, policy.name, document))
    judged = Counter(policy.kind for policy in said.policies)
    return AwsOpenings(tuple(found), tuple(sorted(judged.items())), (*said.gaps, *gaps), said.observed)


def trusts(said: IamAuthorizations) -> AwsTrusts:
    """Of the trust policies of roles."""
    found: list[Opening] = []
    gaps: list[Gap] = []
    roles = [role for role in said.roles if role.trust and not any(path in role.arn for path in RESERVED)]
    for role in roles:
        document = parse(role.trust)
        place = Place(ROLE, role.name, role.arn, "", said.account, said.observed)
        found += (one for one in of_document(document, place) if one.whom is not Whom.SERVICE)
        if document.problem:
            gaps.append(_not_understood(ACTION, "", f"role {role.name}", document))
    return AwsTrusts(tuple(found), len(roles), (*said.gaps, *gaps), said.observed)


def _not_understood(action: str, region: str, name: str, document: Document) -> Gap:
    return Gap(action, Why.FAULT, region, visible(name, 200), document.problem)


def of_document(document: Document, place: Place) -> Iterator[Opening]:
    """What a policy opens, statement by statement."""
    denials = [statement for statement in document.statements if not statement.allows]
    alike = strangers.alike(document)
    for statement in document.statements:
        if statement.allows and statement.principals is not None:
            for opening, who in _of_statement(statement, place):
                told = [alike.of(one) for one in who]
                yield from _judged(opening, statement, _by_service(opening, statement, told, alike, place), denials)


def _by_service(
    opening: Opening, statement: Statement, who: Sequence[Own], alike: strangers.Alike, place: Place
) -> Sequence[Own]:
    """Those who are let in: services that act for anybody where a condition about their source leaves only them.

    A policy for ``*`` with a condition that any topic or rule of anybody's meets lets everybody send through it.
    """
    if opening.whom is not Whom.ANYONE or not any(one.key in _OF_A_SOURCE for one in statement.conditions):
        return who
    services = [alike.of(one) for one in strangers.of_service(place.at)]
    strange = any(met(statement.conditions, one).truth is not Truth.NO for one in who)
    served = any(met(statement.conditions, one).truth is Truth.YES for one in services)
    return services if served and not strange else who


def _of_statement(statement: Statement, place: Place) -> Iterator[tuple[Opening, Sequence[Own]]]:
    """Whom a statement means, each with requests of theirs; conditions and denials are not judged yet."""
    said = statement.principals
    if said is None:
        return
    opening = Opening(
        place.kind, place.name, place.arn, place.region, Whom.ANYONE, "anyone",
        ("every action but " + ", ".join(statement.actions),) if statement.but_actions else statement.actions,
        writes=statement.but_actions or not all(map(_READING.match, statement.actions)),
        statement=visible(statement.sid, 100),
    )  # fmt: skip
    public = strangers.anyone(place.at, anonymous=place.kind in ANONYMOUS)
    if statement.but_principals or any(one == "*" or "*" in _account_of(one) for one in said.aws):
        yield opening, public
        return
    for name in said.aws:
        account = _account_of(name)
        if account and account != place.account:
            arn = "" if name == account or name.endswith(":root") else name
            who = strangers.of_account(account, arn, place.at)
            yield replace(opening, whom=Whom.ACCOUNT, who=visible(arn or account, 200)), who
    for name in said.canonical:
        who = strangers.of_account("", "", place.at)
        yield replace(opening, whom=Whom.ACCOUNT, who=visible(f"canonical user {name}", 200)), who
    for name in said.federated:
        checked = federation.names_subject(name, statement.conditions)
        who = (federation.stranger(name, place.at),)
        yield replace(opening, whom=Whom.FEDERATED, who=visible(name, 200), subject_checked=checked), who
    for name in said.services:
        yield replace(opening, whom=Whom.SERVICE, who=visible(name, 200)), strangers.of_service(place.at)


def _account_of(principal: str) -> str:
    """The account that an AWS principal is of; empty for one that is gone, and for AWS's own."""
    if _NUMBER.fullmatch(principal):
        return principal
    parts = principal.split(":")
    number = parts[4] if len(parts) > 5 and parts[0] == "arn" else ""
    return number if _NUMBER.fullmatch(number) or "*" in number else ""


def _judged(
    opening: Opening, statement: Statement, who: Sequence[Own], denials: Sequence[Statement]
) -> Iterator[Opening]:
    """The opening with its limits, less what is denied; nothing where all is."""
    asked = _asks_external_id(statement.conditions)
    limits, unclear = _limits(statement.conditions, who, wanted=True)
    actions = list(opening.actions)
    for denial in denials:
        if not _means(denial, opening):
            continue
        if denial.conditions:
            more, doubt = _limits(denial.conditions, who, wanted=False)
            covered = all(map(denial.about_all, statement.actions)) and _covers_resources(denial, statement)
            limits += tuple(f"denied: {one}" for one in more) if covered else ()
            unclear += doubt if covered else ()
        elif not statement.but_actions and _covers_resources(denial, statement):
            actions = [action for action in actions if not denial.about_all(action)]
        elif statement.but_actions and denial.about_all("*") and _covers_resources(denial, statement):
            actions = []
    if actions:
        yield replace(
            opening, actions=tuple(actions), external_id=asked, limits=tuple(visible(one, 200) for one in limits),
            writes=statement.but_actions or not all(map(_READING.match, actions)),
            unclear=visible("; ".join(unclear), 300),
        )  # fmt: skip


def _limits(
    conditions: tuple[Condition, ...], who: Sequence[Own], *, wanted: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What keeps all of them out, in words (of a denial: what denies all), and what is not known."""
    if not conditions:
        return (), ()
    answers = [met(conditions, one, wanted=wanted) for one in who]
    if wanted:
        open_to = [one for one in answers if one.truth is not Truth.NO]
        if not open_to:
            return in_words(answers[0].by), ()
        sure = any(one.truth is Truth.YES for one in open_to)
        return (), () if sure else in_words(open_to[0].by)
    if all(one.truth is Truth.YES for one in answers):
        return in_words(conditions), ()
    doubtful = [one for one in answers if one.truth is Truth.UNKNOWN]
    return (), in_words(doubtful[0].by) if doubtful and all(one.truth is not Truth.NO for one in answers) else ()


def _means(denial: Statement, opening: Opening) -> bool:
    """Whether a denial is about those whom the opening lets in."""
    said = denial.principals
    if said is None:
        return False
    if denial.but_principals:
        return not any(_same(one, opening) for one in (*said.aws, *said.services, *said.federated))
    return "*" in said.aws or any(_same(one, opening) for one in (*said.aws, *said.services, *said.federated))


def _same(principal: str, opening: Opening) -> bool:
    if opening.whom is Whom.ACCOUNT:
        account = _account_of(opening.who) or opening.who
        return principal == opening.who or (
            _account_of(principal) == account and (principal == account or principal.endswith(":root"))
        )
    return principal == opening.who


def _covers_resources(denial: Statement, statement: Statement) -> bool:
    if denial.but_resources or statement.but_resources:
        return False
    return all(any(covers(wide, one) for wide in denial.resources) for one in statement.resources)


def _asks_external_id(conditions: tuple[Condition, ...]) -> bool:
    return any(
        condition.key == "sts:externalid"
        and condition.operator.lower() in ("stringequals", "stringlike", "stringequalsignorecase")
        and condition.values
        and all(value.strip("*?") for value in condition.values)
        for condition in conditions
    )
