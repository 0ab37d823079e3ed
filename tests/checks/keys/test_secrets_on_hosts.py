import re
from dataclasses import replace
from importlib.resources import files

import pytest
from typical_leaks import HASH, HOST, LOOSE, LYING, hashed, loose, lying

from checks.keys.credential_file_readable import credential_file_readable
from checks.keys.password_hash_weak import password_hash_weak
from checks.keys.secret_in_file import secret_in_file
from posture.sdk import Outcome, Severity

FAIL, PASS, UNSURE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED


@pytest.mark.parametrize(
    ("changes", "outcome", "severity"),
    [
        ({}, FAIL, Severity.HIGH),
        ({"readers": ("alex",)}, FAIL, Severity.MEDIUM),
        ({"readers": ()}, PASS, None),
        ({"readers": (), "path": "/home/shop/public_html/wp-config.php"}, PASS, None),
        ({"readers": (), "path": "/home/shop/public_html/wp-config.php.bak"}, FAIL, Severity.MEDIUM),
        ({"readers": (), "path": "/var/www/vhosts/x/httpdocs/backup.sql"}, FAIL, Severity.MEDIUM),
        ({"readers": (), "path": "/root/backup.sql"}, PASS, None),
        ({"readers": (), "path": "/root/.bash_history"}, FAIL, Severity.MEDIUM),
        ({"readers": (), "path": "/home/a/.mysql_history", "severity": Severity.CRITICAL}, FAIL, Severity.MEDIUM),
        ({"readers": None}, UNSURE, None),
        ({"rule": "private-key", "line": 1}, PASS, None),
        ({"rule": "private-key", "line": 9}, FAIL, Severity.HIGH),
        ({"rule": "password-hash"}, PASS, None),
    ],
)
def test_where_a_secret_may_stand(changes, outcome, severity, only) -> None:
    """A program's secret in its own closed file is no finding; open files, histories and leftovers are."""
    verdict = only(secret_in_file, lying(**changes))
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


def test_one_value_at_many_places_is_one_finding(only) -> None:
    """It is replaced once; each place is told."""
    twice = (LYING, replace(LYING, path="/srv/other.ini", readers=("alex",)))
    verdict = only(secret_in_file, replace(HOST, secrets=twice))
    assert (verdict.severity, len(verdict.evidence)) == (Severity.HIGH, 2)


def test_what_was_not_looked_at_is_no_pass(only, outcomes) -> None:
    """Without python3 on the host the contents are unknown, while permissions of such files are not."""
    gap = {"gaps": ("python3 is not on the host: contents were not looked at",)}
    assert only(secret_in_file, replace(HOST, secrets=(), **gap)).outcome is UNSURE
    assert only(password_hash_weak, replace(HOST, secrets=(), **gap)).outcome is UNSURE
    assert only(credential_file_readable, replace(HOST, secrets=(), **gap)).outcome is PASS
    folder = {"gaps": ("3 folders could not be opened",)}
    assert only(credential_file_readable, replace(HOST, secrets=(), **folder)).outcome is UNSURE
    assert sorted(outcomes(credential_file_readable, replace(loose(), **folder)).values()) == [FAIL, UNSURE]


@pytest.mark.parametrize(
    "gap",
    [
        "folders that could not be opened: 2, /home/anna/python3 among them",
        "the search for secrets is not whole: python3 was ended by its time limit",
        "python3 is not on the host",
    ],
)
def test_a_gap_that_only_speaks_of_python_is_one(gap, only) -> None:
    """What spares the contents alone is known by the collector's own words, whatever a folder is called."""
    assert only(credential_file_readable, replace(HOST, secrets=(), gaps=(gap,))).outcome is UNSURE


def test_the_collector_says_what_the_check_knows(only) -> None:
    """Each reason for which it looks at names and permissions alone leaves the judgement on these."""
    script = (files("posture.collect.host") / "collector" / "leaks.sh").read_text()
    (ending,) = re.findall(r'gap "\$reason(: .*)"', script)
    reasons = re.findall(r"reason='([^']+)'", script)
    assert len(reasons) == 3
    for reason in reasons:
        assert only(credential_file_readable, replace(HOST, secrets=(), gaps=(reason + ending,))).outcome is PASS


def test_nothing_to_look_at(only) -> None:
    """A host without any such file has nothing to judge."""
    assert only(secret_in_file, replace(HOST, secrets=(), files=0)).outcome is Outcome.NOT_APPLICABLE


def test_a_file_for_passwords_lies_open(only) -> None:
    """By everybody medium, by some low, and not twice where its secret was found."""
    assert only(credential_file_readable, loose()).severity is None
    assert only(credential_file_readable, loose(readers=("alex",))).severity is Severity.LOW
    both = replace(HOST, loose=(replace(LOOSE, path=LYING.path),))
    assert only(credential_file_readable, both).outcome is PASS


@pytest.mark.parametrize(
    ("changes", "outcome", "severity"),
    [
        ({}, FAIL, Severity.MEDIUM),
        ({"readers": ("*",)}, FAIL, Severity.HIGH),
        ({"severity": Severity.LOW}, PASS, None),
        ({"severity": Severity.LOW, "readers": ("*",)}, FAIL, Severity.LOW),
    ],
)
def test_forms_of_hashes(changes, outcome, severity, only) -> None:
    """A weak form is a finding anywhere, a strong one where everybody reads it."""
    verdict = only(password_hash_weak, hashed(**changes))
    assert (verdict.outcome, verdict.severity) == (outcome, severity)
    assert HASH.fingerprint not in verdict.summary
