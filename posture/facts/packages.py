"""What is installed, and what the distribution offers instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from posture.facts.flaws import Flaw


@dataclass(frozen=True, slots=True)
class Package:
    """An installed binary package. `source` and `source_version` are those it was built from; `held` by the admin.

    Versions are as the manager writes them; of rpm ``epoch:version-release``, without an epoch of 0. `module` is the
    stream of rpm's MODULARITYLABEL (``nodejs:18``), empty outside of modules. `vendor` is who built it, in its words:
    rpm's VENDOR, dpkg's Origin or Maintainer.
    """

    name: str
    architecture: str
    version: str
    source: str
    source_version: str
    held: bool = False
    module: str = ""
    vendor: str = ""


@dataclass(frozen=True, slots=True)
class InstalledPackages:
    """Fully installed packages. `manager`: ``dpkg``, ``rpm`` or ``apk``. `broken` are half-installed ones."""

    manager: str
    packages: tuple[Package, ...]
    broken: tuple[str, ...]
    observed: datetime


@dataclass(frozen=True, slots=True)
class PendingUpdate:
    """An installed package for which the distribution's signed index offers a newer version.

    `replaced_by` is the package to install instead where the newer version has another name (a kernel image, whose name
    holds its version), empty otherwise. `flaws` are the advisories it mends, worst first, as far as feeds know them;
    `more_flaws` counts those that were left out. `exposed` are the subjects of services of this package, or of another
    from its source, that can be reached. `pocket` is empty where only advisories were at hand, no index: `candidate` is
    then the lowest version that mends all of `flaws`. `module` is the stream that both versions belong to.
    """

    package: str
    architecture: str
    source: str
    installed: str
    candidate: str
    pocket: str  # bookworm-security, noble-updates, ...
    security: bool
    held: bool
    replaced_by: str = ""
    flaws: tuple[Flaw, ...] = ()
    exposed: tuple[str, ...] = ()
    module: str = ""
    more_flaws: int = 0


@dataclass(frozen=True, slots=True)
class PendingUpdates:
    """Installed against the index. `not_comparable`: versions that do not parse; `foreign`: in no official index.

    `newer` have a version above all that the index offers (from backports, say): what fixes them is not known.

    `index_date` is when the distribution signed the index used, of the parts that updates come through the oldest;
    `fetched` is when we got it; `stale` says that it is too old for "nothing is pending", in words, empty when it is
    not. `named` says from which data
    advisories were named and how old it is, or why none were. `unfixed` are flaws known of installed packages for which
    no update is offered: told, never counted as pending. `untold` are the pockets whose index does not say which of its
    updates mend flaws: only advisories can (Alpine; RPM repositories without updateinfo). `container` is the kind of
    container that the host is, as of KernelState. `why_alone` says why advisories alone were asked and what would bring
    the index, empty where an index was at hand.
    """

    updates: tuple[PendingUpdate, ...]
    compared: int
    not_comparable: tuple[str, ...]
    foreign: tuple[str, ...]
    index: str  # what was compared with: "debian bookworm: main updates security"
    index_date: datetime
    fetched: datetime
    stale: str
    observed: datetime
    newer: tuple[str, ...] = ()
    manager: str = "dpkg"
    named: str = ""
    unfixed: tuple[UnfixedPackage, ...] = ()
    untold: tuple[str, ...] = ()
    container: str = ""
    why_alone: str = ""


@dataclass(frozen=True, slots=True)
class UnfixedPackage:
    """An installed package with known flaws for which nothing on offer to everyone is a fix.

    `package` and `installed` are the source package and its version where the distribution's advisories go by those. A
    flaw's `paid` names the programme that has a fix; a `fixed` without it is a version that the index does not offer.
    `flaws` are ordered, worst first; `more_flaws` counts those that were left out.
    """

    package: str
    installed: str
    flaws: tuple[Flaw, ...]
    more_flaws: int = 0


@dataclass(frozen=True, slots=True)
class UnsupportedPackage:
    """An installed package that gets no, or limited, security support though its release does.

    `limited` is True where support is restricted, not ended; `since` is when it ended, None when it never began or is
    not told; `note` is the distribution's own explanation.
    """

    source: str
    packages: tuple[str, ...]
    version: str
    limited: bool
    since: date | None
    note: str


@dataclass(frozen=True, slots=True)
class UnsupportedPackages:
    """Packages without full security support (debian-security-support). `data_date` is how old that data is."""

    packages: tuple[UnsupportedPackage, ...]
    data_date: datetime
    stale: str
    observed: datetime


class Support(StrEnum):
    """The phase of a release's life."""

    REGULAR = "regular"
    LTS = "lts"  # security updates of the distribution's long-term team
    PAID = "paid"  # only a paid programme: ELTS, ESM
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Release:
    """One release of a distribution: ``Debian 12 (bookworm)``, ``bookworm``."""

    product: str
    codename: str


@dataclass(frozen=True, slots=True)
class ReleaseSupport:
    """How long the host's release gets security updates. `until` ends the phase; `data_date` is how old the data is.

    `upgrades` are the releases to go through, one after the other, up to the first that gets free security updates;
    empty when the host's own does, or when they are not known. `stale` says why the dates may have been moved since, in
    words, empty when they are fresh.
    """

    product: str  # "Debian 12 (bookworm)"
    phase: Support
    until: datetime | None
    free_until: datetime | None  # the last day of updates that cost nothing
    data_date: datetime
    observed: datetime
    codename: str = ""
    upgrades: tuple[Release, ...] = ()
    stale: str = ""
