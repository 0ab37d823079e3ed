"""What looks like a secret and is none: placeholders, documented examples, test keys, references to a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from re import Match

_LONGEST = 256  # a placeholder is short; what is longer is not looked through

_PLACEHOLDER = re.compile(
    rb"""(?xi)
      (?: .*? (?: change[\W_]?(?:me|this|it) | replace[\W_]?(?:me|this|with) | place[\W_]?holder | redacted | masked
        | (?:^|[^a-z]) (?:fill|put|insert|enter|type|add|paste)[\W_](?:me|in|your|here|the|a)(?:[^a-z]|$)
        | (?:^|[^a-z]) your [\W_] .{0,60}
          (?:key|token|secret|pass|here|id|value|string|pwd|name|user|api|auth|webhook)
        | (?:^|[^a-z]) your(?:own)?(?:api|secret|access|auth|token|key|pass|password|strong|database|db|app)
        | (?:key|token|secret|pass|password|value|goes)[\W_]?here
        | example | (?:^|[^a-z])sample(?:[^a-z]|$) | (?:^|[^a-z])dummy | (?:^|[^a-z])fake(?:[^a-z]|$)
        | notreal | not[\W_]a?[\W_]?(?:real|secret) | todo(?:[^a-z]|$)
        | fixme | lorem | foobar | deadbeef(?:deadbeef|cafe|$)
        | 0123456789abcdef | 1234567890 | abcdefghij | abcdef123456 | abc123abc | qwertyuiop
        | x{5,} | \*{3,} | \.{3,} | (?:^|[^a-z0-9])x{3,4}(?:$|[^a-z0-9]) | \xe2\x80\xa6
        ) .*
      | (?:my|the|your|some|a|db|database|mysql|user|root|test|admin|default|api|app|auth|access|client)*
        [\W_]* (?:secret|super|strong|my|the|some|api|app|db)* [\W_]*
        (?:pass(?:word|wd|phrase)?|pwd|secret|token|key|secretkey|apikey|string|value)
      | (?:my|your) [\W_]? (?:token|key|secret) [0-9]
      | test(?:ing)? | none | null | nil | undefined | true | false | yes | no | on | off | empty
      | unset | default | n/a
      | anonymous (?: @ [a-z0-9.-]* )?
      | username | string | str | int | bool | void | boolean | required | optional | secret\W?key | password_here | tbd
      | (?:test|demo)[\W_]?(?:123|1234|key|token|secret|pass|password|user)? | unknown | hidden | stdin | prompt | ask
      | (?:foo|bar|baz|qux|spam|eggs|abc|xyz|abc123|123|1234|12345|123456|aaa|bbb|blah|asdf|pw|pass123)
      )\Z""",
    re.DOTALL,
)

_REFERENCE = re.compile(
    rb"""(?xi)
      (?: \$[({] .* | \$\w{1,64} | \{\{ .* | \#\{ .* | <[^<>]*> | <[%?] .* | \{[a-z_.]{1,40}\} | \[[a-z _-]{1,40}\]
      | %[-\#0-9.]*[sdrv@] .* | %\([a-z_0-9]+\)s .* | %[a-z_]\w*% | @[a-z_][\w.]*@
      | .* (?: \$\{ | \{\{ | \}\} | \$\( | <%= | \#\{ | (?-i:\$[A-Z][A-Z0-9_]{2,}\Z) | <[a-z][a-z0-9_\ -]*> | %s\Z ) .*
      | !(?:ref|sub|getatt|secret|vault|env|importvalue|reference) \b .*
      | (?:env|file|keyring|command|vault|arn|ssm|aws-ssm|sm|op|ref|gcp-sm|secretsmanager|awssm|doppler|keeper|secret)
        : [^\s]* | (?:vault|op|ssm|awssm|gcpsm|azkv|ref\+[a-z]+|akv|secret|bws)://? .*
      | projects/[^/]+/secrets/.* | secretkeyref .* | valuefrom .* | ENC\[ .* | \{cipher\} .*
      | \$ANSIBLE_VAULT .* | /(?:run|etc|var|home|root|opt|usr|tmp|mnt|srv|secrets)/[\w./-]+
      | (?:os\.|process\.|System\.)(?:environ|getenv|env)\b .* | getenv\( .*
      | (?-i:(?:[a-z][A-Za-z_]{0,40}(?:\.|->|::))+[A-Za-z_]{1,40}) (?: \( .* )?
      | [a-z_]\w* (?: \(.*\) | \[.*\] )
      )\Z""",
    re.DOTALL,
)

_TEST_KEY = re.compile(rb"(?:sk|rk|pk)_test_.*|pk_live_.*|access_token\$sandbox\$.*|.*sandbox-sq0.*", re.DOTALL)

# Documented by their vendors, so that anyone may paste them.
_DOCUMENTED = frozenset(
    (
        b"AKIAIOSFODNN7EXAMPLE", b"AKIAI44QH8DHBEXAMPLE", b"ASIAIOSFODNN7EXAMPLE",
        b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", b"je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
        b"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",  # signatures of jwt.io's tokens
        b"TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ", b"XbPfbIHMI6arZ3Y922BhjWgQzWXcXNrz0ogtVhfEd2o",
        b"KMUFsIDTnFmyG3nMiGM6H9FNFUROf3wh7SmqJp-QV30",
        b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",  # RFC 7515, A.1
        b"4twFt5NiznN84AWoo1d7KO1T_yoc0Z6XOpOVswacPZg",  # PyJWT's first example
        b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",  # Azurite
        b"C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",  # Cosmos emulator
        b"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",
        b"110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", b"123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11",
        b"4bafbd7d-a50a-4cb6-a8a1-8dfdd66ee2a8",
        b"AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe",  # Google's documentation of its geocoding
    )
)  # fmt: skip
_DOCUMENTED_PARTS = (b"EXAMPLE", b"Example", b"xoxb-not-a-real", b"T00000000/B00000000", b"XXXXXXXX")


def placeholder(value: bytes) -> bool:
    """Whether a value stands for a secret instead of being one: empty, a placeholder, an example, a reference."""
    value = value.strip(b" \t\r\n\"'`")
    if len(value) > _LONGEST:
        return _monotonous(value[:_LONGEST])
    return (
        not value
        or _monotonous(value)
        or documented(value)
        or _PLACEHOLDER.match(value) is not None
        or _REFERENCE.match(value) is not None
        or _TEST_KEY.match(value) is not None
    )


def documented(value: bytes) -> bool:
    """Whether a vendor prints this very value in its documentation."""
    return value in _DOCUMENTED or value.rpartition(b".")[2] in _DOCUMENTED or _has_part(value)


def _has_part(value: bytes) -> bool:
    return any(part in value for part in _DOCUMENTED_PARTS)


def lookalike(match: Match[bytes]) -> str | None:
    """Why a match of a rule is none, None: it may be one.

    The whole value is judged, and of a token of a known form also what follows its prefix; there only patterns that no
    vendor's randomness makes are believed.
    """
    value = match.group("value")
    if documented(value):
        return "a documented example"
    if len(value) > _LONGEST:
        return None
    if placeholder(value):
        return "a placeholder"
    if _counting(value):
        return "a row of digits or letters"
    return None


def _monotonous(value: bytes) -> bool:
    """One or two characters over and over: ``xxxx``, ``0000-0000``, ``********``."""
    letters = set(value.lower()) - set(b"-_.:/ ")
    return len(letters) <= 1 or (len(value) >= 12 and len(letters) <= 3)


def _counting(value: bytes) -> bool:
    """Half of it and more counts up or repeats: ``abcdefgh12345678``, ``aaaa1111``."""
    if len(value) < 16:
        return False
    body = value.rpartition(b"_")[2] if value.count(b"_") else value
    if len(body) < 12:
        body = value
    steps = sum(0 <= later - earlier <= 1 for earlier, later in zip(body, body[1:]))  # noqa: B905, RUF007  newer than 3.6
    return steps * 2 > len(body)
