"""Keys for one service alone, on answers of the documented shape: moto does not know them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_answers import Answers, asked

from posture.collect.aws.errors import Unanswered
from posture.collect.aws.service_credentials import read_service_credentials
from posture.facts.aws.logins import AwsServiceCredential, AwsServiceCredentials

MADE = datetime(2026, 5, 3, 9, tzinfo=UTC)
ONE = {
    "UserName": "alex",
    "Status": "Active",
    "CreateDate": MADE,
    "ServiceSpecificCredentialId": "ACCAEXAMPLE1EXAMPLE1",
    "ServiceName": "bedrock.amazonaws.com",
}


def read(*pages: Mapping[str, Any]) -> tuple[AwsServiceCredentials, Answers]:
    source = Answers({"iam:ListServiceSpecificCredentials": list(pages)})
    return read_service_credentials(asked(source))[AwsServiceCredentials], source


def test_all_users_are_asked_about_at_once_in_pages():
    """One question for everybody, not one for each."""
    two = {**ONE, "Status": "Inactive", "ExpirationDate": MADE}
    fact, source = read(
        {"ServiceSpecificCredentials": [ONE], "IsTruncated": True, "Marker": "x"},
        {"ServiceSpecificCredentials": [two], "IsTruncated": False},
    )
    first = AwsServiceCredential("ACCAEXAMPLE1EXAMPLE1", "alex", "bedrock.amazonaws.com", True, MADE, None)
    assert fact.credentials[0] == first
    assert (fact.credentials[1].active, fact.credentials[1].expires, fact.gaps) == (False, MADE, ())
    assert [(asked["AllUsers"], asked.get("Marker")) for _, asked in source.asked] == [(True, None), (True, "x")]


@pytest.mark.parametrize(
    "pages", [[{"IsTruncated": True}], [{"IsTruncated": True, "Marker": "x"}, Answers.refused("AccessDenied")]]
)
def test_a_list_that_is_cut_is_a_gap(pages: list[Mapping[str, Any]]):
    """There may be more."""
    fact, _ = read(*pages)
    assert [gap.action for gap in fact.gaps] == ["iam:ListServiceSpecificCredentials"]


def test_a_refusal_leaves_nothing():
    """No key is no fact then."""
    with pytest.raises(Unanswered, match="ListServiceSpecificCredentials"):
        read(Answers.refused("AccessDenied"))
