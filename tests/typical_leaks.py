"""Secrets where they should not be, as they are typically found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from posture.facts.leaks import AllowedLeak, HostLeaks, LeakedSecret, LooseFile, RepositoryLeaks
from posture.model.severity import Severity

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
COMMITTED = LeakedSecret(
    "github-token", "GitHub token", Severity.HIGH, "deploy/config.sh", 12, "ghp_",
    "hmac:0123456789abcdef0123456789abcdef", proof="checksum right", note="all that its owner may do",
    commit="5d41402abc4b2a76b9719d911017c592ae4a9d2c", author_date=datetime(2025, 3, 1, tzinfo=UTC),
)  # fmt: skip
REPOSITORY = RepositoryLeaks((COMMITTED,), (), (), 912, 4_811, (), "rules", AT)

LYING = LeakedSecret(
    "database-password", "Database password", Severity.HIGH, "/home/shop/.my.cnf", 3, "k", "hmac:" + "5" * 32,
    owner="shop", mode=0o644, readers=("*",),
)  # fmt: skip
HASH = LeakedSecret(
    "password-hash", "Password hash", Severity.MEDIUM, "/var/www/shop/.htpasswd", 1, "", "hmac:" + "6" * 32,
    note="MD5 (apr1)", owner="www-data", mode=0o640, readers=(),
)  # fmt: skip
LOOSE = LooseFile("/home/shop/.pgpass", "PostgreSQL passwords", "shop", 0o644, ("*",))
HOST = HostLeaks((LYING,), (), ("/home", "/var/www"), 31, (), "rules", AT)


def committed(**changes: Any) -> RepositoryLeaks:
    return replace(REPOSITORY, secrets=(replace(COMMITTED, **changes),))


def lying(**changes: Any) -> HostLeaks:
    return replace(HOST, secrets=(replace(LYING, **changes),))


def hashed(**changes: Any) -> HostLeaks:
    return replace(HOST, secrets=(replace(HASH, **changes),))


def loose(**changes: Any) -> HostLeaks:
    return replace(HOST, secrets=(), loose=(replace(LOOSE, **changes),))


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Check -> the facts of repositories and hosts on which it fails."""
    ended = committed(expired=datetime(2025, 4, 1, tzinfo=UTC), severity=Severity.INFO)
    nowhere = committed(path="", commit="", author_date=None, current=False, note="")
    excuse = AllowedLeak("hmac:" + "7" * 32, "tests/data/x", "made up for the tests", datetime(2027, 3, 31, tzinfo=UTC))
    excused = replace(REPOSITORY, secrets=(), allowed=(excuse,))
    told = (REPOSITORY, committed(current=False), ended, nowhere, excused)
    open_ = (
        HOST, lying(readers=("alex",), owner="root"), lying(path="/root/.bash_history", readers=(), owner="root"),
        lying(path="/var/www/shop/wp-config.php.bak", readers=(), note="the shop"),
        lying(expired=datetime(2025, 4, 1, tzinfo=UTC), severity=Severity.INFO),
    )  # fmt: skip
    hashes = (
        hashed(), hashed(severity=Severity.LOW, readers=("*",)), hashed(path="/srv/dump.sql"), hashed(readers=("*",)),
    )  # fmt: skip
    return {
        "keys.secret-in-repository": tuple((one,) for one in told),
        "keys.secret-in-file": tuple((one,) for one in open_),
        "keys.credential-file-readable": ((loose(),), (loose(readers=("alex",), owner="root"),)),
        "keys.password-hash-weak": tuple((one,) for one in hashes),
    }
