"""Keys and passwords of users for one service alone: API keys of Bedrock, passwords of CodeCommit and Keyspaces.

Source: IAM API Reference, ListServiceSpecificCredentials; with AllUsers it answers for all users at once, in pages that
botocore does not describe.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from posture.collect.aws.api import MOST_PAGES, Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.errors import Unanswered
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.logins import AwsServiceCredential, AwsServiceCredentials
from posture.facts.factset import Facts
from posture.model.text import visible

_OPERATION = "ListServiceSpecificCredentials"


def read_service_credentials(asked: Asked) -> Facts:
    """`AwsServiceCredentials`.

    Raises:
        Unanswered: not even the first page came.
    """
    found: list[AwsServiceCredential] = []
    gaps: list[Gap] = []
    marker = ""
    for number in range(MOST_PAGES):
        call = Call("iam", _OPERATION, {"AllUsers": True, **({"Marker": marker} if marker else {})})
        try:
            page = asked.api.ask(call)
        except Unanswered as unanswered:
            if number == 0:
                raise
            gaps.append(unanswered.gap)
            break
        found.extend(_credential(one) for one in page.get("ServiceSpecificCredentials") or ())
        if not page.get("IsTruncated"):
            break
        if page.get("Marker") in {None, "", marker}:
            gaps.append(call.gap(Why.FAULT, "there are more pages, and no word where the next begins"))
            break
        marker = str(page["Marker"])
    else:
        gaps.append(Call("iam", _OPERATION).gap(Why.LIMIT))
    return {AwsServiceCredentials: AwsServiceCredentials(tuple(found), tuple(gaps), asked.at)}


def _credential(one: Mapping[str, Any]) -> AwsServiceCredential:
    """One of them; what is not told to be off is on."""
    return AwsServiceCredential(
        id=visible(str(one.get("ServiceSpecificCredentialId") or ""), 128),
        user=visible(str(one.get("UserName") or ""), 200),
        service=visible(str(one.get("ServiceName") or ""), 100),
        active=one.get("Status") not in {"Inactive", "Expired"},
        created=_moment(one.get("CreateDate")),
        expires=_moment(one.get("ExpirationDate")),
    )


def _moment(told: object) -> datetime | None:
    return told.astimezone(UTC) if isinstance(told, datetime) else None
