"""Facts about packages on which the checks of updates fail, for each package manager and branch of their texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from posture.sdk import (
    Flaw,
    InstalledPackages,
    Package,
    PendingUpdate,
    PendingUpdates,
    Severity,
    UnfixedPackage,
)

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
UPDATE = PendingUpdate(
    "libssl3", "amd64", "openssl", "3.0.14-1", "3.0.15-1", "bookworm-security", security=True, held=False
)
PENDING = PendingUpdates((), 412, (), (), "debian bookworm: main updates security", AT, AT, "", AT)
FLAW = Flaw(
    "DSA-6010-1", ("CVE-2026-11111",), Severity.MEDIUM, 5.3, probability=0.02, published=date(2026, 11, 10),
    summary="a crash", fixed="3.0.15-1",
)  # fmt: skip
EXPLOITED = replace(
    FLAW, id="DSA-6020-1", cves=("CVE-2026-22222",), severity=Severity.HIGH, score=8.1, probability=0.93,
    published=date(2026, 10, 1), exploited=date(2026, 10, 3), due=date(2026, 10, 24),
)  # fmt: skip
PAID = replace(FLAW, id="CVE-2026-33333", cves=("CVE-2026-33333",), paid="Ubuntu Pro")
NO_FIX = replace(FLAW, id="CVE-2026-44444", cves=("CVE-2026-44444",), fixed="")
SSHD = replace(
    UPDATE, package="openssh-server", source="openssh", flaws=(EXPLOITED, FLAW), exposed=("198.51.100.2:22/tcp",)
)
DOCKER = Package("docker-ce", "amd64", "5:27.1-1", "docker-ce", "5:27.1-1", vendor="Docker <support@docker.com>")
INSTALLED = InstalledPackages("dpkg", (DOCKER,), (), AT)


def _waiting(*updates: PendingUpdate, **changes: Any) -> tuple[PendingUpdates]:
    return (replace(PENDING, updates=updates, **changes),)


def _of_every_manager() -> list[tuple[PendingUpdates]]:
    many = tuple(replace(UPDATE, package=f"a-package-with-a-long-name-{n}") for n in range(40))
    module = replace(UPDATE, package="nodejs", module="nodejs:18")
    kernel = replace(UPDATE, package="kernel-core", source="kernel")
    held = replace(SSHD, held=True)
    found = []
    for manager in ("rpm", "apk"):
        for updates in ((UPDATE,), (held,), (module, kernel, held), (*many, SSHD)):
            found += [_waiting(*updates, manager=manager)]
    return found


def _of_images() -> list[tuple[PendingUpdates]]:
    kinds = (("docker", "dpkg"), ("podman", "rpm"), ("kubernetes", "apk"))
    return [_waiting(UPDATE, manager=manager, container=container) for container, manager in kinds]


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """For each check the facts, as `typical_failures` has them."""
    many = tuple(replace(UPDATE, package=f"a-package-with-a-long-name-{n}") for n in range(40))
    both = (replace(UPDATE, held=True), replace(UPDATE, package="linux-image-amd64", source="linux-signed-amd64"))
    image = replace(UPDATE, package="linux-image-6.1.0-18-amd64", replaced_by="linux-image-6.1.0-28-amd64")
    core = replace(UPDATE, package="libc6", source="glibc", pocket="")
    unfixed = tuple(UnfixedPackage(f"p{n}", "1.0", (PAID, NO_FIX)) for n in range(8))
    held = replace(UPDATE, held=True, security=False)
    lots = tuple(replace(held, package=f"a-package-with-a-long-name-{n}") for n in range(40))
    managers = ("dpkg", "rpm", "apk")
    return {
        "packages.security-updates": (
            _waiting(UPDATE), _waiting(*both, stale="9 days old"), _waiting(*many, foreign=("docker-ce",)),
            _waiting(image), _waiting(*many, image), _waiting(SSHD, core, unfixed=unfixed, named="OSV of today"),
            *_of_every_manager(), *_of_images(),
        ),
        "packages.held-back": tuple(
            _waiting(*updates, manager=manager) for manager in managers for updates in ((held,), lots)
        ),
        "packages.third-party": tuple(
            (replace(PENDING, foreign=foreign, manager=manager), INSTALLED)
            for manager in managers
            for foreign in (("docker-ce",), tuple(f"a-package-with-a-long-name-{n}" for n in range(40)))
        ),
    }  # fmt: skip
