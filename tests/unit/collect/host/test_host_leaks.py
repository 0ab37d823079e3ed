"""What a host says about secrets in its files, and what a host that lies cannot say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from posture.collect.host.collect import facts
from posture.collect.host.leaks import MOST_LOOSE, MOST_SECRETS, host_leaks
from posture.collect.host.sections import Section, Sections
from posture.facts.leaks import HostLeaks, LeakedSecret, LooseFile
from posture.facts.unavailable import Unavailable
from posture.model.severity import Severity

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PRINT = "hmac:" + "0123456789abcdef" * 2
FIELDS = {
    "path": "/home/anna/.my.cnf", "owner": "anna", "mode": "644", "readers": "*", "rule": "database-password",
    "line": "3", "start": "Tr9-", "fingerprint": PRINT, "severity": "high", "expired": "", "proof": "", "note": "",
}  # fmt: skip
LOOSE = "L\t/home/anna/.pgpass\tanna\t640\twww-data,bert\tPostgreSQL passwords"
WHOLE = ("R\t67b5ccf039c469ad", "B\t/home", "N\t31")


def line(**changes: str) -> str:
    return "\t".join(("S", *(FIELDS | changes).values()))


def told(*lines: str, end: str = "Z", **section) -> HostLeaks | Unavailable:
    body = "\n".join((*WHOLE, *lines, end)).encode("utf-8", "surrogateescape") + b"\n"
    return host_leaks(Section(body, section.get("status", 0), section.get("truncated", False)), NOW)


def test_what_was_found_is_told_with_its_place_and_readers():
    """Kinds are named by our rules; places, count and rules of the search are told."""
    assert told(line(), LOOSE) == HostLeaks(
        (
            LeakedSecret(
                "database-password", "Database password", Severity.HIGH, "/home/anna/.my.cnf", 3, "Tr9-", PRINT,
                owner="anna", mode=0o644, readers=("*",),
            ),
        ),
        (LooseFile("/home/anna/.pgpass", "PostgreSQL passwords", "anna", 0o640, ("www-data", "bert")),),
        ("/home",), 31, (), "67b5ccf039c469ad", NOW,
    )  # fmt: skip


@pytest.mark.parametrize(("word", "readers"), [("?", None), ("-", ()), ("*,bert", ("*",)), ("b%2Cc,d", ("b,c", "d"))])
def test_readers(word: str, readers: tuple[str, ...] | None):
    """Not known is not nobody, and everybody is said once."""
    assert told(line(readers=word)).secrets[0].readers == readers


def test_texts_are_decoded_and_made_harmless():
    """Control characters, overrides and bytes of no encoding are shown, not obeyed; lengths are bounded."""
    path = "/srv/a%0Ab%1B[2J%E2%80%AEc%FF d%25"
    found = told(line(path=path, note="n" * 5_000, owner="%0D" * 500)).secrets[0]
    assert found.path == "/srv/a\\x0ab\\x1b[2J\\u202ec\\xff d%"
    assert len(found.note) <= 201
    assert len(found.owner) <= 65


@pytest.mark.parametrize(
    "changes",
    [
        {"start": "hunter2"},
        {"start": "ab%0A"},
        {"start": "%C3%A4"},
        {"fingerprint": "hunter2"},
        {"fingerprint": PRINT + "0"},
        {"fingerprint": PRINT.upper()},
        {"fingerprint": ""},
        {"line": "-1"},
        {"line": "9" * 5_000},
        {"line": "\u0663"},
        {"mode": "999"},
        {"mode": "100644"},
        {"expired": "9" * 400},
        {"expired": "soon"},
        {"path": "relative"},
        {"path": ""},
        {"readers": ""},
        {"note": "one\tfield more"},
    ],
    ids=str,
)
def test_a_record_of_wrong_form_is_left_out_and_told(changes: dict[str, str]):
    """No value can pose as the beginning of one, as a fingerprint or as a number; the others stay."""
    found = told(line(**changes), line())
    assert len(found.secrets) == 1
    assert found.gaps == ("records that are not of the form they must have are left out: 1",)


def test_kinds_are_ours():
    """A host names no kind of its own."""
    found = told(line(rule="<b>hunter2</b>"), line(rule=""))
    assert not found.secrets
    assert "hunter2" not in repr(found)
    assert found.gaps == ("secrets of kinds that are not known here are left out: 2",)


@pytest.mark.parametrize(
    ("word", "severity"), [("low", Severity.LOW), ("CATASTROPHE", Severity.HIGH), ("", Severity.HIGH)]
)
def test_severity_is_a_known_word_or_that_of_the_rule(word: str, severity: Severity):
    assert told(line(severity=word)).secrets[0].severity == severity


def test_what_has_ended_weighs_nothing_by_the_clock_of_the_auditor():
    """Ended: information, with its date. A host whose clock is ahead cannot end a secret early."""
    past, future = (str(int(datetime(year, 1, 2, tzinfo=UTC).timestamp())) for year in (2025, 2031))
    ended = told(line(expired=past, severity="info")).secrets[0]
    assert (ended.severity, ended.expired) == (Severity.INFO, datetime(2025, 1, 2, tzinfo=UTC))
    left = told(line(expired=future, severity="info")).secrets[0]
    assert (left.severity, left.expired) == (Severity.HIGH, None)


def test_a_search_that_was_cut_is_not_whole():
    """Its end is missing, or the section was ended: what arrived counts, with a gap."""
    for found in (told(line(), end=""), told(line(), status=124), told(line(), truncated=True)):
        assert len(found.secrets) == 1
        assert len(found.gaps) == 1
        assert "not whole" in found.gaps[0]


def test_gaps_of_the_host_are_passed_on():
    assert told("G\tpython3 is missing%0A").gaps == ("python3 is missing\\x0a",)


def test_numbers_are_bounded():
    """A host that tells without end fills no report; how much more it told is said."""
    many = [line(line=str(number)) for number in range(MOST_SECRETS + 3)] * 2
    loose = [LOOSE.replace(".pgpass", f"{number}/.pgpass") for number in range(MOST_LOOSE + 2)]
    gaps = [f"G\tno {number}" for number in range(500)]
    found = told(*many, *loose, *gaps, *[f"B\t/{number}" for number in range(1_000)])
    assert (len(found.secrets), len(found.loose), len(found.places)) == (MOST_SECRETS, MOST_LOOSE, 500)
    assert len(found.gaps) < 50
    assert "secrets beyond the 2,000 that are kept: 6" in found.gaps


def test_no_search_no_fact():
    """An empty section, one that did not arrive, one of an older installed collector: each says what it is."""
    empty = host_leaks(Section(b"", 124, truncated=False), NOW)
    assert empty == Unavailable("the search for secrets did not run: it ran out of time")
    system = Section(b"collector\t0.3.0\tabcd\tinstalled\n", 0, truncated=False)
    old = facts(Sections({"system": system}, ""), NOW)[HostLeaks]
    assert isinstance(old, Unavailable)
    sections = Sections({"leaks": Section("\n".join((*WHOLE, "Z\n")).encode(), 0, truncated=False)}, "")
    assert facts(sections, NOW)[HostLeaks].gaps == ()


def test_bytes_of_any_kind_raise_nothing():
    """Fields that lie about what they are, in any order."""
    noise = bytes(range(256)) * 40
    for body in (noise, b"S" + b"\t" * 11 + noise, b"R\t" + noise + b"\nS\t" + b"%" * 9_999, b"B\t/%\nL\t\t\t\t\t\n"):
        host_leaks(Section(body, 0, truncated=False), NOW)
