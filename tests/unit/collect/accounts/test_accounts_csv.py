"""Exports: the documented header, what a wrong line says, and what is not there is unknown."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from posture.facts.people import DirectoryAccounts, MfaKind
from posture.facts.unavailable import Unavailable

HEADER = "user,active,admin,mfa_enrolled,mfa_type,last_login,exported_at"
DAY = "2026-11-22T08:00:00+01:00"


@pytest.fixture
def read(look, tmp_path):
    def of(text: str | bytes, **settings: str):
        path = tmp_path / "staff.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return look("csv", path=str(path), **settings)

    return of


def test_the_documented_header(read):
    """Every column says what docs/accounts.md says; the age is the oldest line's."""
    fact = read(
        f"{HEADER}\nalice,yes,yes,yes,webauthn;totp,2026-11-20,{DAY}\n"
        f'"Bob, B.",true,no,no,,never,2026-11-21T08:00:00Z\nerin,no,,,sms,,{DAY}\n'
    )
    alice, bob, erin = sorted(fact.accounts, key=lambda one: one.name.casefold())
    assert (alice.active, alice.admin, alice.enrolled, alice.kinds) == (
        True,
        True,
        True,
        (MfaKind.PASSKEY, MfaKind.TOTP),
    )
    assert alice.last_login == datetime(2026, 11, 20, tzinfo=UTC)
    assert (bob.name, bob.enrolled, bob.last_login) == ("Bob, B.", False, None)
    assert (erin.active, erin.admin, erin.enrolled) == (False, None, None)
    assert fact.exported_at == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert (fact.gaps, fact.limits) == ((), ())


def test_a_missing_column_is_unknown_and_never_false(read):
    """A list of names alone says nothing of factors, rights or sign-ins."""
    fact = read("user\nalice\n", exported_at=DAY)
    (alice,) = fact.accounts
    assert (alice.active, alice.admin, alice.enrolled, alice.last_login) == (None, None, None, None)
    assert fact.limits == ("the export has no column active, admin, mfa_enrolled, mfa_type, last_login",)
    assert fact.gaps == ()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("alice,perhaps,no,no,,,", "line 3: active is neither yes nor no"),
        ("alice,yes,no,no,totp,,", "line 3: mfa_enrolled says no, and mfa_type names a factor"),
        ("alice,yes,no,yes,totp,yesterday,", "line 3: last_login is no time like 2026-03-02T09:30:00+01:00"),
        (",yes,no,yes,totp,,", "line 3: user is empty"),
        ("alice,yes", "line 3: it has not as many fields as the header"),
        ("alice,yes,no,yes,totp,,,,", "line 3: it has not as many fields as the header"),
        ('"alice,yes,no', "line 3: unexpected end of data; what follows was not read"),
    ],
)
def test_a_wrong_line_is_a_gap_with_its_number(read, line, told):
    """The other lines are read; the text of the wrong one is not repeated."""
    fact = read(f"{HEADER}\nkim,yes,no,yes,totp,,{DAY}\n{line}\n")
    assert [one.name for one in fact.accounts] == ["kim"]
    assert fact.gaps == (told,)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no column user"),
        ("name;mfa\nalice;yes\n", "has no column user"),
        ("user,shoe_size\nalice,7\n", "not known: shoe_size"),
        ("user,user\nalice,7\n", "names a column twice"),
        (b"user\nalice\n\xff\xfe\n", "line 3: it is not UTF-8"),
        ("user\n", "the list is empty"),
    ],
)
def test_a_file_that_is_none_is_told(read, text, told):
    """The reason names the line and the header that is expected."""
    fact = read(text)
    assert isinstance(fact, Unavailable)
    assert told in fact.reason


def test_formulas_of_spreadsheets_are_read_as_names(read):
    """An export made safe for spreadsheets has an apostrophe before =, +, - and @; nothing is ever evaluated."""
    fact = read("user,mfa_enrolled\n'=cmd|x,yes\n'ok,yes\n@kim,yes\n", exported_at=DAY)
    assert [one.name for one in fact.accounts] == ["'ok", "=cmd|x", "@kim"]


def test_deceptive_names_are_made_visible(read):
    """Controls and directions of text become escapes."""
    fact = read("user,mfa_enrolled\nali\u202ece\x1b[2J,yes\n", exported_at=DAY)
    assert fact.accounts[0].name == "ali\\u202ece\\x1b[2J"


def test_a_byte_order_mark_and_crlf_are_no_part_of_the_header(read):
    """As spreadsheets write it."""
    fact = read(b"\xef\xbb\xbfUser,MFA_enrolled\r\nalice,Yes\r\n", exported_at=DAY)
    assert fact.accounts[0].enrolled is True


def test_an_unknown_age_is_a_gap(read):
    """Neither the lines nor the inventory say when the list was made, or they say a time to come."""
    assert any("when the list was exported" in gap for gap in read("user\nalice\n").gaps)
    future = read("user\nalice\n", exported_at=(datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(days=2)).isoformat())
    assert any("future" in gap for gap in future.gaps)


def test_what_is_no_file_ends_soon(look, tmp_path):
    """A pipe, a folder, a file that is not there."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, tmp_path / "absent"):
        fact = look("csv", path=str(path))
        assert isinstance(fact, Unavailable)
        assert "cannot be read" in fact.reason or "not a regular file" in fact.reason


def test_kinds_that_are_not_known_stay_unknown(read):
    """A word that nobody documented is no factor of a good kind."""
    fact = read("user,mfa_enrolled,mfa_type\nalice,yes,blinking-box\n", exported_at=DAY)
    assert isinstance(fact, DirectoryAccounts)
    assert fact.accounts[0].kinds == (MfaKind.UNKNOWN,)
