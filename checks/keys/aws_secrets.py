"""How the checks of secrets in the settings of an AWS account tell what they found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from checks.keys.rotation import where_to_replace
from posture.sdk import Evidence, LeakedSecret, Severity, Unavailable

TOLD = 20  # secrets of one place as evidence
NAMED = 10  # of one place in the text


def worst(secrets: Sequence[LeakedSecret]) -> Severity:
    """As grave as the gravest."""
    return max(secret.severity for secret in secrets)


def named(secrets: Sequence[LeakedSecret]) -> tuple[str, ...]:
    """Each for the text: what it is, where it stands, and where it is replaced."""
    return tuple(f"{_place(one)}: {one.kind}{_ended(one)}" for one in secrets[:NAMED])


def replaced(secrets: Sequence[LeakedSecret]) -> tuple[str, ...]:
    """Where they are replaced, each kind once."""
    return tuple(dict.fromkeys(f"{one.kind}: {where_to_replace(one.rule)}" for one in secrets))[:NAMED]


def kinds(secrets: Sequence[LeakedSecret]) -> tuple[str, ...]:
    """What they are, each kind once."""
    return tuple(dict.fromkeys(one.kind for one in secrets))


def evidence(source: str, secrets: Sequence[LeakedSecret], at: datetime) -> tuple[Evidence, ...]:
    """What may be said of each."""
    return tuple(Evidence(source, _told(one), at) for one in secrets[:TOLD])


def reasons(*facts: object) -> tuple[str, ...]:
    """Why some facts are not there."""
    return tuple(dict.fromkeys(fact.reason for fact in facts if isinstance(fact, Unavailable)))


def _place(secret: LeakedSecret) -> str:
    return f"{secret.path}, line {secret.line}" if secret.line else secret.path


def _ended(secret: LeakedSecret) -> str:
    return f", which ended on {secret.expired:%Y-%m-%d}" if secret.expired else ""


def _told(secret: LeakedSecret) -> str:
    start = f"begins with {secret.start}" if secret.start else ""
    parts = (f"{_place(secret)}: {secret.kind}{_ended(secret)}", start, secret.fingerprint, secret.proof, secret.note)
    return "; ".join(part for part in parts if part)
