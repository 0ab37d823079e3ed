"""Language packages and web applications against published flaws."""

from dataclasses import replace

import pytest
from typical_software import (
    ENDED,
    EXPLOITED,
    FLAW,
    JINJA,
    WORDPRESS,
    application_flaws,
    applications,
    language_flaws,
    packages,
)

from checks.packages.known_flaws import worst
from checks.packages.language_packages import language_packages
from checks.packages.web_application_outdated import web_application_outdated
from posture.sdk import InstalledApplication, LanguagePackage, Outcome, Severity

PACKAGE = LanguagePackage("PyPI", "jinja2", "3.1.2", "/srv/shop/venv")
BLOG = InstalledApplication("wordpress", "6.4.1", "/var/www/blog")


def test_one_finding_a_place_with_the_exact_command(judged) -> None:
    """The environment's own Python, every package with the version that mends it, the worst first."""
    old = replace(JINJA, name="urllib3", fixed="2.5.0", flaws=(replace(FLAW, severity=Severity.CRITICAL),))
    other = replace(JINJA, place="/srv/blog/venv")
    first, second = judged(language_packages, language_flaws(JINJA, old, other), packages(PACKAGE))
    assert (first.subject, second.subject) == ("/srv/shop/venv", "/srv/blog/venv")
    assert first.severity is Severity.CRITICAL
    details = dict(first.details)
    assert (details["python"], details["pip"]) == (
        "/srv/shop/venv/bin/python", ("urllib3>=2.5.0", "jinja2>=3.1.6"),
    )  # fmt: skip
    assert (
        first.evidence[0].observed.splitlines()[1].startswith("jinja2 3.1.2: CVE-2025-27516, GHSA-cpwx-vrp4-4pq7, high")
    )


def test_what_nobody_mended_is_in_no_command(only) -> None:
    """A package without a fixed version is named apart."""
    details = dict(only(language_packages, language_flaws(replace(JINJA, fixed="")), packages(PACKAGE)).details)
    assert (details["pip"], details["unfixed"]) == ((), ("jinja2 3.1.2",))


@pytest.mark.parametrize(
    ("place", "python", "own", "everyone"),
    [
        ("/home/kim/.local/lib/python3.11/site-packages", "python3.11", True, False),
        ("/usr/local/lib/python3.12/dist-packages", "python3.12", False, True),
        ("/srv/app/.venv", "/srv/app/.venv/bin/python", False, False),
    ],
)
def test_a_shared_folder_is_updated_by_the_python_it_belongs_to(place, python, own, everyone, only) -> None:
    """Not by the environment's, which is none there."""
    details = dict(only(language_packages, language_flaws(replace(JINJA, place=place)), packages(PACKAGE)).details)
    assert (details["python"], details["own"], details["everyone"]) == (python, own, everyone)


def test_a_global_package_of_node_is_updated_by_the_node_it_belongs_to(only) -> None:
    """A Node of somebody's own in a home is not the system's."""
    one = replace(JINJA, ecosystem="npm", name="npm", fixed="9.8.0", place="/home/kim/.nvm/versions/node/v18.0.0/lib")
    details = dict(only(language_packages, language_flaws(one), packages(PACKAGE)).details)
    assert (details["whole_node"], details["npm"]) == (True, ("npm@9.8.0",))
    assert details["node_bin"] == "/home/kim/.nvm/versions/node/v18.0.0/bin"


@pytest.mark.parametrize(
    ("place", "home"),
    [("/var/lib/gems/3.1.0", True), ("/home/kim/.gem/ruby/3.1.0", True), ("/srv/blog", False),
     ("/home/kim/.local/share/gem/ruby/3.1.0", True), ("/srv/gemstones", False)],
)  # fmt: skip
def test_gems_of_a_project_are_its_bundles(place, home, only) -> None:
    """Those of Ruby's own folders are not in any bundle."""
    one = replace(JINJA, ecosystem="RubyGems", name="rack", fixed="2.2.8", place=place)
    assert dict(only(language_packages, language_flaws(one), packages(PACKAGE)).details)["gem_home"] is home


def test_what_attackers_use_counts_more_where_the_world_can_reach_it(only) -> None:
    """High in a library, critical in a web application; unknown severities are medium, none is below low."""
    library = only(language_packages, language_flaws(replace(JINJA, flaws=(FLAW, EXPLOITED))), packages(PACKAGE))
    site = only(
        web_application_outdated, application_flaws(replace(WORDPRESS, flaws=(FLAW, EXPLOITED))), applications(BLOG)
    )
    assert (library.severity, site.severity) == (Severity.HIGH, Severity.CRITICAL)
    assert "attackers use CVE-2021-1" in library.summary
    assert "attackers use CVE-2021-1" in site.summary
    assert worst((replace(FLAW, severity=None),), Severity.HIGH) is Severity.MEDIUM
    assert worst((replace(FLAW, severity=Severity.INFO),), Severity.HIGH) is Severity.LOW


DOUBTS = (
    ({}, {"stale": "the advisories are 30 days old"}, "30 days old"),
    ({}, {"no_data": ("wordpress plugin/akismet 5.3",)}, "no data at hand knows wordpress plugin/akismet"),
    ({}, {"not_comparable": ("odd 1",)}, "cannot be compared: odd 1"),
    ({"unreadable": 2}, {}, "2 folders and files could not be opened"),
    ({"complete": False}, {}, "ended by its limit"),
    ({}, {"judged": 0}, "could be judged"),
)


@pytest.mark.parametrize(("search", "data", "words"), DOUBTS)
def test_doubt_never_passes(search, data, words, only) -> None:
    """Whatever was not looked at, not known or not fresh is said."""
    for verdict in (
        only(language_packages, language_flaws(**data), packages(PACKAGE, **search)),
        only(web_application_outdated, application_flaws(**data), applications(BLOG, **search)),
    ):
        assert verdict.outcome is Outcome.NOT_ASSESSED
        assert words in verdict.summary


def test_doubt_stands_beside_what_was_found(judged) -> None:
    """A finding stays one when the search was not whole, and the rest is not called clean."""
    found = judged(web_application_outdated, application_flaws(WORDPRESS), applications(BLOG, complete=False))
    assert [verdict.outcome for verdict in found] == [Outcome.FAIL, Outcome.NOT_ASSESSED]


def test_nothing_found_and_nothing_known(only) -> None:
    """No software is not applicable; software without a known flaw passes."""
    assert only(language_packages, language_flaws(judged=0), packages()).outcome is Outcome.NOT_APPLICABLE
    assert only(web_application_outdated, application_flaws(judged=0), applications()).outcome is Outcome.NOT_APPLICABLE
    assert only(language_packages, language_flaws(), packages(PACKAGE)).outcome is Outcome.PASS
    assert only(web_application_outdated, application_flaws(), applications(BLOG)).outcome is Outcome.PASS


def test_an_ended_branch_is_not_counted_as_a_flaw(only) -> None:
    """It is told in words; the subject holds no version."""
    ended = replace(WORDPRESS, name="typo3", flaws=(ENDED, FLAW))
    verdict = only(web_application_outdated, application_flaws(ended), applications(BLOG))
    assert (
        "TYPO3 6.4.1 in /var/www/blog has 1 known flaw and is of a branch that its makers have ended" in verdict.summary
    )
    assert verdict.subject == "typo3 /var/www/blog"
    assert dict(verdict.details)["flaws"] == ("CVE-2025-27516",)
