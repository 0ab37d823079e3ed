"""Password hashes: htpasswd, copies of shadow, user tables in database dumps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from posture.collect.leaks.core.leak import Leak
from posture.collect.leaks.core.parsers.found import LIMIT, line_of, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

# crypt(5), Apache's password formats, phpass, MySQL 4.1.
_KINDS = (
    (re.compile(rb"\{SHA\}[A-Za-z0-9+/]{27}="), "SHA-1 without salt", "high"),
    (re.compile(rb"\$apr1\$[./0-9A-Za-z]{1,8}\$[./0-9A-Za-z]{22}"), "MD5 (apr1)", "medium"),
    (re.compile(rb"\$1\$[./0-9A-Za-z]{1,8}\$[./0-9A-Za-z]{22}"), "MD5 (crypt)", "medium"),
    (re.compile(rb"\$2[abxy]\$[0-9]{2}\$[./0-9A-Za-z]{53}"), "bcrypt", "low"),
    (re.compile(rb"\$[56]\$(?:rounds=[0-9]{1,9}\$)?[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{43,86}"), "SHA-crypt", "low"),
    (re.compile(rb"\$(?:y|7|gy)\$[./0-9A-Za-z$]{20,150}"), "yescrypt", "low"),
    (re.compile(rb"\$argon2id?\$[^:\s'\"]{20,200}"), "Argon2", "low"),
    (re.compile(rb"\$wp\$2y\$[0-9]{2}\$[./0-9A-Za-z]{53}"), "bcrypt", "low"),
    (re.compile(rb"\$[PH]\$[./0-9A-Za-z]{31}"), "MD5 (phpass)", "medium"),
    (re.compile(rb"\*[0-9A-F]{40}"), "SHA-1 without salt (MySQL)", "high"),
)
_CRYPT = re.compile(rb"[./0-9A-Za-z]{13}")
_INSERT = re.compile(
    rb"(?i)\b(?:INSERT\s+INTO|COPY)\s+[`\"\[]?(?:\w+[`\"\]]?\.[`\"\[]?)?(\w*(?:users?|customers?|accounts?|members?|admins?|employee|clients?)(?:_entity)?)\b"
)
_IN_DUMP = re.compile(
    rb"\$(?:2[abxy]|wp\$2y)\$[0-9]{2}\$[./0-9A-Za-z]{53}|\$[PH]\$[./0-9A-Za-z]{31}|\$argon2id?\$[^:\s'\",]{20,200}|'\*[0-9A-F]{40}'|'[0-9a-f]{32}(?::[^']{1,40})?'|'[0-9a-f]{64}:[^']{1,80}'|\$[156]\$[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{22,86}"
)


def kind(hashed: bytes) -> tuple[str, str]:
    """The kind of a password hash and its weight; two empty texts where it is none."""
    for form, name, weight in _KINDS:
        if form.fullmatch(hashed):
            return name, weight
    return ("DES (crypt)", "high") if _CRYPT.fullmatch(hashed) else ("", "")


def colon_separated(data: bytes) -> Iterator[Leak]:
    """Lines of htpasswd and shadow: name:hash, one leak a line. Locked accounts have none."""
    for number, line in lines(data):
        fields = line.strip().split(b":")
        if len(fields) >= 2 and not line.startswith(b"#"):
            name, weight = kind(fields[1])
            if name:
                yield Leak("password-hash", number, fields[1], name, "", None, weight)


def dump(data: bytes) -> Iterator[Leak]:
    """A database dump: the hashes in a table of users, counted; one leak a table."""
    text = data[:LIMIT]
    starts = list(_INSERT.finditer(text))[:2000]
    told: set[bytes] = set()
    for place, start in enumerate(starts):
        table = start.group(1).lower()
        end = starts[place + 1].start() if place + 1 < len(starts) else len(text)
        found = [] if table in told else list(_IN_DUMP.finditer(text, start.end(), end))
        if found:
            told.add(table)
            first = found[0].group().strip(b"'")
            name, weight = kind(first)
            many = f"{len(found)} password hashes" if len(found) > 1 else "1 password hash"
            note = "{} of table {} in what was read".format(many, table.decode("ascii", "replace")[:60])
            yield Leak(
                "password-hash", line_of(text, found[0].start()), first, name or "MD5", note, None, weight or "high"
            )
