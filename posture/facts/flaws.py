"""Published flaws, and the software in which they are: what advisories say, ranked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from posture.model.severity import Severity


@dataclass(frozen=True, slots=True)
class Flaw:
    """One advisory about one piece of software.

    `id` is its publisher's name for it (``DSA-5678-1``, ``ALSA-2026:1234``, ``GHSA-...``), `cves` the CVE ids it stands
    for. `severity` is the publisher's word, else from `score` (CVSS base score), None when neither is known: it is
    never guessed. `exploited` is when CISA's catalogue of known exploited vulnerabilities (KEV) took one of the CVEs
    in, `due` the day the catalogue gives for mending it; `probability` the highest EPSS of the CVEs, 0 to 1. `paid`
    names the programme that alone has the fix (``Ubuntu Pro``, ``ELTS``), empty when it is free.
    """

    id: str
    cves: tuple[str, ...] = ()
    severity: Severity | None = None
    score: float | None = None
    exploited: date | None = None
    due: date | None = None
    probability: float | None = None
    published: date | None = None
    summary: str = ""
    url: str = ""
    fixed: str = ""  # the version that mends it, as published; empty when there is none yet
    paid: str = ""


@dataclass(frozen=True, slots=True)
class FlawedSoftware:
    """Software in a version with published flaws.

    `ecosystem` is OSV's name (``PyPI``, ``npm``, ``Packagist``, ``RubyGems``, ``Bitnami``, ``Debian:12``). `place` is
    the folder, or the service's subject, where it was seen. `fixed` is the lowest version that mends all of `flaws`
    that can be mended, empty when none can. `flaws` are ordered, worst first. `owner` as of LanguagePackage, of what
    lies on disk.
    """

    name: str
    ecosystem: str
    version: str
    place: str
    fixed: str
    flaws: tuple[Flaw, ...]
    owner: str = ""


@dataclass(frozen=True, slots=True)
class SoftwareFlaws:
    """Software against advisories. One subclass a kind of software.

    `judged` counts what could be held against data. `not_comparable` names what has a version that does not parse,
    `no_data` what no feed at hand knows of. `data_date` is the newest advisory in the oldest of the feeds used,
    `fetched` when that was confirmed last; `stale` says in words why "no flaw is known" cannot be said, empty when it
    can.
    """

    flawed: tuple[FlawedSoftware, ...]
    judged: int
    not_comparable: tuple[str, ...]
    no_data: tuple[str, ...]
    data_date: datetime | None
    fetched: datetime | None
    stale: str
    observed: datetime


@dataclass(frozen=True, slots=True)
class LanguageFlaws(SoftwareFlaws):
    """Packages of programming languages against OSV."""


@dataclass(frozen=True, slots=True)
class ApplicationFlaws(SoftwareFlaws):
    """Web applications on disk against upstream's versions.

    A flaw whose id begins with ``end-of-life:`` is a branch that its makers have ended; it has no severity.
    """


@dataclass(frozen=True, slots=True)
class ServerFlaws(SoftwareFlaws):
    """Servers, by the version they tell the network, against upstream's versions.

    Less certain than the rest: a distribution mends flaws without changing the version that a server tells. Servers
    whose package was seen from inside are not among them; the distribution's word on those is the better one.

    `inside` are the subjects of those. `distribution` are servers whose version or greeting names a distribution's
    build, as ``product version at subject``: upstream's versions say nothing about them. A flaw whose id begins with
    ``end-of-life:`` is a branch that its makers have ended.
    """

    inside: tuple[str, ...] = ()
    distribution: tuple[str, ...] = ()
