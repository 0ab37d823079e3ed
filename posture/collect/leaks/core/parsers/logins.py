"""Files that hold nothing but logins: .netrc, .pgpass, .git-credentials, .npmrc, mail relays, keyword files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from posture.collect.leaks.core.parsers.found import lines, of_known_form, told, unquoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posture.collect.leaks.core.leak import Leak

# The last @ ends the login (as git takes it): one in a password that was not encoded is none of the host's name.
_IN_ADDRESS = re.compile(rb"[a-z][a-z0-9+.-]{1,20}://([^/\s:@]*):([^\s/]+)@([^\s/@]+)")
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\S+)')
_NPM = re.compile(rb"\s*(//[^\s=]*:)?(_authToken|_auth|_password)\s*=\s*(\S+)")
_KEYWORDS = re.compile(
    rb"(?i)\s*(password|authpass|requirepass|masterauth|bindpw|rootpw|passwd|sql_password|db_password)(?:\s+|\s*=\s*)(\S.*)"
)
_SQL_INFO = re.compile(rb"(?i)\s*SQLConnectInfo\s+\S+\s+\S+\s+(\S+)")


def netrc(data: bytes) -> Iterator[Leak]:
    """The words ``machine``, ``login``, ``password`` of .netrc over any lines; what follows ``macdef`` is a macro."""
    host, before, macro = b"", b"", False
    for number, line in lines(data):
        if macro and line.strip():
            continue
        macro = False
        for match in _WORD.finditer(line):
            word = match.group(1) if match.group(1) is not None else match.group(2)
            if word.startswith(b"#") and before not in {b"password", b"login"}:
                break
            if before == b"machine":
                host, word = word, b""
            elif before == b"password":
                yield from told(
                    "stored-login", number, b"" if of_known_form(word) else word, "", "logs in to " + _name(host)
                )
                word = b""
            macro = macro or word == b"macdef"
            before = word


def pgpass(data: bytes) -> Iterator[Leak]:
    """The PostgreSQL password file: host:port:database:user:password, backslash before a colon that is none."""
    for number, line in lines(data):
        fields = re.split(rb"(?<!\\):", line.strip()) if not line.startswith(b"#") else []
        if len(fields) == 5:
            value = re.sub(rb"\\([\\:])", rb"\1", fields[4])
            yield from told("database-password", number, value, "", "logs in to " + _name(fields[0]))


def addresses(data: bytes) -> Iterator[Leak]:
    """.git-credentials, .git/config, pip.conf: logins in addresses."""
    for number, line in lines(data):
        for match in _IN_ADDRESS.finditer(line):
            value = unquote_to_bytes(match.group(2))
            if not of_known_form(value):
                yield from told("stored-login", number, value, "", "logs in to " + _name(match.group(3)))


def in_addresses(data: bytes) -> Iterator[Leak]:
    """.git/config, pip.conf: the same, where the file has another purpose."""
    for leak in addresses(data):
        yield leak._replace(rule="url-password")


def npmrc(data: bytes) -> Iterator[Leak]:
    """.npmrc: tokens of registries; those of npm itself are told by their own form."""
    for number, line in lines(data):
        match = None if line.lstrip().startswith((b"#", b";")) else _NPM.match(line)
        if match:
            value = unquoted(match.group(3))
            yield from told("registry-token", number, b"" if of_known_form(value) else value)


def mail_relay(data: bytes) -> Iterator[Leak]:
    """Postfix' sasl_passwd (``host user:password``), Exim's passwd.client (``host:user:password``)."""
    for number, line in lines(data):
        text = line.strip()
        if text and not text.startswith(b"#"):
            match = re.fullmatch(rb"(\S+)\s+([^\s:]+):(\S+)", text) or re.fullmatch(rb"([^\s:]+):([^\s:]+):(\S+)", text)
            if match and not match.group(2).startswith(b"/"):
                yield from told(
                    "stored-login", number, match.group(3), "", "sends mail through " + _name(match.group(1))
                )


def keywords(data: bytes) -> Iterator[Leak]:
    """``password VALUE`` lines: msmtp, ssmtp, Redis, LDAP, ProFTPD's SQL."""
    for number, line in lines(data):
        match = None if line.lstrip().startswith((b"#", b";")) else _KEYWORDS.match(line)
        if match:
            database = match.group(1).lower() in {b"requirepass", b"masterauth", b"sql_password", b"db_password"}
            yield from told("database-password" if database else "stored-login", number, unquoted(match.group(2)))
        match = _SQL_INFO.match(line)
        if match:
            yield from told("database-password", number, match.group(1))


def one_token(data: bytes) -> Iterator[Leak]:
    """A file that is one token: cPanel's .accesshash, Plesk's /etc/psa/.psa.shadow, DirectAdmin's setup."""
    text = b"".join(data[:4096].split())
    if 8 <= len(text) <= 2048 and not text.startswith(b"$"):
        yield from told("hosting-api-token", 1, text, "", "administers the panel")


def _name(host: bytes) -> str:
    return "".join(chr(byte) if 0x20 < byte < 0x7F else "?" for byte in host[:100])
