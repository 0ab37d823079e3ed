"""Facts of software beside the distribution's packages, and of processes that run what is gone, as checks see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from posture.sdk import (
    ApplicationFlaws,
    Flaw,
    FlawedSoftware,
    InstalledApplication,
    InstalledApplications,
    LanguageFlaws,
    LanguagePackage,
    LanguagePackages,
    Severity,
    StaleProcess,
    StaleProcesses,
)

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
FLAW = Flaw("GHSA-cpwx-vrp4-4pq7", ("CVE-2025-27516",), Severity.HIGH, 7.3, published=date(2025, 3, 5), fixed="3.1.6")
EXPLOITED = replace(FLAW, id="GHSA-x", cves=("CVE-2021-1",), severity=Severity.MEDIUM, exploited=date(2021, 12, 10))
ENDED = Flaw("end-of-life:typo3-10", summary="The branch 10 has had no updates since 2023-04-30")
JINJA = FlawedSoftware("jinja2", "PyPI", "3.1.2", "/srv/shop/venv", "3.1.6", (FLAW,))
WORDPRESS = FlawedSoftware("wordpress", "Bitnami", "6.4.1", "/var/www/blog", "6.4.3", (FLAW,))
NGINX = StaleProcess(
    812, "nginx", "www-data", "nginx.service", ("/usr/lib/x86_64-linux-gnu/libssl.so.3",), ("libssl3",)
)


def packages(*found: LanguagePackage, **changes: Any) -> LanguagePackages:
    return replace(LanguagePackages(found, ("/srv", "/home"), 0, complete=True, observed=AT), **changes)


def applications(*found: InstalledApplication, **changes: Any) -> InstalledApplications:
    return replace(InstalledApplications(found, ("/var/www",), 0, complete=True, observed=AT), **changes)


def language_flaws(*flawed: FlawedSoftware, **changes: Any) -> LanguageFlaws:
    return replace(LanguageFlaws(flawed, 40, (), (), AT, AT, "", AT), **changes)


def application_flaws(*flawed: FlawedSoftware, **changes: Any) -> ApplicationFlaws:
    return replace(ApplicationFlaws(flawed, 1, (), (), AT, AT, "", AT), **changes)


def processes(*stale: StaleProcess, **changes: Any) -> StaleProcesses:
    return replace(StaleProcesses(stale, 120, 120, AT), **changes)


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """For the checks of these facts, some on which they fail: each branch of their texts."""
    one = replace(JINJA, name="lodash", ecosystem="npm", place="/srv/shop", fixed="4.17.21", flaws=(EXPLOITED, FLAW))
    gem = replace(JINJA, name="rack", ecosystem="RubyGems", place="/srv/blog")
    many = tuple(replace(JINJA, name=f"a-package-with-a-long-name-{n}") for n in range(40))
    languages = (
        (JINJA,), (replace(JINJA, place="/usr/local/lib/python3.11/dist-packages"),), many,
        (replace(JINJA, place="/home/kim/.local/lib/python3.11/site-packages"),), (replace(JINJA, fixed=""),),
        (one, replace(JINJA, name="symfony/http-kernel", ecosystem="Packagist", place="/srv/shop")),
        (replace(one, place="/usr/lib"),), (gem,), (replace(gem, place="/var/lib/gems/3.1.0"),),
    )  # fmt: skip
    products = (
        "wordpress", "nextcloud", "owncloud", "drupal", "typo3", "magento", "joomla", "moodle", "matomo", "mediawiki",
        "roundcube", "phpmyadmin", "adminer", "grafana",
    )  # fmt: skip
    applied = [replace(WORDPRESS, name=product) for product in products]
    applied += [replace(WORDPRESS, fixed="", flaws=(ENDED,)), replace(WORDPRESS, name="magento", fixed="")]
    applied += [replace(WORDPRESS, flaws=(EXPLOITED, FLAW, ENDED))]
    by_hand = replace(NGINX, pid=813, name="python3", user="alex", unit="", packages=())
    bus = replace(NGINX, pid=1, name="systemd", unit="")
    docker = replace(NGINX, pid=900, name="dockerd", unit="docker.service")
    units = tuple(replace(NGINX, pid=n, unit=f"service-with-a-long-name-{n}.service") for n in range(100, 150))
    stale = (
        (NGINX,), (NGINX, by_hand, bus, docker), (by_hand,), (bus,), (replace(NGINX, unit="dbus.service"), by_hand),
        units,
    )  # fmt: skip
    return {
        "packages.language-packages": tuple((language_flaws(*flawed), packages()) for flawed in languages),
        "packages.web-application-outdated": tuple((application_flaws(one), applications()) for one in applied),
        "packages.services-on-old-libraries": tuple((processes(*some),) for some in stale),
    }
