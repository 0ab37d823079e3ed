"""Settings written as program code: PHP applications, Django, JavaScript."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from posture.collect.leaks.core.parsers.found import LIMIT, LINE, line_of, of_known_form, told, worth
from posture.collect.leaks.core.parsers.names import rule_of, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posture.collect.leaks.core.leak import Leak

_SINGLE = rb"'[^'\\]*(?:\\.[^'\\]*)*(?:'|\\?\Z)"
_DOUBLE = rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)'
# Every alternative matches to the end of the file where its own end is missing: one pass whatever the file holds.
_PHP = re.compile(rb"(/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/|\Z)|//[^\n]*|\#[^\n]*)|" + _SINGLE + rb"|" + _DOUBLE, re.DOTALL)
_PYTHON = re.compile(rb"(\#[^\n]*)|" + _SINGLE + rb"|" + _DOUBLE, re.DOTALL)
_TEXT = rb"(?:'([^'\\\n]*(?:\\.[^'\\\n]*)*)'|\"([^\"\\\n]*(?:\\.[^\"\\\n]*)*)\")"
_PAIR = re.compile(
    rb"(?:\bdefine\s*\(\s*['\"](\w{1,100})['\"]\s*,|['\"]([\w.-]{1,100})['\"]\s*\]?\s*(?:=>|=(?!=)|:)|\b(\w{1,100})\s*(?:=(?!=)|:)(?!:))\s*"
    + _TEXT
)
_SALTS = frozenset(
    b"AUTH_KEY SECURE_AUTH_KEY LOGGED_IN_KEY NONCE_KEY AUTH_SALT SECURE_AUTH_SALT LOGGED_IN_SALT NONCE_SALT".split()
)
_APPLICATION = frozenset(
    b"secret hash_salt encryptionkey passwordsalt cookie_key new_cookie_key cookie_iv cc_encryption_hash "
    b"blowfish_secret des_key secret_key app_key salt jwt_secret encryption_key crypt_key".split()
)
_LOGIN = frozenset(b"smtp mail mailer imap ftp ldap smtppass proxy".split())


def php(data: bytes) -> Iterator[Leak]:
    """The configuration of a PHP application: WordPress, Joomla, Drupal, Magento, PrestaShop, TYPO3, WHMCS..."""
    yield from _settings(data, _PHP, "database-password")


def python(data: bytes) -> Iterator[Leak]:
    """Settings of Django, Flask and the like."""
    yield from _settings(data, _PYTHON, "database-password")


def javascript(data: bytes) -> Iterator[Leak]:
    """wp-config's like of Node.js: config.js and knexfile.js."""
    yield from _settings(data, _PHP, "environment-secret")


def _settings(data: bytes, comments: re.Pattern[bytes], password: str) -> Iterator[Leak]:
    text = _without_comments(data[:LIMIT], comments)
    salts: list[bytes] = []
    first = 0
    at, number = 0, 1
    for match in _PAIR.finditer(text):
        number, at = number + text.count(b"\n", at, match.start()), match.start()
        name = match.group(1) or match.group(2) or match.group(3)
        value = _plain(match.group(4) if match.group(4) is not None else match.group(5) or b"")
        if len(value) > LINE:
            continue
        if name in _SALTS:
            if worth(value) and len(value) >= 16:
                salts.append(value)
                first = first or number
        else:
            yield from _setting(name, value, number, password)
    if salts:
        yield from told("application-key", first, b"\n".join(salts), "", "signs the cookies of every login of the site")


def _setting(name: bytes, value: bytes, line: int, password: str) -> Iterator[Leak]:
    said = name.strip(b"_").lower()
    if of_known_form(value):
        return
    if said in _APPLICATION or (said == b"key" and re.fullmatch(rb"(?:base64)?[0-9a-zA-Z+/=]{32,80}", value)):
        yield from told(
            "application-key", line, value if len(value) >= 8 else b"", "", "signs and encrypts sessions and cookies"
        )
        return
    rule = "database-password" if said in {b"db_passwd", b"dbpass", b"dbpassword", b"controlpass"} else rule_of(said)
    if rule == "environment-secret":
        if _LOGIN.intersection(words(said)) or said.startswith((b"smtp", b"mail_", b"ftp")):
            rule = "stored-login"
        elif words(said)[-1] in {b"password", b"passwd", b"pass", b"pwd"}:
            rule = password
    yield from told(rule, line, value) if rule else ()


def _without_comments(text: bytes, comments: re.Pattern[bytes]) -> bytes:
    """The text with comments blanked, line ends kept; what stands between quotes is no comment."""
    return comments.sub(lambda match: b"\n" * match.group().count(b"\n") if match.group(1) else match.group(), text)


def _plain(text: bytes) -> bytes:
    return re.sub(rb"\\([\\'\"$])", rb"\1", text)


def rails_key(data: bytes) -> Iterator[Leak]:
    """master.key and *.key of Rails' credentials: 32 hexadecimal digits."""
    match = re.fullmatch(rb"\s*([0-9a-f]{32})\s*", data[:100])
    if match:
        yield from told(
            "application-key", line_of(data, match.start(1)), match.group(1), "", "decrypts the credentials of Rails"
        )
