"""What advisories alone say is missing, where no signed index of the release is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from posture.advisories.flaws.distribution import Hit, Matches
from posture.advisories.flaws.heads import oldest, staleness, told
from posture.advisories.flaws.installed import source_of
from posture.advisories.flaws.merging import bounded
from posture.advisories.flaws.naming import MOST_UNFIXED, flaws_of
from posture.advisories.flaws.ranking import Ranking, worst_first
from posture.advisories.flaws.shelf import FeedFile
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package, PendingUpdate, PendingUpdates, UnfixedPackage

# Who builds a distribution's own packages, as rpm's VENDOR begins. Others' packages have versions of their own.
_BUILDERS = {
    "almalinux": ("AlmaLinux",),
    "rocky": ("Rocky",),
    "rhel": ("Red Hat",),
    "sles": ("SUSE",),
    "sled": ("SUSE",),
    "sles_sap": ("SUSE",),
    "opensuse-leap": ("openSUSE", "SUSE"),
    "opensuse-tumbleweed": ("openSUSE",),
}


def own_packages(release: OsRelease, packages: InstalledPackages) -> tuple[InstalledPackages, tuple[str, ...]]:
    """The packages that the distribution built, and the names of those that somebody else did.

    Only rpm's packages tell it for sure: a dpkg package's Maintainer may be anyone.
    """
    builders = _BUILDERS.get(release.id, ())
    if packages.manager != "rpm" or not builders:
        return packages, ()
    own = tuple(p for p in packages.packages if not p.vendor or p.vendor.startswith(builders))
    others = tuple(p.name for p in packages.packages if p.vendor and not p.vendor.startswith(builders))
    return InstalledPackages(packages.manager, own, packages.broken, packages.observed), others


def by_advisories(
    packages: InstalledPackages, foreign: tuple[str, ...], matches: Matches, ranking: Ranking
) -> PendingUpdates:
    """Updates that mend what advisories name, still without the age of the data that it stands on."""
    updates: list[PendingUpdate] = []
    unfixed: dict[tuple[str, str], UnfixedPackage] = {}
    for package in matches.packages:
        hits = matches.of(package)
        mending = [hit for hit in hits if hit.line.fixed is not None and not hit.line.channel]
        if mending:
            updates.append(_update(package, mending, ranking))
        rest = [hit for hit in hits if hit not in mending]
        if rest:
            name = (package.name, package.version) if rest[0].binary else source_of(package)
            if name not in unfixed:
                unfixed[name] = UnfixedPackage(*name, *bounded(flaws_of(rest, ranking)))
    ordered = sorted(unfixed.values(), key=lambda one: (worst_first(one.flaws[0]), one.package))
    return PendingUpdates(
        updates=tuple(sorted(updates, key=lambda update: (update.package, update.architecture))),
        compared=matches.compared,
        not_comparable=(*sorted(matches.unclear), *(f"{name} (half installed)" for name in packages.broken)),
        foreign=foreign,
        index="advisories alone",
        index_date=packages.observed,
        fetched=packages.observed,
        stale="by advisories alone",
        observed=packages.observed,
        manager=packages.manager,
        unfixed=tuple(ordered[:MOST_UNFIXED]),
    )


def dated(pending: PendingUpdates, feeds: Sequence[FeedFile], now: datetime) -> PendingUpdates:
    """With the age of the feeds. `stale` is never empty: that nothing waits, advisories cannot say."""
    newest, fetched = oldest(feeds)
    why = staleness(feeds, now)
    day = f"{newest:%Y-%m-%d}" if newest else "an unknown date"
    return replace(
        pending,
        index=f"advisories alone ({told(feeds)})",
        index_date=newest or pending.observed,
        fetched=fetched or pending.observed,
        stale=f"no known update as of {day} (by advisories alone){f': {why}' if why else ''}",
    )


def _update(package: Package, hits: Sequence[Hit], ranking: Ranking) -> PendingUpdate:
    highest = max(hits, key=lambda hit: hit.line.fixed or b"")
    flaws, more = bounded(flaws_of(hits, ranking))
    return PendingUpdate(
        package=package.name,
        architecture=package.architecture,
        source=package.source,
        installed=package.version,
        candidate=highest.line.fixed_text,
        pocket="",
        security=True,
        held=package.held,
        flaws=flaws,
        module=package.module,
        more_flaws=more,
    )
