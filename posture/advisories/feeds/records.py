"""What a feed says, in one shape for all feeds: the parsers make these, the index keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from posture.facts.packages import Support
from posture.model.severity import Severity


class Scheme(StrEnum):
    """The version order of an ecosystem; posture.advisories.versions has the key of each."""

    DPKG = "dpkg"
    RPM = "rpm"
    APK = "apk"
    PEP440 = "pep440"
    SEMVER = "semver"
    GEM = "gem"
    COMPOSER = "composer"


class State(StrEnum):
    """What a publisher says of a package and a flaw."""

    FIXED = "fixed"
    UNFIXED = "unfixed"  # no fix yet, or none will come
    NOT_AFFECTED = "not-affected"


@dataclass(frozen=True, slots=True)
class Affected:
    """A range of versions of one package that an advisory is about; one line of an advisory, several are possible.

    `ecosystem` is OSV's name with the release (``Debian:12``, ``AlmaLinux:9``, ``Alpine:v3.20``, ``PyPI``); `name` the
    source package's, or the binary's where `binary` is true (AlmaLinux, Red Hat). `module` is the stream of a
    modular package (``nodejs:18``); ``?`` where it is modular and the feed does not tell the stream. The range begins
    with `introduced` (empty: from the first version on) and ends before `fixed`, or with `last`, both of the scheme of
    the ecosystem. `channel` names the programme that has the fix (``Ubuntu Pro``, ``ELTS``), empty when it is free.
    """

    ecosystem: str
    name: str
    scheme: Scheme
    state: State = State.FIXED
    fixed: str = ""
    introduced: str = ""
    last: str = ""
    binary: bool = False
    module: str = ""
    channel: str = ""
    architectures: tuple[str, ...] = ()  # empty: all


@dataclass(frozen=True, slots=True)
class Advisory:
    """One advisory. `cves` are all CVE ids it is about; `severity` the publisher's word, else by `score` (CVSS)."""

    id: str
    affected: tuple[Affected, ...]
    cves: tuple[str, ...] = ()
    severity: Severity | None = None
    score: float | None = None
    published: datetime | None = None
    modified: datetime | None = None
    summary: str = ""
    url: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Exploited:
    """An entry of CISA's catalogue of known exploited vulnerabilities."""

    cve: str
    added: date
    due: date | None
    ransomware: bool = False


@dataclass(frozen=True, slots=True)
class Probability:
    """FIRST's EPSS of a CVE: the probability that it is exploited in the next 30 days, 0 to 1."""

    cve: str
    epss: float
    percentile: float | None = None


@dataclass(frozen=True, slots=True)
class Cycle:
    """One release cycle of a product (endoflife.date) and the end of one phase of its life.

    `until` is the last day of the phase, None when it is not set yet.
    """

    product: str  # almalinux, alpine-linux, rhel, nextcloud, php
    cycle: str  # 9, 3.20
    phase: Support
    until: date | None
    latest: str = ""  # the newest version of the cycle
    released: date | None = None


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A source package without full security support in a release (debian-security-support)."""

    ecosystem: str
    source: str
    limited: bool
    since: date | None = None
    version: str = ""  # the last version that was supported
    note: str = ""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key whose private half is known: a hash of its public half (posture.advisories.weak_keys.known_keys)."""

    hash: bytes
    list: str


@dataclass(frozen=True, slots=True)
class Dated:
    """The date that a feed itself gives for its data (dateReleased of the KEV catalogue, score_date of EPSS)."""

    at: datetime  # aware


Record = Advisory | Exploited | Probability | Cycle | Unsupported | KnownKey | Dated


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record of a feed that could not be read, and why. Counted in the open, never skipped in silence."""

    what: str
    why: str
