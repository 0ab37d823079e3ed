"""How people and programs sign in to an AWS account, by the answers of IAM that speak of all at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from posture.collect.aws.api import Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.credential_report import credential_report
from posture.collect.aws.errors import Unanswered
from posture.collect.aws.mfa_devices import mfa_devices
from posture.facts.aws.gap import Why
from posture.facts.aws.logins import (
    AwsAccountSummary,
    AwsLogin,
    AwsMfaDevices,
    AwsOrganizationFeatures,
    AwsPasswordPolicy,
    CredentialReport,
)
from posture.facts.factset import Facts
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

_SUMMARY = Call("iam", "GetAccountSummary")
_POLICY = Call("iam", "GetAccountPasswordPolicy", absent=("NoSuchEntity",))
_FEATURES = Call(
    "iam",
    "ListOrganizationsFeatures",
    absent=(
        "AccountNotManagementOrDelegatedAdministrator",
        "AccountNotManagementOrDelegatedAdministratorException",
        "OrganizationNotFound",
        "OrganizationNotFoundException",
        "OrganizationNotInAllFeaturesMode",
        "OrganizationNotInAllFeaturesModeException",
        "ServiceAccessNotEnabled",
        "ServiceAccessNotEnabledException",
    ),
)
_AWS_LENGTH = 8  # of passwords where the account has no rules of its own


def read_credentials(asked: Asked) -> Facts:
    """`CredentialReport` and `AwsMfaDevices`: whose devices are asked for is known by the report."""
    report: CredentialReport | Unavailable
    users: tuple[AwsLogin, ...] = ()
    try:
        report = credential_report(asked)
        users = report.users
    except Unanswered as unanswered:
        report = Unavailable(str(unanswered.gap))
    return {CredentialReport: report, AwsMfaDevices: mfa_devices(asked, users)}


def read_account_summary(asked: Asked) -> Facts:
    """`AwsAccountSummary`."""
    told = asked.api.ask(_SUMMARY).get("SummaryMap")
    if not isinstance(told, Mapping):
        raise Unanswered(_SUMMARY.gap(Why.FAULT, "the answer has no summary"))
    summary = AwsAccountSummary(
        root_mfa=_yes(told, "AccountMFAEnabled"),
        root_keys=_yes(told, "AccountAccessKeysPresent"),
        root_password=_yes(told, "AccountPasswordPresent"),
        observed=asked.at,
    )
    return {AwsAccountSummary: summary}


def _yes(told: Mapping[str, Any], key: str) -> bool | None:
    number = told.get(key)
    return bool(number) if isinstance(number, int) else None


def read_password_policy(asked: Asked) -> Facts:
    """`AwsPasswordPolicy`."""
    answer = asked.api.ask(_POLICY)
    told: Mapping[str, Any] = answer.get("PasswordPolicy") or {}
    if answer and not told:
        raise Unanswered(_POLICY.gap(Why.FAULT, "the answer has no password policy"))
    policy = AwsPasswordPolicy(
        exists=bool(told),
        length=int(told.get("MinimumPasswordLength") or (6 if told else _AWS_LENGTH)),
        symbols=bool(told.get("RequireSymbols")),
        numbers=bool(told.get("RequireNumbers")),
        uppercase=bool(told.get("RequireUppercaseCharacters")),
        lowercase=bool(told.get("RequireLowercaseCharacters")),
        remembered=int(told.get("PasswordReusePrevention") or 0),
        days=int(told.get("MaxPasswordAge") or 0),
        observed=asked.at,
    )
    return {AwsPasswordPolicy: policy}


def read_organization_features(asked: Asked) -> Facts:
    """`AwsOrganizationFeatures`."""
    enabled = asked.api.ask(_FEATURES).get("EnabledFeatures") or ()
    features = tuple(visible(str(name), 60) for name in enabled[:20])
    return {AwsOrganizationFeatures: AwsOrganizationFeatures(features, asked.at)}
