"""Secrets where they should not be, as they are typically found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from posture.facts.leaks import LeakedSecret, RepositoryLeaks
from posture.model.severity import Severity

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
COMMITTED = LeakedSecret(
    "github-token", "GitHub token", Severity.HIGH, "deploy/config.sh", 12, "ghp_",
    "hmac:0123456789abcdef0123456789abcdef", proof="checksum right", note="all that its owner may do",
    commit="5d41402abc4b2a76b9719d911017c592ae4a9d2c", author_date=datetime(2025, 3, 1, tzinfo=UTC),
)  # fmt: skip
REPOSITORY = RepositoryLeaks((COMMITTED,), (), (), 912, 4_811, (), "rules", AT)


def committed(**changes: Any) -> RepositoryLeaks:
    return replace(REPOSITORY, secrets=(replace(COMMITTED, **changes),))


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Check -> the facts of repositories on which it fails."""
    ended = committed(expired=datetime(2025, 4, 1, tzinfo=UTC), severity=Severity.INFO)
    nowhere = committed(path="", commit="", author_date=None, current=False, note="")
    told = (REPOSITORY, committed(current=False), ended, nowhere)
    return {"keys.secret-in-repository": tuple((one,) for one in told)}
