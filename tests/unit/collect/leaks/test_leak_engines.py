"""Every engine finds the same, whatever the bytes; what they find is bounded, redacted and told once."""

from __future__ import annotations

import base64
import json
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.collect.leaks.core.checksums import _BASE62, _digits
from posture.collect.leaks.core.leak import Leak, redact, start
from posture.collect.leaks.core.plain import plain
from posture.collect.leaks.core.rule import RuleError, anchored, rules_of
from posture.collect.leaks.core.scan import scan
from posture.collect.leaks.engine import fastest
from posture.collect.leaks.engines.aho import aho
from posture.collect.leaks.ruleset import own_rules, plain_rules

if TYPE_CHECKING:
    from posture.collect.leaks.core.scan import Candidates

RULES = own_rules()
PLAIN = plain(RULES)
AHO = aho(RULES)
FASTEST = fastest(RULES).candidates

BODY = b"Q7vK2mXw9RtZp4LsYb8NcHd3FgJ6aE"  # 30, nobody's
GITHUB = b"ghp_" + BODY + _digits(zlib.crc32(BODY), _BASE62, 6)
WRONG = GITHUB[:-1] + (b"0" if GITHUB[-1:] != b"0" else b"1")


def leaks(data: bytes, path: str = "notes.txt") -> list[tuple[str, int, bytes]]:
    return [(leak.rule, leak.line, leak.value) for leak in scan(path, data, RULES, FASTEST)]


_PIECES = st.one_of(
    st.sampled_from(sorted(anchored(RULES))),
    st.sampled_from(
        [b" = ", b'": "', b"\n", b"://u:", b"@db.internal/", GITHUB, WRONG, b"\\n", b"-----END PRIVATE KEY-----"]
    ),
    st.from_regex(rb"[A-Za-z0-9+/=_.-]{1,70}", fullmatch=True),
    st.from_regex(rb"[a-f0-9]{32,64}", fullmatch=True),
    st.binary(max_size=8),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=30).map(b"".join))
def test_all_engines_find_the_same_in_made_text(data: bytes) -> None:
    """Anchors, half tokens and rubbish in any order: one answer."""
    expected = scan("x", data, RULES, PLAIN)
    assert scan("x", data, RULES, AHO) == expected
    assert scan("x", data, RULES, FASTEST) == expected


