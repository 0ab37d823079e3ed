"""Commands with passwords in them: shell history, cron tables, unit files, scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from posture.collect.leaks.core.parsers.assignments import variable
from posture.collect.leaks.core.parsers.found import lines, of_known_form, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posture.collect.leaks.core.leak import Leak

_WORD = rb"(?:'([^'\n]+)'|\"([^\"\n]+)\"|([^\s;|&'\"()<>]+))"
_FORMS = tuple(
    re.compile(form + _WORD)
    for form in (
        rb"\b(?:mysql|mysqldump|mysqladmin|mysqlimport|mysqlcheck|mysqlpump|mariadb|mariadb-dump|mydumper|xtrabackup|innobackupex)\b[^\n|;&]{0,300}?\s-p(?=\S)",
        rb"\bsshpass\s+-p\s*", rb"\bredis-cli\b[^\n|;&]{0,200}?\s(?:-a|--pass)\s+",
        rb"\b(?:mongo|mongosh|mongodump|mongorestore|docker\s+login|podman\s+login|oc\s+login|az\s+login)\b[^\n|;&]{0,200}?\s-p\s+",
        rb"\b(?:ldapsearch|ldapmodify|ldapadd|ldapwhoami)\b[^\n|;&]{0,200}?\s-w\s+",
        rb"\bsqlcmd\b[^\n|;&]{0,200}?\s-P\s*",
        rb"\bzip\s[^\n|;&]{0,100}?-P\s*", rb"\b7z[ar]?\s[^\n|;&]{0,100}?\s-p(?=\S)",
        rb"\s-pass(?:in|out)?\s+pass:", rb"\brclone\s+obscure\s+", rb"\bhtpasswd\s+-\w*b\w*\s+\S+\s+\S+\s+",
        (rb"\s--?(?:password|passwd|pass|http-password|ftp-password|proxy-password|db-pass|dbpass|admin[_-]pass(?:word)?|"
        rb"user_pass|rootpw|secret|client-secret|secret-key|token|access-token|api-?key|api-token|auth-token|passphrase)(?:=|\s+)(?!-)"),
        rb"\b(?:PGPASSWORD|MYSQL_PWD|SSHPASS|RSYNC_PASSWORD|REDISCLI_AUTH|BORG_PASSPHRASE|RESTIC_PASSWORD)=",
        rb"(?i)\bIDENTIFIED\s+(?:WITH\s+\S+\s+)?BY\s+(?=')",
        rb"(?i)\bALTER\s+(?:USER|ROLE)\s[^\n;]{0,200}?\bPASSWORD\s+(?=')",
    )
)  # fmt: skip
_PAIRS = tuple(
    re.compile(form)
    for form in (
        rb"\b(?:curl|wget|http|https|httpie)\b[^\n|;&]{0,400}?\s(?:-u|--user|--proxy-user|-a|--auth)[\s=]*['\"]?([^\s:'\"]{1,100}):([^\s'\"]{1,300})",
        rb"\b(?:smbclient|rpcclient|net\s+rpc)\b[^\n|;&]{0,200}?\s-U\s*['\"]?([^\s%'\"]{1,100})%([^\s'\"]{1,300})",
        rb"\blftp\b[^\n|;&]{0,200}?\s-u\s*['\"]?([^\s,'\"]{1,100}),([^\s'\"]{1,300})",
        rb"\becho\s+(?:-[ne]+\s+)?['\"]?([\w.-]{1,64}):([^'\"\s|]{1,200})['\"]?\s*\|\s*(?:sudo\s+)?(?:/usr/sbin/)?chpasswd",
        rb"\bmount\b[^\n|;&]{0,300}?[\s,](username|user)=[^\s,]{1,100},(?:\S{0,100},)?pass(?:word)?=([^\s,'\"]{1,300})",
        rb"(?i)\b(authorization|proxy-authorization):\s*(?:bearer|basic|token)\s+([^\s'\"]{8,2000})",
        rb"(?i)\b(x-api-key|x-auth-token|x-auth-key|private-token|auth-api-token):\s*([^\s'\"]{8,500})",
    )
)  # fmt: skip
_ASSIGNED = re.compile(rb"(?:^|[\s;&])(?:export\s+|env\s+|set\s+-x\s+|setenv\s+)?([A-Za-z_]\w{1,99})=" + _WORD)
_STAMP = re.compile(rb": [0-9]+:[0-9]+;")
_UNIT = re.compile(rb"\s*(?:Environment|PassEnvironment)\s*=\s*(.*)")
_QUOTED = re.compile(rb"\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|(\S+)")


def history(data: bytes) -> Iterator[Leak]:
    """What a shell or a database's command line remembers; zsh's stamps are left out."""
    for number, line in lines(data):
        if not line.startswith(b"#"):
            yield from _command(_STAMP.sub(b"", line, 1), number, "command-line-password")


def script(data: bytes) -> Iterator[Leak]:
    """Shell scripts and cron tables."""
    for number, line in lines(data):
        if not line.lstrip().startswith(b"#"):
            yield from _command(line, number, "environment-secret")


def unit(data: bytes) -> Iterator[Leak]:
    """Units of systemd: Environment= (systemd.exec(5)) and the command lines."""
    for number, line in lines(data):
        match = _UNIT.match(line)
        if match:
            for word in _QUOTED.finditer(match.group(1)):
                name, equals, value = (word.group(1) or word.group(2) or word.group(3) or b"").partition(b"=")
                yield from variable(name, value, number) if equals else ()
        elif line.startswith(b"Exec"):
            yield from _command(line, number, "environment-secret")


def _command(line: bytes, number: int, assigned: str) -> Iterator[Leak]:
    known: set[bytes] = set()
    for leak in _secrets(line, number, assigned):
        if leak.value not in known:
            known.add(leak.value)
            yield leak


def _secrets(line: bytes, number: int, assigned: str) -> Iterator[Leak]:
    for form in _FORMS:
        for match in form.finditer(line):
            value = match.group(1) or match.group(2) or match.group(3)
            if not of_known_form(value):
                yield from told("command-line-password", number, value)
    for form in _PAIRS:
        pair = form.search(line)
        if pair and not of_known_form(pair.group(2)):
            yield from told("command-line-password", number, pair.group(2))
    for match in _ASSIGNED.finditer(line):
        value = match.group(2) or match.group(3) or match.group(4)
        for leak in variable(match.group(1), value, number):
            yield leak._replace(rule=assigned) if leak.rule in {"environment-secret", "database-password"} else leak
