"""How the checks of logins to an AWS account read its credential report."""

from __future__ import annotations

from datetime import datetime

from checks.wording import count, listed
from posture.sdk import (
    AwsAccessKey,
    AwsLogin,
    AwsPowers,
    CredentialReport,
    Evidence,
    IamAuthorizations,
    Iterator,
    Level,
    PrincipalPower,
    Unavailable,
    Verdict,
    not_assessed,
)

LONG = 90  # days after which a key is old, or counts as unused (CIS AWS Foundations, AWS FSBP IAM.3)


def present(report: CredentialReport, iam: IamAuthorizations | Unavailable) -> tuple[AwsLogin, ...]:
    """The users of the report that are still there: it may be four hours old."""
    if isinstance(iam, Unavailable) or iam.gaps:
        return report.users
    names = {user.name for user in iam.users}
    return tuple(user for user in report.users if user.name in names)


def unreported(report: CredentialReport, iam: IamAuthorizations | Unavailable) -> Iterator[Verdict]:
    """What is told of users that are newer than the report; nothing where there are none."""
    if isinstance(iam, Unavailable) or report.gaps:
        return
    names = {user.name for user in report.users}
    new = [user.name for user in iam.users if user.name not in names]
    if new:
        yield not_assessed(
            f"{count(len(new), 'user')} ({listed(new)}) {'is' if len(new) == 1 else 'are'} newer than AWS's credential "
            f"report of {moment(report.generated)}; AWS makes one every four hours: audit again then"
        )


def as_of(report: CredentialReport) -> str:
    """When the report is of, for the end of a sentence."""
    return f"by AWS's credential report of {moment(report.generated)}"


def row(login: AwsLogin, report: CredentialReport, observed: str) -> Evidence:
    """A row of the report as evidence."""
    return Evidence("IAM credential report", f"{login.name}: {observed}", report.generated)


def moment(at: datetime) -> str:
    """A time for people."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def day(at: datetime | None) -> str:
    """A day for people."""
    return f"{at:%Y-%m-%d}" if at else "never"


def powers_of_users(powers: AwsPowers | Unavailable) -> dict[str, PrincipalPower]:
    """What each user may do, by name; nobody where that is not known."""
    if isinstance(powers, Unavailable):
        return {}
    return {one.name: one for one in powers.principals if one.kind == "user"}


def might(level: Level) -> str:
    """What a level means, after "who"."""
    if level is Level.ADMIN:
        return "may do everything in the account"
    return "can become an administrator of the account" if level is Level.ESCALATION else "has limited rights"


def active_keys(login: AwsLogin) -> list[AwsAccessKey]:
    """The keys that work."""
    return [key for key in login.keys if key.active]


def key_subject(login: AwsLogin, key: AwsAccessKey) -> str:
    """What a finding about one of a user's two keys is about."""
    return f"key {key.place} of {login.name}"


def last_use(key: AwsAccessKey) -> str:
    """When and where a key was last used."""
    where = " ".join(part for part in (f"for {key.service}" if key.service else "", f"in {key.region}") if part)
    return f"last used {day(key.used)} {where}".rstrip() if key.used else "never used"


def key_row(login: AwsLogin, key: AwsAccessKey, report: CredentialReport) -> Evidence:
    """A key's columns of the report."""
    return row(login, report, f"access key {key.place} active, created {day(key.created)}, {last_use(key)}")
