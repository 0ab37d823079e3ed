"""How people and programs sign in to an AWS account: passwords, second factors, access keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.facts.aws.gap import Gap


@dataclass(frozen=True, slots=True)
class AwsAccessKey:
    """An access key by its place (1 or 2) with its user; the credential report does not tell its id.

    `created` is None where the report does not say. `used` is the last use, None for a key without one; `region` and
    `service` are where it was.
    """

    place: int
    active: bool
    created: datetime | None
    used: datetime | None = None
    region: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class AwsLogin:
    """A row of the credential report: a user, or root, which has the name ``<root_account>``.

    `console` is whether it has a password, `mfa` whether a second factor is enrolled; for root both may be None, which
    is "not told". `password_used` is None where the password was not used, or not since AWS keeps that.
    `certificates` counts active signing certificates.
    """

    name: str
    arn: str
    created: datetime | None
    console: bool | None
    mfa: bool | None
    password_used: datetime | None = None
    password_changed: datetime | None = None
    keys: tuple[AwsAccessKey, ...] = ()
    certificates: int = 0


@dataclass(frozen=True, slots=True)
class CredentialReport:
    """All logins of an account as of `generated`: AWS makes a new report at most every four hours.

    `gaps` is not empty where there may be more users. `root` is None where the report has no row of it.
    """

    root: AwsLogin | None
    users: tuple[AwsLogin, ...]
    generated: datetime
    gaps: tuple[Gap, ...]
    observed: datetime


class AwsMfaKind(StrEnum):
    """What a second factor is. Only a security key or passkey is bound to the address of the page that asks for it."""

    VIRTUAL = "virtual"  # an app that shows codes
    HARDWARE_CODES = "hardware-codes"  # a device that shows codes
    SECURITY_KEY = "security-key"  # FIDO2: a key or passkey
    SMS = "sms"  # codes by text message, no longer offered
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AwsMfaDevice:
    """A second factor. `user` is the user's name, ``<root_account>`` for root."""

    user: str
    kind: AwsMfaKind
    serial: str
    enrolled: datetime | None


@dataclass(frozen=True, slots=True)
class AwsMfaDevices:
    """The second factors that AWS tells.

    All virtual devices are there, root's too, unless a gap of iam:ListVirtualMFADevices says otherwise. Of a user with
    MFA and without a virtual device all were asked for; his gap (iam:ListMFADevices) is about his name. A key of root
    is told by no API: where root has MFA and no virtual device, it has one, or a device that shows codes.
    """

    devices: tuple[AwsMfaDevice, ...]
    gaps: tuple[Gap, ...]
    observed: datetime


@dataclass(frozen=True, slots=True)
class AwsServiceCredential:
    """A key or password of a user for one service alone, e.g. ``bedrock.amazonaws.com``. `expires` None: it never ends.

    `id` names it (ACCA...) and is no secret.
    """

    id: str
    user: str
    service: str
    active: bool
    created: datetime | None
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class AwsServiceCredentials:
    """Those of all users."""

    credentials: tuple[AwsServiceCredential, ...]
    gaps: tuple[Gap, ...]
    observed: datetime


@dataclass(frozen=True, slots=True)
class AwsAccountSummary:
    """What iam:GetAccountSummary says of root, now; None where it does not say."""

    root_mfa: bool | None
    root_keys: bool | None
    root_password: bool | None
    observed: datetime


@dataclass(frozen=True, slots=True)
class AwsPasswordPolicy:
    """The rules for passwords of users; without `exists` AWS's own hold (8 characters of three kinds).

    `remembered` is how many old passwords may not be used again, `days` after how many one ends; 0 for neither.
    """

    exists: bool
    length: int
    symbols: bool
    numbers: bool
    uppercase: bool
    lowercase: bool
    remembered: int
    days: int
    observed: datetime


@dataclass(frozen=True, slots=True)
class AwsOrganizationFeatures:
    """What is centralized where this account manages an organization's IAM, e.g. ``RootCredentialsManagement``.

    Empty for all other accounts.
    """

    enabled: tuple[str, ...]
    observed: datetime
