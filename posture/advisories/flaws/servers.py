"""Servers, by the version they tell the network, against upstream's versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from posture.advisories.flaws.heads import NEXT_STEP, oldest, staleness
from posture.advisories.flaws.products import PRODUCTS, is_packaged_in, server_product
from posture.advisories.flaws.shelf import FeedFile
from posture.advisories.flaws.software import Found, by_urgency
from posture.advisories.flaws.upstream import Upstream
from posture.facts.flaws import ServerFlaws
from posture.facts.services import Service, Services
from posture.facts.unavailable import Unavailable

# Words by which a version or greeting names the distribution that built it, and the marks of package versions:
# 8.0.35-0ubuntu0.22.04.1, 9.2p1 Debian 2+deb12u3, 2.4.6 (CentOS), 1.20.1-14.el9, 10.6.12-MariaDB-0+deb11u1, r3-alpine.
_BUILT = re.compile(
    r"\b(?:debian|ubuntu|raspbian|centos|red ?hat|rocky|almalinux|fedora|suse|sles|oracle linux|amazon(?: linux)?|"
    r"alpine|gentoo|arch linux|freebsd)\b|ubuntu[0-9]|\+?deb[0-9]{1,2}u[0-9]|[.-]el[0-9]{1,2}(?![a-z])|\.fc[0-9]{2}|"
    r"\.amzn[0-9]|~bpo[0-9]|-[0-9]+\+b[0-9]",
    re.IGNORECASE,
)
# MySQL's protocol greets with 5.5.5- in front of MariaDB's own version (10.0 to 10.11).
_MARIADB = re.compile(r"(?:5\.5\.5-)?([0-9]+\.[0-9]+\.[0-9]+)-MariaDB.*", re.IGNORECASE)
_VERSION = re.compile(
    r"v?([0-9]{1,5}(?:\.[0-9]{1,6}){1,3}(?:-(?:rc|beta|alpha)[.-]?[0-9]{1,3})?)(?:-log)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a service tells of a program: its product as known here, the words for a reader, and the version as told.

    `greeting` is all that the server said, empty for an application behind it, which another may have built.
    """

    product: str
    label: str
    version: str
    greeting: str = ""
    behind: bool = False  # an application: the package of the server in front says nothing of it


def server_flaws(services: Services, upstream: Upstream, now: datetime) -> ServerFlaws | Unavailable:
    """Every server that can be reached and tells its version, unless its package was seen from inside."""
    today = now.astimezone(UTC).date()
    outcome = Found()
    inside: list[str] = []
    distribution: list[str] = []
    used: dict[str, FeedFile] = {}
    for service, told in _telling(services):
        label = f"{told.label} {told.version} at {service.subject}"
        if not told.behind and _is_from_a_package(told.product, service):
            inside.append(service.subject)
            continue
        product = PRODUCTS.get(told.product)
        feeds = upstream.feeds_of(product) if product else ()
        if product is None or not feeds:
            outcome.no_data.append(label)
            continue
        used.update((feed.head.name, feed) for feed in feeds)
        if _BUILT.search(told.version) or _BUILT.search(told.greeting):
            distribution.append(label)
        elif match := _VERSION.fullmatch(told.version):
            judged = upstream.judge(product, match[1], today)
            outcome.put(*judged, told.label, service.subject, advisories=upstream.has_advisories(product))
        else:
            outcome.not_comparable.append(label)
    if not used and outcome.no_data:
        return Unavailable(f"no data about {'; '.join(outcome.no_data[:5])} is at hand: {NEXT_STEP}")
    newest, fetched = oldest(tuple(used.values()))
    return ServerFlaws(
        flawed=tuple(sorted(outcome.flawed, key=by_urgency)),
        judged=outcome.judged,
        not_comparable=tuple(outcome.not_comparable),
        no_data=tuple(outcome.no_data),
        data_date=newest,
        fetched=fetched,
        stale=staleness(used.values(), now),
        observed=services.observed,
        inside=tuple(dict.fromkeys(inside)),
        distribution=tuple(distribution),
    )


def _is_from_a_package(product: str, service: Service) -> bool:
    """Whether the package of what answers was seen; where the product is not known, the listener's is taken for it."""
    package = service.process.package if service.process else ""
    return bool(package) and (not product or is_packaged_in(product, package))


def _telling(services: Services) -> Iterator[tuple[Service, _Told]]:
    """The programs that tell the network a version: the servers themselves, and the applications that they serve."""
    for service in services.exposed():
        if service.product and service.version:
            yield service, _told(service)
        for application in service.applications:
            if application.version:
                yield service, _Told(application.name, application.name, application.version, behind=True)


def _told(service: Service) -> _Told:
    product, version = server_product(service.product), service.version
    greeting = " ".join(evidence.observed for evidence in service.evidence)
    if match := _MARIADB.fullmatch(version):
        # What follows the name is the build's; without a distribution's mark it is the maker's own.
        return _Told("mariadb", "MariaDB", version if _BUILT.search(version) else match[1], greeting)
    return _Told(product, service.product, version, greeting)
