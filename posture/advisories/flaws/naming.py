"""The updates that a signed index offers, each with the flaws it mends, and the flaws that nothing on offer mends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date

from posture.advisories.flaws.distribution import Hit, Matches, key_or_none
from posture.advisories.flaws.installed import source_of
from posture.advisories.flaws.merging import bounded, merged
from posture.advisories.flaws.ranking import Ranking, worst_first
from posture.facts.flaws import Flaw
from posture.facts.packages import InstalledPackages, Package, PendingUpdate, PendingUpdates, UnfixedPackage

MOST_UNFIXED = 500  # packages
Mended = tuple[str, int, int, str]  # the name it went by, the feed, its advisory, the version that mends it
_REBUILD = re.compile(r"\+b[0-9]+$")  # of binaries only, without a new source (binNMU)


def flaws_of(hits: Iterable[Hit], ranking: Ranking) -> tuple[Flaw, ...]:
    """The flaws of hits, each once, worst first."""
    found: list[Flaw] = []
    for hit in hits:
        found += ranking.flaws(hit.feed, (hit.line,))
    return merged(found)


@dataclass(frozen=True, slots=True)
class Behind:
    """A fix that advisories know and the index does not offer."""

    source: str
    fixed: str
    published: date | None
    advisory: str


def name_updates(
    packages: InstalledPackages, pending: PendingUpdates, matches: Matches, ranking: Ranking
) -> tuple[PendingUpdates, tuple[Behind, ...]]:
    """The same updates with their flaws, `unfixed` filled in, and what the index lacks.

    Where no pocket of the index is for security alone, an update that mends a flaw is a security update. On dpkg
    systems the security pocket says which one is; a flaw that is known to be exploited makes one of any.
    """
    waiting = {update.package for update in pending.updates}
    installed = {(p.name, p.architecture, p.version): p for p in packages.packages if p.name in waiting}
    offers = _source_offers(pending.updates, installed)
    mended: set[Mended] = set()
    updates = []
    for update in pending.updates:
        package = installed.get((update.package, update.architecture, update.installed))
        hits = [hit for hit in matches.of(package) if _mends(update, package, hit, offers)] if package else []
        updates.append(_named(update, hits, ranking, pending.manager))
        mended |= {_mended(package, hit) for hit in hits if package}
    left = _left(pending, matches, mended)
    unfixed = sorted(
        (_unfixed(*one, ranking) for one in left), key=lambda one: (worst_first(one.flaws[0]), one.package)
    )
    behind = tuple(_behind(one[0], one[2], ranking) for one in left if any(_offered_to_all(hit) for hit in one[2]))
    return replace(pending, updates=tuple(updates), unfixed=tuple(unfixed[:MOST_UNFIXED])), behind


def _mended(package: Package, hit: Hit) -> Mended:
    name = package.name if hit.binary else source_of(package)[0]
    return name, id(hit.feed), hit.line.advisory, hit.line.fixed_text


def _named(update: PendingUpdate, hits: list[Hit], ranking: Ranking, manager: str) -> PendingUpdate:
    if not hits and not update.flaws:
        return update
    own = [ranking.ranked(flaw) for flaw in update.flaws]
    flaws = merged((*own, *flaws_of(hits, ranking)))
    first, more = bounded(flaws)
    if manager == "dpkg":
        security = update.security or any(flaw.exploited for flaw in flaws)
    else:
        security = update.security or bool(flaws)
    return replace(update, flaws=first, more_flaws=more, security=security)


def _source_offers(
    updates: Sequence[PendingUpdate], installed: Mapping[tuple[str, str, str], Package]
) -> dict[tuple[str, str], str]:
    """The version of a source that is on offer, by the packages of it whose versions are the source's own."""
    offers: dict[tuple[str, str], str] = {}
    for update in updates:
        package = installed.get((update.package, update.architecture, update.installed))
        if package is None:
            continue
        source, version = source_of(package)
        if _REBUILD.sub("", package.version) == version:
            offers[source, version] = _REBUILD.sub("", update.candidate)
    return offers


def _mends(update: PendingUpdate, package: Package, hit: Hit, offers: Mapping[tuple[str, str], str]) -> bool:
    """Whether the update brings a version in which the flaw is fixed for everyone.

    A few packages have versions that say nothing of their source's, and no other package of it tells: what comes from
    the security pocket is taken to mend what is known.
    """
    if hit.line.fixed is None or hit.line.channel:
        return False
    offered = update.candidate if hit.binary else offers.get(source_of(package))
    if offered is None:
        return update.security
    key = key_or_none(hit.scheme, offered)
    return key is not None and hit.line.fixed <= key


def _offered_to_all(hit: Hit) -> bool:
    return hit.line.fixed is not None and not hit.line.channel


def _left(pending: PendingUpdates, matches: Matches, mended: AbstractSet[Mended]) -> list[tuple[str, str, list[Hit]]]:
    """What no update on offer mends, as (name, version, hits): by source, or by package where advisories go by that.

    Left out are packages that the index does not judge: from other sources, or newer than all it offers.
    """
    apart = {label.partition(":")[0] for label in (*pending.foreign, *pending.newer)}
    judged = {source_of(package) for package in matches.packages if package.name not in apart}
    found: list[tuple[str, str, list[Hit]]] = []
    for (source, version), hits in matches.sources.items():
        left = [hit for hit in hits if (source, id(hit.feed), hit.line.advisory, hit.line.fixed_text) not in mended]
        if left and (source, version) in judged:
            found.append((source, version, left))
    for package, hits in matches.binaries.items():
        left = [hit for hit in hits if _mended(package, hit) not in mended]
        if left and package.name not in apart:
            found.append((package.name, package.version, left))
    return found


def _unfixed(name: str, version: str, hits: list[Hit], ranking: Ranking) -> UnfixedPackage:
    flaws, more = bounded(flaws_of(hits, ranking))
    return UnfixedPackage(name, version, flaws, more)


def _behind(name: str, hits: list[Hit], ranking: Ranking) -> Behind:
    flaws = [flaw for flaw in flaws_of([hit for hit in hits if _offered_to_all(hit)], ranking) if flaw.fixed]
    newest = max(flaws, key=lambda flaw: (flaw.published or date.min, flaw.id))
    return Behind(name, newest.fixed, newest.published, newest.id)
