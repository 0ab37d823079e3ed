"""Identities of other providers that a role may be given to: whose they are is in the conditions of its trust policy.

Sources: IAM User Guide, "Create a role for OpenID Connect federation"; GitHub Docs, "OpenID Connect reference";
GitLab Docs, "Connect to cloud services".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from posture.engine.aws.conditions import AnyOf, Special, Truth, Value, met
from posture.engine.aws.documents import Condition
from posture.engine.aws.worlds import Own, of_request

_NO_SUBJECT = frozenset({"aud", "iss", "azp", "amr", "oaud", "app_id"})  # claims that name an application, not whose
_GITHUB_HOST = "token.actions.githubusercontent.com"
_WHOSE = frozenset(
    {"sub", "repository", "repository_id", "repository_owner", "repository_owner_id", "job_workflow_ref",
     "workflow_ref", "enterprise", "enterprise_id", "actor", "actor_id"}
)  # fmt: skip
"""Claims of GitHub that say whose workflow it is. A branch, an environment or a kind of event, everybody has."""
_WILD = re.compile(r"[*?]")
_WHOLE_NAME = {
    _GITHUB_HOST: re.compile(
        r"(repo|repository|job_workflow_ref|workflow_ref):[^:/]+/"
        r"|(repository_owner|repository_owner_id|repository_id|enterprise|enterprise_id|actor|actor_id):[^:]+:"
    ),
    "gitlab.com": re.compile(r"project_path:[^:/]+/"),
    "app.terraform.io": re.compile(r"organization:[^:]+:"),
    "agent.buildkite.com": re.compile(r"organization:[^:]+:"),
}
"""How a subject begins at providers that anybody can use, up to the end of the name of who is meant."""
_COGNITO = "cognito-identity.amazonaws.com"
_GITHUB = ("ref:refs/heads/main", "ref:refs/heads/master", "pull_request", "environment:production", "environment:prod",
           "ref:refs/tags/v1.0.0")  # fmt: skip
_STRANGERS = (
    *(f"repo:stranger/stranger:{what}" for what in _GITHUB),
    *(f"repo:stranger@190419/stranger@190419:{what}" for what in _GITHUB),
    "project_path:stranger/stranger:ref_type:branch:ref:main",
    "project_path:stranger/stranger:ref_type:branch:ref:master",
    "project_path:stranger/stranger:ref_type:tag:ref:v1.0.0",
    "organization:stranger:project:stranger:workspace:stranger:run_phase:apply",
    "organization:stranger:project:Default Project:workspace:production:run_phase:plan",
    "system:serviceaccount:default:default",
    "stranger",
)
"""Subjects that the tokens of strangers have, at the providers that anybody can use."""


def provider(principal: str) -> str:
    """The address of a provider of OpenID Connect (``token.actions.githubusercontent.com``); empty for SAML."""
    if principal.startswith("arn:"):
        return principal.partition(":oidc-provider/")[2].lower()
    return principal.lower()


def names_subject(principal: str, conditions: tuple[Condition, ...]) -> bool:
    """Whether the conditions say whose identities of the provider are meant.

    A provider of SAML is the customer's own, and tells itself who has which role.
    """
    host = provider(principal)
    if not host:
        return True
    return any(_narrows(one, host) for one in conditions)


def _narrows(condition: Condition, host: str) -> bool:
    prefix, _, claim = condition.key.rpartition(":")
    if prefix != host or (claim in _NO_SUBJECT and (host, claim) != (_COGNITO, "aud")):
        return False
    if host == _GITHUB_HOST and claim not in _WHOSE:
        return False
    context: Mapping[str, Value] = {condition.key: AnyOf(_STRANGERS)}
    return met((condition,), context).truth is Truth.NO and not any(
        _left_open(host, claim, value) for value in condition.values if "like" in condition.operator.lower()
    )


def _left_open(host: str, claim: str, pattern: str) -> bool:
    """Whether a wildcard stands where the name of an organization is: ``repo:acme*`` is ``repo:acme-evil/app`` too.

    Who is meant has to be spelled out before the first wildcard, with what ends a name.
    """
    spelled = _WILD.split(pattern, maxsplit=1)[0]
    if spelled == pattern or host not in _WHOLE_NAME:
        return False
    if claim != "sub":
        return "/" not in spelled
    return not _WHOLE_NAME[host].match(spelled)


def stranger(principal: str, at: datetime) -> Own:
    """A request with a token of the provider: what its claims are is told by `names_subject`."""
    host = provider(principal)
    claims = ("sub", *_NO_SUBJECT) if host else ()
    saml = ("saml:aud", "saml:iss", "saml:sub", "saml:sub_type", "saml:edupersonorgdn")
    known: dict[str, Value] = dict.fromkeys((*(f"{host}:{claim}" for claim in claims), *saml), Special.CHOSEN)
    return Own({**of_request(at), **known, "aws:sourceip": Special.INTERNET}, tags=None)
