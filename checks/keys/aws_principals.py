"""What the checks of an AWS account's principals and roles say alike."""

from __future__ import annotations

from checks.wording import NAMED, listed
from posture.sdk import (
    AwsPowers,
    AwsTrusts,
    CredentialReport,
    Detail,
    Evidence,
    Level,
    Opening,
    PrincipalPower,
    Unavailable,
)

SOURCE = "iam:GetAccountAuthorizationDetails"
STRONG = (Level.ADMIN, Level.ESCALATION)


def subject_of(power: PrincipalPower) -> str:
    """The principal as a finding names it."""
    return f"{power.kind} {power.name}"


def has_key(power: PrincipalPower, report: CredentialReport | Unavailable) -> bool | None:
    """Whether a user has an active access key; None where that is not known."""
    if isinstance(report, Unavailable):
        return None
    logins = [login for login in report.users if login.arn == power.arn]
    return any(key.active for login in logins for key in login.keys) if logins else None


def evidence_of(power: PrincipalPower, powers: AwsPowers) -> Evidence:
    """The policies that make a principal's level, and what of them is not clear."""
    unclear = f" ({power.unclear})" if power.unclear else ""
    by = f"by {', '.join(power.granted_by[:NAMED])}" if power.granted_by else "by its policies"
    return Evidence(SOURCE, f"{power.arn}: {power.level} {by}{unclear}", powers.observed)


def held_by(power: PrincipalPower) -> dict[str, Detail]:
    """The policies as the commands that take them away need them."""
    own = [one for one in power.policies if one.holder_kind != "group"]
    return {
        "name": power.name,
        "kind": power.kind,
        "arn": power.arn,
        "managed": tuple(dict.fromkeys(one.arn for one in own if one.arn))[:NAMED],
        "inline": tuple(dict.fromkeys(one.name for one in own if not one.arn))[:NAMED],
        "groups": tuple(dict.fromkeys(one.holder for one in power.policies if one.holder_kind == "group"))[:NAMED],
    }


def level_of(opening: Opening, powers: AwsPowers | Unavailable) -> Level | None:
    """How far the role that an opening leads into reaches; None where that is not known."""
    if isinstance(powers, Unavailable):
        return None
    return next((one.level for one in powers.principals if one.kind == "role" and one.arn == opening.arn), None)


def reaches(level: Level | None) -> str:
    """A role's level in a sentence."""
    if level is Level.ADMIN:
        return "an administrator"
    return "a role that can make itself an administrator" if level is Level.ESCALATION else "the role"


def trust_evidence(opening: Opening, trusts: AwsTrusts) -> Evidence:
    """The statement that lets somebody in."""
    unclear = f" (taken as met: {opening.unclear})" if opening.unclear else ""
    said = f"trust policy of {opening.name}: {opening.who} may {listed(opening.actions)}{unclear}"
    return Evidence(SOURCE, said, trusts.observed)
