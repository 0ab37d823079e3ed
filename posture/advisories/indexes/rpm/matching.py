"""Installed RPM packages against what the enabled repositories offer, as dnf decides.

* A package is compared with those of its name and architecture; one of no architecture (``noarch``) may become one of
  the host's and the other way round, nothing else changes (libsolv, policy_illegal_archchange).
* The highest epoch:version-release of all repositories is the candidate.
* A modular package is offered to those only who use its stream: an installed package of a stream is compared with that
  stream. While a stream is in use, packages outside of modules that have the name of one of its packages are hidden
  (dnf, modularity.rst, "Package filtering"). A default stream that nothing installed comes from is taken as not in use,
  as nothing here tells whether the admin switched it off.
* What may be installed several times (kernels) is compared by its newest.
* A package that another one obsoletes has left the repositories or stays as it is: it is not judged by its successor.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from posture.advisories.indexes.family import Comparison
from posture.advisories.indexes.file import Index
from posture.advisories.indexes.name import IndexName
from posture.advisories.indexes.offers import Candidate, Mend
from posture.advisories.indexes.rpm.primary import evr_key
from posture.advisories.indexes.rpm.systems import NO_ARCHITECTURE, is_official
from posture.facts.flaws import Flaw
from posture.facts.packages import InstalledPackages, Package, PendingUpdate
from posture.model.severity import Severity

_key = lru_cache(50_000)(evr_key)  # hosts share most of their packages


def compare(packages: InstalledPackages, name: IndexName, index: Index) -> Comparison:
    """Compare every installed package with the index.

    A package that somebody else built, or that no repository has, is foreign; one newer than all on offer is not
    compared. Labels are ``name``, with the architecture where it is not the host's own: ``glibc.i686``.

    Raises:
        Damaged: the index cannot be read.
    """
    unclear: list[str] = []
    foreign: list[str] = []
    newer: list[str] = []
    found: list[tuple[Package, bytes, Candidate, bytes]] = []
    offered = index.candidates(package.name for package in packages.packages)
    in_use = frozenset(package.module for package in packages.packages if package.module)
    newest = _newest(packages.packages)
    for package in packages.packages:
        label = _label(package, name)
        offers = offered.get(package.name, ())
        if not offers or not is_official(package, name.distribution):
            foreign.append(label)
            continue
        installed = _key(package.version)
        if installed is None:
            unclear.append(label)
            continue
        if newest[package.name, package.architecture] > installed:
            continue  # an older kernel beside the one that boots
        best, known = _best(package, offers, in_use)
        if not known:
            foreign.append(label)
        elif best is None:
            unclear.append(label)
        elif installed > best[0]:
            newer.append(label)
        elif installed < best[0]:
            found.append((package, installed, best[1], best[0]))
    mends = index.mends(package.name for package, *_ in found)
    updates = tuple(_update(*one, mends.get(one[0].name, ())) for one in found)
    compared = len(packages.packages) - len(unclear) - len(foreign) - len(newer)
    return Comparison(updates, compared, tuple(unclear), tuple(foreign), tuple(newer))


def _label(package: Package, name: IndexName) -> str:
    own = package.architecture in {name.architecture, NO_ARCHITECTURE}
    return package.name if own else f"{package.name}.{package.architecture}"


def _newest(packages: Iterable[Package]) -> dict[tuple[str, str], bytes]:
    newest: dict[tuple[str, str], bytes] = {}
    for package in packages:
        one = package.name, package.architecture
        newest[one] = max(newest.get(one, b""), _key(package.version) or b"")
    return newest


def _best(
    package: Package, offers: Iterable[Candidate], in_use: frozenset[str]
) -> tuple[tuple[bytes, Candidate] | None, bool]:
    """The highest version on offer, and whether anything is on offer at all."""
    fitting = [offer for offer in offers if _same_kind(package.architecture, offer.architecture)]
    if package.module:
        fitting = [offer for offer in fitting if offer.module == package.module]
    else:
        modular = [offer for offer in fitting if offer.module and offer.module in in_use]
        fitting = modular or [offer for offer in fitting if not offer.module]
    keyed = [(offer.key, offer) for offer in fitting if offer.key is not None]
    return max(keyed, key=lambda one: one[0], default=None), bool(fitting)


def _same_kind(installed: str, offered: str) -> bool:
    return offered == installed or NO_ARCHITECTURE in {installed, offered}


def _update(
    package: Package, installed: bytes, best: Candidate, highest: bytes, mends: Iterable[Mend]
) -> PendingUpdate:
    """It is a security update when a security advisory lies on the way from the installed version to the candidate."""
    passed = [
        mend
        for mend in mends
        if installed < mend.key <= highest
        and mend.module == best.module
        and mend.notice.security
        and _same_kind(package.architecture, mend.architecture)
    ]
    flaws = {mend.notice.id: _flaw(mend) for mend in passed}
    return PendingUpdate(
        package=package.name,
        architecture=package.architecture,
        source=package.source,
        installed=package.version,
        candidate=best.version,
        pocket=best.pocket,
        security=bool(passed),
        held=package.held,
        flaws=tuple(sorted(flaws.values(), key=lambda flaw: (-(flaw.severity or Severity.INFO), flaw.id))),
        module=package.module or best.module,
    )


def _flaw(mend: Mend) -> Flaw:
    notice = mend.notice
    return Flaw(
        id=notice.id,
        cves=notice.cves,
        severity=notice.severity,
        published=notice.issued.date() if notice.issued else None,
        summary=notice.title,
        url=notice.url,
        fixed=mend.version,
    )
