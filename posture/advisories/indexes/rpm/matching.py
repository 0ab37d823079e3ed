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

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from posture.advisories.indexes.family import Comparison
from posture.advisories.indexes.file import Index
from posture.advisories.indexes.name import IndexName
from posture.advisories.indexes.offers import Candidate, Mend, Standing, Verdict
from posture.advisories.indexes.rpm.primary import evr_key
from posture.advisories.indexes.rpm.systems import NO_ARCHITECTURE, is_official
from posture.facts.flaws import Flaw
from posture.facts.packages import InstalledPackages, Package, PendingUpdate
from posture.model.severity import Severity


def compare(packages: InstalledPackages, name: IndexName, index: Index) -> Comparison:
    """Compare every installed package with the index.

    A package that somebody else built is foreign; one of the distribution's own that no repository of the index has is
    not comparable; one newer than all on offer is not compared. Labels are ``name``, with the architecture where it is
    not the host's own: ``glibc.i686``.

    Raises:
        Damaged: the index cannot be read.
    """
    in_use = frozenset(package.module for package in packages.packages if package.module)
    judge = partial(_judged, name=name, index=index, in_use=in_use)
    verdicts = index.held.verdicts(packages.packages, judge, in_use)
    older = _older(packages.packages)
    updates: list[PendingUpdate] = []
    apart: dict[Standing, list[str]] = {standing: [] for standing in Standing}
    for number, (package, verdict) in enumerate(zip(packages.packages, verdicts, strict=True)):
        if number in older and verdict.standing is not Standing.FOREIGN:
            continue  # an older kernel beside the one that boots
        if verdict.update:
            updates.append(verdict.update)
        elif verdict.standing is not Standing.CURRENT:
            apart[verdict.standing].append(_label(package, name))
    unclear, foreign, newer = apart[Standing.UNCLEAR], apart[Standing.FOREIGN], apart[Standing.NEWER]
    compared = len(packages.packages) - len(unclear) - len(foreign) - len(newer)
    return Comparison(tuple(updates), compared, tuple(unclear), tuple(foreign), tuple(newer))


def _judged(packages: Sequence[Package], name: IndexName, index: Index, in_use: frozenset[str]) -> Iterator[Verdict]:
    offered = index.candidates(package.name for package in packages)
    found = [_against(package, offered.get(package.name, ()), name, in_use) for package in packages]
    pending = {package.name for package, one in zip(packages, found, strict=True) if not isinstance(one, Standing)}
    mends = index.mends(pending)
    for package, one in zip(packages, found, strict=True):
        if isinstance(one, Standing):
            yield Verdict(one)
        else:
            yield Verdict(Standing.PENDING, _update(package, *one, mends.get(package.name, ())))


def _against(
    package: Package, offers: tuple[Candidate, ...], name: IndexName, in_use: frozenset[str]
) -> Standing | tuple[bytes, Candidate, bytes]:
    """The standing of a package; where an update is pending, the key installed, the candidate and its key."""
    if not is_official(package, name.distribution):
        return Standing.FOREIGN
    if not offers:
        # The distribution's own, from a repository that is not among ours: nobody here knows what waits for it.
        return Standing.UNCLEAR if package.vendor else Standing.FOREIGN
    installed = evr_key(package.version)
    if installed is None:
        return Standing.UNCLEAR
    best, known = _best(package, offers, in_use)
    if best is None:
        return Standing.UNCLEAR if known or package.vendor else Standing.FOREIGN
    if installed > best[0]:
        return Standing.NEWER
    return Standing.CURRENT if installed == best[0] else (installed, best[1], best[0])


def _label(package: Package, name: IndexName) -> str:
    own = package.architecture in {name.architecture, NO_ARCHITECTURE}
    return package.name if own else f"{package.name}.{package.architecture}"


def _older(packages: Sequence[Package]) -> set[int]:
    """The places of those that are also installed in a newer version."""
    places: dict[tuple[str, str], list[int]] = {}
    for place, package in enumerate(packages):
        places.setdefault((package.name, package.architecture), []).append(place)
    older: set[int] = set()
    for beside in places.values():
        if len(beside) > 1:
            newest = max(beside, key=lambda place: evr_key(packages[place].version) or b"")
            older.update(place for place in beside if place != newest)
    return older


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
