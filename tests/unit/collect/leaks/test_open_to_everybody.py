"""Logins that are open to everybody, and tokens in names of files."""

from __future__ import annotations

import pytest
from leak_cases.draw import Draw

from posture.collect.leaks.core.file_name import without_tokens
from posture.collect.leaks.core.plain import plain
from posture.collect.leaks.core.scan import scan
from posture.collect.leaks.ruleset import own_rules

RULES = own_rules()
ENGINE = plain(RULES)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("copyright", "cvs://:pserver:anoncvs@sources.shop.internal:/cvs/src"),
        ("fetch.py", "get('ftp://anonymous:anonymous@ftp.shop.internal/pub')"),
        ("networks.py", "MultiHostUrl('https://foo.com:123,foo:bar@bar.com/path')"),
        ("ftp.sh", 'passwd="anonymous@shop.internal"'),
        (".env", "FTP_PASSWORD=anonymous@"),
        (".npmrc", "//npm.shop.internal/:_authToken=MYTOKEN1"),
    ],
)
def test_what_everybody_is_given_is_no_secret(path: str, text: str) -> None:
    """Servers that let everybody in still ask for a password."""
    assert scan(path, text.encode(), RULES, ENGINE) == []


def test_a_name_that_only_begins_so_is_one() -> None:
    """A password that merely has the word in it."""
    assert scan(".env", b"FTP_PASSWORD=anonymous-Kx83.vexil", RULES, ENGINE)


def test_a_token_in_a_name_is_not_told_whole() -> None:
    """Its first characters stay, so that the file can still be found; other names stay as they are."""
    token = Draw("name").crc("gh" + "p_")
    assert without_tokens(f"/srv/{token}/a-{token}.txt", RULES, ENGINE) == "/srv/ghp_***/a-ghp_***.txt"
    for name in ("/srv/a/.env", "/srv/\udcff\ud800/a", ""):
        assert without_tokens(name, RULES, ENGINE) == name
