"""The parts of an AWS account that are read, each by a function of its own: a fault of one leaves the others whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from posture.collect.aws.asked import Asked
from posture.collect.aws.compute import read_instances
from posture.collect.aws.functions import read_functions
from posture.collect.aws.iam import read_iam
from posture.collect.aws.identity import read_identity_centers, read_user_pools
from posture.collect.aws.logins import (
    read_account_summary,
    read_credentials,
    read_organization_features,
    read_password_policy,
)
from posture.facts.aws.functions import LambdaFunctions
from posture.facts.aws.iam import IamAuthorizations
from posture.facts.aws.identity import IdentityCenters, UserPools
from posture.facts.aws.instances import Ec2Instances
from posture.facts.aws.logins import (
    AwsAccountSummary,
    AwsMfaDevices,
    AwsOrganizationFeatures,
    AwsPasswordPolicy,
    CredentialReport,
)
from posture.facts.factset import Facts


@dataclass(frozen=True, slots=True)
class Reader:
    """`read` brings the facts of `types`; it may raise Unanswered, then all of them are unavailable for that reason."""

    types: tuple[type[Any], ...]
    read: Callable[[Asked], Facts]


def readers() -> tuple[Reader, ...]:
    """All of them."""
    return (
        Reader((IamAuthorizations,), read_iam),
        Reader((LambdaFunctions,), read_functions),
        Reader((CredentialReport, AwsMfaDevices), read_credentials),
        Reader((AwsAccountSummary,), read_account_summary),
        Reader((AwsPasswordPolicy,), read_password_policy),
        Reader((AwsOrganizationFeatures,), read_organization_features),
        Reader((IdentityCenters,), read_identity_centers),
        Reader((UserPools,), read_user_pools),
        Reader((Ec2Instances,), read_instances),
    )
