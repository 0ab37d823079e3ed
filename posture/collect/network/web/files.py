"""Files that a web server should not serve, each known by what is in it: a status proves nothing."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Generator
from dataclasses import dataclass

from posture.collect.network.web.answer import Answer, Reply, Request
from posture.collect.network.web.page import entries, lists_folder, place_only
from posture.collect.network.web.secrets_in import secrets_in
from posture.facts.web import ExposedFile
from posture.model.text import visible

ENOUGH = 8192  # bytes of a file that are read
MOST_NAMES = 8  # names shown in the evidence

Proof = Callable[[bytes], tuple[str, ...]]
"""The beginning of a file -> lines that prove what it is, with no secret in them; none if it is something else."""

_REF = re.compile(rb"\A(?:ref: refs/[!-~]{1,200}|[0-9a-f]{40}(?:[0-9a-f]{24})?)\s*\Z")
_GIT_URL = re.compile(rb"^\s{0,20}url\s{0,5}=\s{0,5}([!-~]{1,500})\s{0,5}$", re.MULTILINE)
_SECRET = re.compile(  # a password, a token in the place of a user, a token behind the path
    r"://(?:[^/\s]{0,500}:[^/\s]{1,500}@|[^/\s:@]{20,500}@)|[?&][a-z_]{0,20}token=", re.IGNORECASE
)
_SETTING = re.compile(  # not the last line of a value in base64, which ends with = or ==
    rb"^(?:export[ \t]{1,5})?([A-Za-z_][A-Za-z0-9_.]{1,60})[ \t]{0,5}=(?!=?[ \t\r]{0,5}$)", re.MULTILINE
)
_LONG_VALUE = re.compile(rb"-----BEGIN .*?(?:-----END [^\n]*|\Z)|(?<==)(?:\"[^\"]*\"|'[^']*')", re.DOTALL)
_TELLING = re.compile(r"PASS|SECRET|TOKEN|KEY|DSN|_URL|USER|HOST|DATABASE|AWS|SMTP|MAIL|APP_", re.IGNORECASE)
_DEFINE = re.compile(rb"define\(\s{0,5}['\"](DB_[A-Z]{1,20}|[A-Z_]{1,30}_(?:KEY|SALT))['\"]")
_SQL = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s{0,200}"
    rb"(-- (?:(?:MySQL|MariaDB|PostgreSQL|phpMyAdmin)(?: database| SQL)?(?: dump)?|Adminer|Host:|Server version)"
    rb"|/\*M?!|PRAGMA foreign_keys)"
    rb"|^((?:CREATE TABLE|INSERT INTO|DROP TABLE)(?: IF(?: NOT)? EXISTS)? "
    rb"[`\"\[]?[A-Za-z_][A-Za-z0-9_.$]{0,63}[`\"\]]?)",
    re.MULTILINE,
)
_KEY = re.compile(rb"\A\s{0,20}(-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----)")
_HASH = re.compile(rb"^([^:\s<>]{1,64}):(?:\$(?:apr1|2[aby]|5|6|1|y)\$|\{SHA\}|[./A-Za-z0-9]{13}\s*$)", re.MULTILINE)
_AWS = re.compile(rb"^\s{0,5}(aws_access_key_id|aws_secret_access_key)\s{0,5}=", re.MULTILINE | re.IGNORECASE)
_PHPINFO = re.compile(rb"<title>(?:PHP [\d.]{1,12} - )?phpinfo\(\)</title>", re.IGNORECASE)
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|title)\b", re.IGNORECASE)
_GZIP, _ZIP = b"\x1f\x8b\x08", b"PK\x03\x04"


def _head(raw: bytes) -> tuple[str, ...]:
    return (raw.decode().strip(),) if _REF.fullmatch(raw) else ()


def _git_config(raw: bytes) -> tuple[str, ...]:
    """The addresses it fetches from, without the passwords in them."""
    if not re.match(rb"\s*\[core\]", raw):
        return ()
    urls = (place_only(url.decode("ascii", "replace")) for url in _GIT_URL.findall(raw))
    return ("[core]", *(f"url = {url}" for url in list(urls)[:MOST_NAMES]))


def _subversion(raw: bytes) -> tuple[str, ...]:
    return ("SQLite database",) if raw.startswith(b"SQLite format 3\0") else ()


def _settings(raw: bytes) -> tuple[str, ...]:
    """The names of settings: at least two, one of them of a kind that such files have."""
    names = list(dict.fromkeys(name.decode() for name in _SETTING.findall(_LONG_VALUE.sub(b"x", raw))))
    if len(names) < 2 or not any(map(_TELLING.search, names)):
        return ()
    return (f"names of its settings: {_listed(names)}; values not shown",)


def _php_config(raw: bytes) -> tuple[str, ...]:
    names = list(dict.fromkeys(name.decode() for name in _DEFINE.findall(raw)))
    return (f"names of its settings: {_listed(names)}; values not shown",) if b"<?php" in raw and names else ()


def _dump(raw: bytes) -> tuple[str, ...]:
    """The first words that only a dump has, with the name of a table; packed ones are unpacked as far as read."""
    plain = _unpacked(raw) if raw.startswith(_GZIP) else raw
    found = _SQL.search(plain)
    return (found[found.lastindex or 0].decode("ascii"),) if found else ()


def _archive(raw: bytes) -> tuple[str, ...]:
    """The kind of archive and the name of its first member."""
    if raw.startswith(_ZIP) and len(raw) >= 30:
        length = int.from_bytes(raw[26:28], "little")
        return ("ZIP archive", f"first file in it: {raw[30 : 30 + length].decode('utf-8', 'replace')}")
    plain = _unpacked(raw) if raw.startswith(_GZIP) else raw
    if plain[257:262] == b"ustar":
        return ("tar archive", f"first file in it: {plain[:100].partition(bytes(1))[0].decode('utf-8', 'replace')}")
    return ()


def _private_key(raw: bytes) -> tuple[str, ...]:
    found = _KEY.match(raw)
    return (found[1].decode(), "not shown further") if found else ()


def _passwords(raw: bytes) -> tuple[str, ...]:
    users = _HASH.findall(raw)
    return (f"password hashes of {len(users)} user{'' if len(users) == 1 else 's'}, not shown",) if users else ()


def _aws(raw: bytes) -> tuple[str, ...]:
    names = [name.decode().lower() for name in _AWS.findall(raw)]
    return (f"names in it: {_listed(names)}; values not shown",) if names else ()


def _phpinfo(raw: bytes) -> tuple[str, ...]:
    found = _PHPINFO.search(raw)
    return (found[0].decode(),) if found else ()


def _folder_view(raw: bytes) -> tuple[str, ...]:
    return ("DS_Store of a Mac: names of files",) if raw.startswith(b"\0\0\0\x01Bud1") else ()


def _unpacked(raw: bytes) -> bytes:
    try:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(raw, ENOUGH)
    except zlib.error:
        return b""


def _listed(names: list[str]) -> str:
    left = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {left} more" if left > 0 else "")


@dataclass(frozen=True, slots=True)
class Leak:
    """A file by its usual path. `page` is for the few that are pages for people; others never are."""

    kind: str
    path: str
    proof: Proof
    page: bool = False

    @property
    def request(self) -> Request:
        """What is sent."""
        return Request(self.path, most=ENOUGH * 8 if self.page else ENOUGH)


GIT_HEAD = Leak("git", "/.git/HEAD", _head)
GIT_CONFIG = Leak("git", "/.git/config", _git_config)
LEAKS: tuple[Leak, ...] = (
    Leak("svn", "/.svn/wc.db", _subversion),
    Leak("env", "/.env", _settings),
    Leak("folder-view", "/.DS_Store", _folder_view),
    Leak("phpinfo", "/phpinfo.php", _phpinfo, page=True),
    Leak("phpinfo", "/info.php", _phpinfo, page=True),
    Leak("config", "/wp-config.php.bak", _php_config),
    Leak("config", "/wp-config.php~", _php_config),
    Leak("config", "/wp-config.php.save", _php_config),
    Leak("dump", "/backup.sql", _dump),
    Leak("dump", "/dump.sql", _dump),
    Leak("dump", "/database.sql", _dump),
    Leak("dump", "/db.sql", _dump),
    Leak("dump", "/backup.sql.gz", _dump),
    Leak("backup", "/backup.tar.gz", _archive),
    Leak("backup", "/backup.zip", _archive),
    Leak("backup", "/www.zip", _archive),
    Leak("key", "/id_rsa", _private_key),
    Leak("key", "/.ssh/id_rsa", _private_key),
    Leak("key", "/server.key", _private_key),
    Leak("key", "/privkey.pem", _private_key),
    Leak("passwords", "/.htpasswd", _passwords),
    Leak("cloud-key", "/.aws/credentials", _aws),
)
FIRST_FETCHED = tuple(leak for leak in LEAKS if leak.path in {"/.env", "/backup.sql"})
"""What is tried, with the repository, even where everything seems to be sent elsewhere."""
FOLDERS = ("/backup/", "/backups/", "/uploads/")

Looking = Generator[Request, Reply, ExposedFile | None]


def proven(leak: Leak, canary: Reply) -> Looking:
    """Ask for a file: yields the request, is sent the answer, returns what was found.

    What the page that does not exist shows as well (`canary`) proves nothing.
    """
    reply = yield leak.request
    lines = _proof(leak, reply)
    if not lines or not isinstance(reply, Answer) or _proof(leak, canary):
        return None
    return ExposedFile(leak.kind, leak.path, reply.evidence(*lines, *secrets_in(leak.path, reply.body)))


def repository(canary: Reply) -> Looking:
    """Ask for a Git repository, and for its configuration where there is one: a remote may name a password."""
    head = yield from proven(GIT_HEAD, canary)
    if head is None:
        return None
    reply = yield GIT_CONFIG.request
    if not isinstance(reply, Answer) or reply.status != 200:
        return head
    told = any(_SECRET.search(url.decode("ascii", "replace")) for url in _GIT_URL.findall(reply.body))
    kind = "git-credentials" if told and _proof(GIT_CONFIG, reply) else "git"
    return ExposedFile(kind, GIT_HEAD.path, reply.evidence(*_git_config(reply.body)) if told else head.transcript)


def listed(path: str, canary: Reply) -> Looking:
    """Ask for a folder: whether the server lists what is in it."""
    reply = yield Request(path)
    if not isinstance(reply, Answer) or reply.status != 200 or not lists_folder(reply.text, path):
        return None
    if isinstance(canary, Answer) and canary.status == 200 and lists_folder(canary.text, canary.request.path):
        return None
    names = entries(reply.text, path)
    shown = f"lists {len(names)} name{'' if len(names) == 1 else 's'}: {', '.join(names[:MOST_NAMES])}"
    return ExposedFile("listing", path, reply.evidence(visible(shown)))


def _proof(leak: Leak, reply: Reply) -> tuple[str, ...]:
    if not isinstance(reply, Answer) or reply.status != 200:
        return ()
    if not leak.page and _MARKUP.search(reply.body[:1024]):  # whatever its type: some servers call every file a page
        return ()
    return leak.proof(reply.body)
