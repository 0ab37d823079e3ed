"""Packages of programming languages against OSV."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from posture.advisories.flaws.heads import oldest, staleness
from posture.advisories.flaws.software import Found, Named, SoftwareJudge, by_urgency
from posture.facts.flaws import LanguageFlaws
from posture.facts.software import LanguagePackages
from posture.facts.unavailable import Unavailable


def language_flaws(
    packages: LanguagePackages, judge: SoftwareJudge, now: datetime, step: str
) -> LanguageFlaws | Unavailable:
    """Every package found, by the name its ecosystem compares; `step` is what would bring advisories."""
    # Of the parsers, which cost an import that most processes do not need.
    from posture.advisories.feeds.formats.ecosystems import package_name  # noqa: PLC0415

    count = Counter(package.ecosystem for package in packages.packages)
    feeds = {ecosystem: judge.feeds_of(ecosystem) for ecosystem in sorted(count)}
    used = tuple({id(feed): feed for some in feeds.values() for feed in some}.values())
    if count and not used:
        return Unavailable(f"no advisories of {', '.join(sorted(count))} are at hand: {step}")
    found = Found(no_data=[f"{name} ({count[name]})" for name, some in feeds.items() if not some])
    for package in packages.packages:
        if not feeds[package.ecosystem]:
            continue
        named = Named(package.ecosystem, package_name(package.ecosystem, package.name), package.version)
        found.put(named, judge.judge(named), package.name, package.place, package.owner)
    newest, fetched = oldest(used)
    return LanguageFlaws(
        flawed=tuple(sorted(found.flawed, key=by_urgency)),
        judged=found.judged,
        not_comparable=tuple(dict.fromkeys(found.not_comparable)),
        no_data=tuple(found.no_data),
        data_date=newest,
        fetched=fetched,
        stale=staleness(used, now),
        observed=packages.observed,
    )
