"""Facts about flaws and releases on which checks fail, one for each branch of their texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from posture.sdk import (
    Flaw,
    FlawedSoftware,
    Release,
    ReleaseSupport,
    ServerFlaws,
    Severity,
    Support,
    UnsupportedPackage,
    UnsupportedPackages,
)

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
ENDED = UnsupportedPackage(
    "pdns-recursor", ("pdns-recursor",), "4.8.8-1", limited=False, since=date(2025, 10, 1), note="abandoned upstream"
)
LIMITED = UnsupportedPackage(
    "binutils", ("binutils", "libbinutils"), "2.40-2", limited=True, since=None, note="trusted"
)
UNSUPPORTED = UnsupportedPackages((), AT, "", AT)
MANY = replace(ENDED, packages=tuple(f"a-package-with-a-long-name-{n}" for n in range(40)))

FLAW = Flaw("BIT-nginx-2021-23017", ("CVE-2021-23017",), Severity.CRITICAL, 9.4, fixed="1.20.1", summary="resolver")
BRANCH = Flaw("end-of-life:nginx-1.18", summary="The branch 1.18 gets no security fixes from its makers any more")
NGINX = FlawedSoftware("nginx", "Bitnami", "1.18.0", "198.51.100.2:80/tcp", "1.20.1", (FLAW,))
SERVERS = ServerFlaws((), 1, (), (), AT, AT, "", AT)

RELEASE = ReleaseSupport("Debian 12 (bookworm)", Support.ENDED, None, AT, AT, AT)


def _release(product: str, phase: Support, codename: str, *way: str) -> tuple[ReleaseSupport]:
    upgrades = tuple(Release(one, one.rpartition(" ")[2]) for one in way)
    return (replace(RELEASE, product=product, phase=phase, codename=codename, upgrades=upgrades),)


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """For each check the facts, as `typical_failures` has them."""
    attacked = replace(FLAW, exploited=date(2026, 1, 2))
    return {
        "packages.unsupported-packages": (
            (replace(UNSUPPORTED, packages=(ENDED,)),), (replace(UNSUPPORTED, packages=(MANY, LIMITED)),),
        ),
        "packages.server-version-outdated": (
            (replace(SERVERS, flawed=(NGINX,)),),
            (replace(SERVERS, flawed=(replace(NGINX, flaws=(attacked, BRANCH)), replace(NGINX, name="grafana"))),),
            (replace(SERVERS, flawed=(replace(NGINX, flaws=(BRANCH,), fixed=""),)),),
        ),
        "packages.release-end-of-life": (
            _release("AlmaLinux 8", Support.ENDED, "8", "AlmaLinux 9"),
            _release("Alpine Linux 3.16", Support.ENDED, "3.16", "Alpine Linux 3.24"),
            _release("Red Hat Enterprise Linux 7", Support.PAID, "7", "Red Hat Enterprise Linux 8"),
            _release("Fedora Linux 40", Support.ENDED, "40", "Fedora Linux 41", "Fedora Linux 42"),
            _release("CentOS Linux 7", Support.ENDED, "7", "AlmaLinux 8"),
            _release("openSUSE Leap 15.5", Support.ENDED, "15.5", "openSUSE Leap 15.6"),
            _release("SUSE Linux Enterprise Server 15.5", Support.PAID, "15.5"),
        ),
    }  # fmt: skip
