"""Which services users really used, for those whose access key may do much.

Source: IAM API Reference, GenerateServiceLastAccessedDetails and GetServiceLastAccessedDetails: a report for each user
is ordered, takes some seconds, and is fetched by its job. It tells of the last 400 days.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from posture.collect.aws.api import Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.errors import Unanswered
from posture.collect.aws.fields import Item, flag, items, moment, text
from posture.collect.aws.iam import read_iam
from posture.collect.aws.logins import read_credentials
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.iam import IamAuthorizations, IamUser
from posture.facts.aws.last_use import AwsLastUse, ServiceUse, UserUse
from posture.facts.aws.logins import CredentialReport
from posture.facts.factset import Facts, without
from posture.facts.unavailable import Unavailable

MOST_USERS = 50  # that are asked about: a report each
MOST_PAGES = 20
PAUSE = 1.0  # seconds until a report is asked for again
LONGEST_WAIT = 60.0  # seconds for AWS to write one
_ACTIONS = re.compile(r'"(?:Not)?Action"\s*:\s*(?:\[[^\]]*\]|"[^"]*")')
_WIDE = re.compile(r'"(\*|\*:\*|[a-z0-9-]+:\*|iam:[a-z*?]+|sts:[a-z*?]+)"|"NotAction"', re.IGNORECASE)
_GENERATE, _GET = "GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails"
_GONE = "NoSuchEntity"  # deleted since it was listed


def read_last_use(asked: Asked) -> Facts:
    """`AwsLastUse`."""
    said = asked.once(read_iam)[IamAuthorizations]
    report = asked.once(read_credentials)[CredentialReport]
    for source in (said, report):
        if isinstance(source, Unavailable):
            return without(source.reason, (AwsLastUse,))
    wide = list(_wide(said, report))
    some, left = wide[:MOST_USERS], wide[MOST_USERS:]
    users, gaps = _all(asked, some)
    if left:
        gaps = (*gaps, Call("iam", _GENERATE, about=f"{len(left)} more users").gap(Why.LIMIT))
    return {AwsLastUse: AwsLastUse(tuple(users), (*said.gaps, *report.gaps, *gaps), asked.at)}


def _wide(said: IamAuthorizations, report: CredentialReport) -> Iterator[IamUser]:
    """Users with an active key and a policy that reaches far, as its text looks."""
    active = {login.arn for login in report.users if any(key.active for key in login.keys)}
    managed = {policy.arn for policy in said.policies if _reaches_far(policy.document)}
    groups = {
        group.name
        for group in said.groups
        if not managed.isdisjoint(group.policies) or any(_reaches_far(one.document) for one in group.inline)
    }
    for user in said.users:
        own = not managed.isdisjoint(user.policies) or any(_reaches_far(one.document) for one in user.inline)
        if user.arn in active and (own or not groups.isdisjoint(user.groups)):
            yield user


def _reaches_far(document: str) -> bool:
    """Whether a policy's text names everything, whole services, or rights over identities."""
    return any(_WIDE.search(actions) for actions in _ACTIONS.findall(document))


def _all(asked: Asked, users: list[IamUser]) -> tuple[list[UserUse], tuple[Gap, ...]]:
    """Ask about the first alone: what is denied for one is denied for all."""
    if not users:
        return [], ()
    first, begun = asked.api.each(lambda user: _of(asked, user), users[:1])
    if any(gap.why is Why.DENIED for gap in begun):
        return [], begun
    rest, gaps = asked.api.each(lambda user: _of(asked, user), users[1:])
    return [one for one in (*first, *rest) if one], (*begun, *gaps)


def _of(asked: Asked, user: IamUser) -> UserUse | None:
    """One user's services; None where he is gone.

    Raises:
        Unanswered: AWS did not tell.
    """
    order = Call("iam", _GENERATE, {"Arn": user.arn}, about=user.name, absent=(_GONE,))
    ordered = asked.api.ask(order)
    if not ordered:
        return None
    job = text(ordered, "JobId")
    if not job:
        raise Unanswered(order.gap(Why.FAULT, "the answer has no job"))
    services = [
        ServiceUse(text(one, "ServiceNamespace").lower(), moment(one, "LastAuthenticated"))
        for page in _pages(asked, user.name, job)
        for one in items(page, "ServicesLastAccessed")
        if text(one, "ServiceNamespace")
    ]
    return UserUse(user.name, user.arn, tuple(services))


def _pages(asked: Asked, name: str, job: str) -> Iterator[Item]:
    waited, marker, pages = 0.0, "", 0
    while True:
        call = Call("iam", _GET, {"JobId": job, **({"Marker": marker} if marker else {})}, about=name)
        answer = asked.api.ask(call)
        status = text(answer, "JobStatus")
        if status == "IN_PROGRESS":
            if waited >= LONGEST_WAIT:
                raise Unanswered(call.gap(Why.TIME, f"AWS had not written the report after {waited:.0f} seconds"))
            time.sleep(PAUSE)
            waited += PAUSE
            continue
        if status != "COMPLETED":
            raise Unanswered(call.gap(Why.FAULT, f"the report is {status or 'not told'}"))
        yield answer
        pages += 1
        marker = text(answer, "Marker", most=2_048)
        if not flag(answer, "IsTruncated"):
            return
        if not marker or pages >= MOST_PAGES:
            raise Unanswered(call.gap(Why.LIMIT))
