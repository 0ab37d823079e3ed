"""Files that a web server should not serve."""

from dataclasses import replace

import pytest
from typical_web import SITE, exposed, served, sites

from checks.exposure.web_files_exposed import KINDS, web_files_exposed
from posture.collect.network.web.files import GIT_HEAD, LEAKS
from posture.sdk import Outcome, Reach, Severity


def test_every_kind_that_is_looked_for_has_words() -> None:
    """A new kind of file needs a sentence for the customer."""
    assert {leak.kind for leak in (*LEAKS, GIT_HEAD)} | {"git-credentials", "listing"} == KINDS.keys()


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        ("git-credentials", Severity.CRITICAL),
        ("git", Severity.HIGH),
        ("env", Severity.CRITICAL),
        ("dump", Severity.CRITICAL),
        ("key", Severity.CRITICAL),
        ("backup", Severity.HIGH),
        ("listing", Severity.MEDIUM),
        ("phpinfo", Severity.MEDIUM),
    ],
)
def test_each_file_is_a_finding_by_what_it_gives_away(kind, severity, service, only) -> None:
    """The path is part of the subject: one that is removed is resolved by itself."""
    verdict = only(web_files_exposed, served(service), sites(replace(SITE, exposed=(exposed(kind, "/.x"),))))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, severity)
    assert verdict.subject == "198.51.100.2:80/tcp/.x"


def test_a_key_seen_from_its_own_machine_only_is_not_critical(service, only) -> None:
    """Nobody else may reach that web server."""
    site = replace(SITE, exposed=(exposed("key"),))
    verdict = only(web_files_exposed, served(service, reach=Reach.SAME_MACHINE), sites(site))
    assert verdict.severity is Severity.HIGH


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "none of 3 files"),
        ({"to_https": True}, "none of 3 files and folders that are not for the public, and sends its first page on"),
        ({"paths_asked": (), "to_https": True}, "no files were asked for"),
        ({"paths_asked": ()}, "asks for a login first, or belongs to one program"),
        ({"paths_asked": (), "status": 0}, "TLS client certificate"),
    ],
)
def test_a_pass_says_what_was_looked_at(changes, words, service, only) -> None:
    """A site whose files were not asked for does not claim that they were."""
    verdict = only(web_files_exposed, served(service), sites(replace(SITE, **changes)))
    assert verdict.outcome is Outcome.PASS
    assert words in verdict.summary


def test_a_look_in_part_is_no_pass(service, outcomes) -> None:
    """Neither alone nor beside a finding."""
    reason = "30 of 36 requests had no answer: asked for /.env, it closed the connection"
    part = replace(SITE, reason=reason)
    assert outcomes(web_files_exposed, served(service), sites(part)) == {"198.51.100.2:80/tcp": Outcome.NOT_ASSESSED}
    found = replace(part, exposed=(exposed("git", "/.git/HEAD"),))
    assert outcomes(web_files_exposed, served(service), sites(found)) == {
        "198.51.100.2:80/tcp/.git/HEAD": Outcome.FAIL,
        "198.51.100.2:80/tcp": Outcome.NOT_ASSESSED,
    }


def test_without_a_web_server_the_question_does_not_arise(service, services, only) -> None:
    """Nor for one that nobody reaches."""
    assert only(web_files_exposed, services(service(name="ssh")), sites()).outcome is Outcome.NOT_APPLICABLE
    hidden = replace(SITE, exposed=(exposed("key"),))
    verdict = only(web_files_exposed, served(service, reach=Reach.BLOCKED), sites(hidden))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
