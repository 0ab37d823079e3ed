from __future__ import annotations

import re

from checks.packages.known_flaws import (
    account,
    doubt,
    exploited_in,
    known,
    lines,
    places,
    source,
    urgency,
    worst,
)
from checks.wording import count, listed
from posture.sdk import (
    Evidence,
    FlawedSoftware,
    Iterator,
    LanguageFlaws,
    LanguagePackages,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

IN_COMMAND = 30  # packages of one language
_SHARED = re.compile(r"(?P<before>.*)/lib(?:64)?/(?P<python>python[0-9]+(?:\.[0-9]+)?)/(?:site|dist)-packages")
_GEM_HOME = re.compile(r"/(?:gems|\.?gem)/")  # not a project with its own bundle


@check(
    "packages.language-packages",
    title="Packages of programming languages have known flaws",
    clause="4.1",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:7.3", "cis@8.1:7.4",
        "iso27001@2022:A.8.8",
        "nist-csf@2.0:ID.RA-01", "nist-csf@2.0:PR.PS-02",
        "nist-800-53@5:RA-5", "nist-800-53@5:SI-2",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.6.1",
        "pci-dss@4.0.1:6.3.3",
        "soc2@2017:CC7.1",
        "bsi-c5@2020:OPS-22",
        "bsi-grundschutz@2023:OPS.1.1.3.A15",
    ),
)  # fmt: skip
def language_packages(flaws: LanguageFlaws, found: LanguagePackages) -> Iterator[Verdict]:
    """Packages of Python, Node, PHP or Ruby that the distribution did not install have published flaws.

    One finding a place: a virtual environment, a project, a language's own folder. Its severity is that of the worst
    flaw by its publisher's word, medium where none is told, high where attackers are known to use one (CISA's KEV). Of
    Node the top of each node_modules counts. Left out are packages of the distribution, and libraries that a web
    application brings along: its own update renews them. It passes only when every folder could be read, every version
    compared, and the advisories are fresh.

    It can be wrong about a package that is on disk and never used, for a flaw in a part of it that is not used, and
    where somebody mended a copy by hand. Programs that have their libraries built in (Go, Rust, Java archives), Yarn's
    zipped packages and places other than those named are not looked into.
    """
    by_place: dict[str, list[FlawedSoftware]] = {}
    for software in flaws.flawed:
        if software.flaws:
            by_place.setdefault(software.place, []).append(software)
    for place, some in by_place.items():
        yield _failure(flaws, place, sorted(some, key=urgency))
    if unsure := doubt(flaws, found):
        begin = "Not all was judged" if by_place else "No known flaw was found, but not all was judged"
        yield not_assessed(f"{begin}: {unsure}")
    elif by_place:
        return
    elif not found.packages:
        yield not_applicable(f"No package of a programming language was found in {places(found)}")
    elif not flaws.judged:
        yield not_assessed(f"None of {count(len(found.packages), 'package')} could be judged")
    else:
        told = Evidence(source(flaws), f"{count(flaws.judged, 'package')} in {places(found)}", flaws.observed)
        yield passed(f"No flaw is known in {count(flaws.judged, 'language package')}", evidence=(told,))


def _failure(flaws: LanguageFlaws, place: str, some: list[FlawedSoftware]) -> Verdict:
    exploited = exploited_in(some)
    names = tuple(dict.fromkeys(software.name for software in some))
    total = sum(known(software) for software in some)
    attack = f"; attackers use {', '.join(exploited[:3])}" if exploited else ""
    shared = _SHARED.fullmatch(place)
    return fail(
        f"{place} holds {count(len(names), 'package')} with {count(total, 'known flaw')} ({listed(names, 3)}){attack}",
        subject=place,
        severity=worst((flaw for software in some for flaw in software.flaws), Severity.HIGH),
        evidence=(Evidence(source(flaws), lines(some), flaws.observed),),
        place=place,
        owner=account(some),
        python=shared["python"] if shared else f"{place}/bin/python",
        own=shared is not None and shared["before"].endswith("/.local"),
        everyone=shared is not None and not shared["before"].endswith("/.local"),
        pip=_each(some, "PyPI", ">="),
        npm=_each(some, "npm", "@"),
        whole_node=place.endswith("/lib"),
        node_bin=f"{place.removesuffix('/lib')}/bin",
        composer=_each(some, "Packagist", ""),
        gems=_each(some, "RubyGems", ""),
        gem_home=_GEM_HOME.search(f"{place}/") is not None,
        unfixed=tuple(dict.fromkeys(f"{one.name} {one.version}" for one in some if not one.fixed))[:IN_COMMAND],
        exploited=exploited[:10],
        count=len(names),
        more=_more(some),
    )


def _each(some: list[FlawedSoftware], ecosystem: str, joint: str) -> tuple[str, ...]:
    """What to name in the command of one language: with the version that mends it, where the command takes one."""
    mendable = (one for one in some if one.ecosystem == ecosystem and one.fixed)
    return tuple(dict.fromkeys(f"{one.name}{joint}{one.fixed}" if joint else one.name for one in mendable))[:IN_COMMAND]


def _more(some: list[FlawedSoftware]) -> int:
    by_ecosystem: dict[str, set[str]] = {}
    for one in some:
        if one.fixed:
            by_ecosystem.setdefault(one.ecosystem, set()).add(one.name)
    return sum(max(0, len(names) - IN_COMMAND) for names in by_ecosystem.values())
