"""The planted account: what is found in it is what was planted, and nothing else."""

import re
from collections.abc import Iterator, Mapping

import aws_account
import pytest
from aws_audit import facts_of, failing, judged
from aws_server import ENVIRONMENT, running_server

from posture.facts.unavailable import Unavailable
from posture.model.assessment import Assessment

NUMBER = "300000000001"

CHECKS = {
    "console-without-mfa": "mfa.aws-console-user-mfa",
    "phishable": "mfa.aws-admin-mfa-phishable",
    "key-old": "keys.aws-access-key-old",
    "key-never-used": "keys.aws-access-key-unused",
    "two-keys": "keys.aws-access-key-two-active",
    "admin": "keys.aws-admin-principal",
    "escalation": "keys.aws-privilege-escalation",
    "role-admin": "keys.aws-admin-principal",
    "admin-with-mfa": "keys.aws-admin-principal",
    "trust-anyone": "keys.aws-role-trust-open",
    "trust-third-party": "keys.aws-role-trust-third-party",
    "trust-federated": "keys.aws-role-trust-federated",
    "group-open": "exposure.aws-security-group-open",
    "user-data-secret": "keys.aws-secret-in-user-data",
    "metadata-v1": "exposure.aws-instance-metadata-v1",
    "snapshot-public": "exposure.aws-snapshot-public",
    "image-public": "exposure.aws-image-public",
    "function-secret": "keys.aws-secret-in-environment",
    "function-runtime": "packages.aws-lambda-runtime-ended",
    "function-public": "exposure.aws-function-public",
    "function-url": "exposure.aws-function-url-open",
    "bucket-public": "exposure.aws-bucket-public",
    "database-public": "exposure.aws-database-public",
    "database-ended": "packages.aws-database-ended",
}
"""The kind of fault as it was planted, and the check that finds it."""


@pytest.fixture(scope="module")
def planted() -> Iterator[tuple[aws_account.Account, Mapping[str, Assessment]]]:
    """The account and what the audit says of it."""
    with running_server() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": server.url}.items():
            patch.setenv(name, value)
        account = aws_account.build(server, NUMBER, 0.1)
        server.forget()
        facts = facts_of(NUMBER, aws_account.REGIONS)
        unread = {kind.__name__: fact.reason for kind, fact in facts.items() if isinstance(fact, Unavailable)}
        assert not unread
        yield account, judged(NUMBER, facts)


@pytest.mark.parametrize("kind", CHECKS)
def test_what_was_planted_is_found_and_look_alikes_are_not(
    planted: tuple[aws_account.Account, Mapping[str, Assessment]], kind: str
):
    """Each fault by its check, by name; what only looks like it passes."""
    account, assessments = planted
    found = {name for subject in failing(assessments[CHECKS[kind]]) for name in re.split("[ /]", subject)}
    assert account.bad[kind] <= found
    assert found & account.fine[kind] == set()


def test_nothing_is_asked_twice(planted: tuple[aws_account.Account, Mapping[str, Assessment]]):
    """All checks share one look: the customer's account is throttled for calls, whoever makes them.

    The credential report is asked for until it is there.
    """
    account, _ = planted
    assert {call for call in account.server.repeated if "CredentialReport" not in call} == set()