@pytest.mark.parametrize("engine", [FASTEST, AHO, PLAIN], ids=["fastest", "aho", "plain"])
def test_an_engine_is_used_by_many_threads_at_once(engine: Candidates) -> None:
    """An audit looks at many sites and repositories at a time: none of them loses its search, or part of it."""
    texts = [(b"x = 1\n" * 300 + b"token: " + GITHUB + b"\n") * count for count in range(20, 60)]
    expected = [sorted(engine(text)) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        assert [sorted(found) for found in threads.map(engine, texts)] == expected


def test_all_engines_find_the_same_in_real_text() -> None:
    """The standard library's own sources, full of addresses and tokens of examples."""
    for file in sorted(Path(json.__file__).parent.parent.glob("*.py"))[:60]:
        data = file.read_bytes() + b"\ntoken = '" + GITHUB + b"'\n"
        expected = scan(file.name, data, RULES, PLAIN)
        assert scan(file.name, data, RULES, AHO) == scan(file.name, data, RULES, FASTEST) == expected
        assert GITHUB in {leak.value for leak in expected}


def test_a_checksum_that_is_wrong_refutes() -> None:
    """GitHub issued no such token, whoever reports it."""
    assert leaks(b"a\nkey: " + GITHUB) == [("github-token", 2, GITHUB)]
    assert leaks(b"a\nkey: " + WRONG) == []
    assert leaks(b"GITHUB_TOKEN=" + WRONG + b"\n", ".env") == []


def test_a_value_is_told_once_and_by_who_knows_its_form() -> None:
    """A login of an address that is a token, in a variable with a telling name, is one finding."""
    found = leaks(b"MY_API_TOKEN=https://x-access-token:" + GITHUB + b"@git.internal/a.git\n", ".env")
    assert [(rule, line) for rule, line, _ in found] == [("github-token", 1)]


def test_utf16_is_read_and_binary_is_not() -> None:
    """Windows' editors write UTF-16 with or without a mark; an archive's bytes are nobody's text."""
    text = b"line one\r\ntoken=" + GITHUB + b"\r\n"
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"):
        assert leaks(text.decode().encode(encoding)) == [("github-token", 2, GITHUB)]
    assert leaks(b"\x7fELF\0\0\0" + text) == []


def test_nothing_said_of_a_leak_has_its_value() -> None:
    """Neither its form for people nor a traceback; a short password keeps its letters to itself."""
    leak = Leak("url-password", 3, b"Zx9!pq")
    shown = redact(leak, "high", b"k" * 32, now=0)
    assert "Zx9" not in repr(leak) + str(leak) + f"{leak}" + repr([leak]) + repr(shown)
    assert (start(b"Zx9!pq"), start(b"Zx9!pqab"), start(b"Zx9!pqabcdef")) == ("", "Z", "Zx9!")
    assert shown.fingerprint.startswith("hmac:")
    assert len(shown.fingerprint) == 5 + 32
    assert shown.fingerprint != redact(leak, "high", b"j" * 32, now=0).fingerprint


def test_a_token_that_has_ended_weighs_nothing() -> None:
    """A web token says when it ends: past it, the finding is a note."""

    def part(value: object) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    token = b".".join((part({"alg": "HS256"}), part({"sub": "7", "iss": "shop", "exp": 1700000000}), BODY + BODY[:8]))
    (leak,) = scan("x", b"auth: " + token, RULES, FASTEST)
    assert "iss shop" in leak.note
    assert redact(leak, "medium", b"k", now=1699999999).severity == "medium"
    assert redact(leak, "medium", b"k", now=1700000001)[6:] == (1700000000, "info")


@pytest.mark.parametrize(
    "hostile",
    [
        b"-----BEGIN PRIVATE KEY-----" * 40_000,
        b"-----BEGIN RSA PRIVATE KEY-----\n" + b"A" * 1_000_000,
        b"eyJ" + b"a" * 500_000 + b".eyJ" * 100_000,
        b"ghp_" * 250_000,
        b"://a:b" * 150_000,
        b"https://u:" + b"p" * 1_000_000,
        (b"DB_PASSWORD=" + b"(" * 200) * 4_000,
        b"PuTTY-User-Key-File-3: " * 40_000,
        b"xoxb-" + b"1-" * 500_000,
        b"AKIA" + b"A" * 16 + b" " * 1_000_000,
    ],
    ids=lambda hostile: hostile[:16].decode(),
)
def test_hostile_text_costs_no_more_than_its_length(hostile: bytes) -> None:
    """A megabyte made to be slow ends within seconds: every expression sees a bounded window."""
    before = time.process_time()
    scan("x", hostile, RULES, FASTEST)
    assert time.process_time() - before < 20


def test_a_line_full_of_secrets_costs_no_more_than_its_length() -> None:
    """Each is told, and is not held against every other one of its line."""
    line = b"[" + b",".join(b'{"password":"Q%dz-kk"}' % number for number in range(40_000)) + b"]"
    before = time.process_time()
    assert len(leaks(line, "/w/.vscode/sftp.json")) == 40_000
    assert time.process_time() - before < 20


def test_a_login_in_a_file_of_logins_is_one_wherever_it_leads() -> None:
    """A name like those of manuals refutes an address in any text, and not git's own file of passwords."""
    login = b"https://a:Tr9-vexil.Korb@git.shop.test\n"
    assert leaks(login, "/home/a/.git-credentials") == [("stored-login", 1, b"Tr9-vexil.Korb")]
    assert leaks(login, "notes.txt") == []


def test_of_a_login_to_a_registry_no_user_is_told() -> None:
    """Some registries take the token as the user's name."""
    token = b"Tr9vexilKorb7Qm2"
    said = base64.b64encode(token + b":unused")
    (leak,) = scan("notes.txt", b'{"auths": {"r.shop.de": {"auth": "' + said + b'"}}}', RULES, FASTEST)
    assert leak.rule == "docker-auth"
    assert token.decode() not in repr(redact(leak, "high", b"k" * 32, now=0))


def test_rules_that_cannot_be_used_are_named() -> None:
    """A broken expression, and one that tells no value."""
    form = {"anchors": ["abc_"], "confirm": "abc_(?P<value>["}
    for confirm in (form["confirm"], "abc_[0-9]+"):
        with pytest.raises(RuleError, match="my-token"):
            rules_of([{"id": "my-token", "title": "Mine", "severity": "high", "forms": [form | {"confirm": confirm}]}])


def test_rules_survive_the_way_to_a_host() -> None:
    """Packed as JSON they are the same rules."""
    again = rules_of(json.loads(json.dumps(plain_rules())))
    assert again.digest == RULES.digest
    assert scan("x", GITHUB, again, plain(again)) == scan("x", GITHUB, RULES, PLAIN)


def test_without_the_wheels_the_standard_library_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is said which engine was passed over, and why."""
    for name in (
        "hyperscan",
        "ahocorasick_rs",
        "posture.collect.leaks.engines.aho",
        "posture.collect.leaks.engines.vectorscan",
    ):
        monkeypatch.setitem(sys.modules, name, None)
    engine = fastest(RULES)
    assert engine.name == "standard library"
    assert "hyperscan is not installed" in engine.passed_over


def test_a_key_in_pem_is_found_where_it_is_none_of_google() -> None:
    """A key block that could stand in the file of a service account, and stands in another, is a private key."""
    key = rsa.generate_private_key(65537, 2048)
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        block = key.private_bytes(Encoding.PEM, form, NoEncryption())
        assert {leak.rule for leak in scan("tls.txt", block, RULES, AHO)} == {"private-key"}
