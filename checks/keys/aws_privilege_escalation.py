from __future__ import annotations

from checks.aws import unseen
from checks.keys.aws_principals import SOURCE, evidence_of, held_by, subject_of
from checks.wording import NAMED, count, listed
from posture.sdk import (
    AwsPowers,
    EscalationPath,
    Evidence,
    Iterator,
    Level,
    PrincipalPower,
    Severity,
    Verdict,
    check,
    fail,
    passed,
)


@check(
    "keys.aws-privilege-escalation",
    title="A user or role of an AWS account can make itself an administrator",
    clause="4.3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:5.4", "cis@8.1:6.8",
        "iso27001@2022:A.5.18", "iso27001@2022:A.8.2",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:7.2.5",
        "soc2@2017:CC6.3",
        "bsi-c5@2020:IDM-06",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def aws_privilege_escalation(powers: AwsPowers) -> Iterator[Verdict]:
    """A user or role is no administrator, and has permissions that make it one in a step or more.

    Such as: writing its own policy, making an access key for another user, assuming a role, giving a role to a function
    or machine of its own (iam:PassRole). Ninety-odd ways are tried against all of a principal's policies together, so
    two policies that are harmless alone are found, and against this account's own users, groups and roles: passing a
    role without such rights is none, nor is managing one's own keys. Steps are followed over roles. High for users,
    medium for roles, and for users who need a second factor for it. Roles that only AWS changes are left alone. The
    ways are those of the public reference list pathfinding.cloud.

    It is wrong where a policy of the organization (SCP) forbids a step: those are not read. A way "needs" what could
    not be seen, for instance a machine that has the role; a condition that cannot be judged is taken as met, and told.
    """
    every = [one for one in powers.principals if not one.reserved]
    climbing = [one for one in every if one.level is Level.ESCALATION]
    for one in climbing:
        yield _failure(one, powers)
    yield from unseen(powers.gaps)
    if not climbing and not powers.gaps:
        yield passed(
            f"None of {count(len(every), 'user or role', ' (users and roles)')} can make itself an administrator"
        )


def _failure(one: PrincipalPower, powers: AwsPowers) -> Verdict:
    guarded = one.without_mfa is Level.LIMITED
    ways = [_words(path) for path in one.paths]
    first = ways[0] if ways else "by its policies"
    more = f", and in {count(len(ways) - 1, 'other way')}" if len(ways) > 1 else ""
    return fail(
        f"{one.kind.capitalize()} {one.name} can make itself an administrator: it {first}{more}",
        subject=subject_of(one),
        severity=Severity.MEDIUM if one.kind == "role" or guarded else None,
        evidence=(
            evidence_of(one, powers),
            *(Evidence(SOURCE, _proof(path), powers.observed) for path in one.paths[:8]),
        ),
        ways=tuple(ways[:NAMED]),
        denial=_denial(one.paths, one.kind),
        **held_by(one),
    )


def _words(path: EscalationPath) -> str:
    return f"{path.title} ({path.target})" if path.target else path.title


def _proof(path: EscalationPath) -> str:
    needs = f"; needs {path.needs}" if path.needs else ""
    return f"{path.id}: {' + '.join(path.permissions)} over {path.target}, by {listed(path.granted_by)}{needs}"


def _denial(paths: tuple[EscalationPath, ...], kind: str) -> tuple[str, ...]:
    """A policy that closes the ways, line by line: it denies the permissions over identities, else all of a way.

    And that it be taken away: who may write policies may often delete them too.
    """
    found: dict[str, None] = {}
    for path in paths:
        decisive = [one for one in path.permissions if one.startswith(("iam:", "sts:"))]
        found |= dict.fromkeys(decisive or path.permissions)
    if any(one.startswith("iam:") and one != "iam:PassRole" for one in found):
        found[f"iam:Delete{kind.capitalize()}Policy"] = None
    actions = [f'"{one}"' for one in found]
    lines = [f"{action}," for action in actions[:-1]] + actions[-1:]
    return ('{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": [', *lines, '], "Resource": "*"}]}')
