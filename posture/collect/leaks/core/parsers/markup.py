"""XML, read by its tags without a parser of it (no entities, no depth): FileZilla, .NET, Maven, Tomcat, Magento 1."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from posture.collect.leaks.core.parsers.assignments import variable
from posture.collect.leaks.core.parsers.connections import connection
from posture.collect.leaks.core.parsers.found import LIMIT, line_of, lines, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posture.collect.leaks.core.leak import Leak

_PASS = re.compile(rb'<Pass(?:\s+encoding="(\w{1,16})")?>([^<]{1,1000})</Pass>')
_ELEMENT = re.compile(rb"<([\w.:-]{1,60})>\s*(?:<!\[CDATA\[)?([^<\]]{1,1000})(?:\]\]>)?\s*</")
_ATTRIBUTE = re.compile(rb'\b([\w.:-]{1,60})="([^"]{1,2000})"')
_ADD = re.compile(rb'<add\s+key="([^"]{1,200})"\s+value="([^"]{1,2000})"', re.IGNORECASE)
_COMMENT = re.compile(rb"<!--[^-]*(?:-(?!->)[^-]*)*(?:-->|\Z)")
_ENTITY = {b"&amp;": b"&", b"&lt;": b"<", b"&gt;": b">", b"&quot;": b'"', b"&apos;": b"'"}


def filezilla(data: bytes) -> Iterator[Leak]:
    """sitemanager.xml, recentservers.xml: base64 is no encryption; ``crypt`` is (a master password)."""
    for match in _PASS.finditer(data):
        if match.group(1) == b"crypt":
            continue
        value = _text(match.group(2))
        if match.group(1) == b"base64":
            try:
                value = base64.b64decode(value, validate=True)
            except (binascii.Error, ValueError):
                continue
        yield from told("stored-login", line_of(data, match.start()), value, "", "a server of FileZilla")


def general(data: bytes) -> Iterator[Leak]:
    """web.config, settings.xml, tomcat-users.xml, local.xml: names of elements and attributes, connection strings."""
    plain = _COMMENT.sub(lambda match: b"\n" * match.group().count(b"\n"), data[:LIMIT])
    for number, line in lines(plain):
        for match in _ADD.finditer(line):
            yield from variable(match.group(1), _text(match.group(2)), number)
        for match in _ATTRIBUTE.finditer(line):
            name, value = match.group(1).lower(), _text(match.group(2))
            if name == b"connectionstring":
                yield from connection(value, number)
            elif name not in {b"key", b"value", b"name", b"publickeytoken"}:
                yield from variable(name, value, number)
        for match in _ELEMENT.finditer(line):
            if match.group(1).lower() in {b"crypt", b"key"} and re.fullmatch(rb"[0-9a-f]{32}", match.group(2)):
                yield from told("application-key", number, match.group(2), "", "encrypts what the shop stores")
            else:
                yield from variable(
                    match.group(1), _text(match.group(2)), number, "database-password" if b"dbname" in data else ""
                )


def _text(written: bytes) -> bytes:
    return re.sub(rb"&(?:amp|lt|gt|quot|apos);", lambda match: _ENTITY[match.group()], written).strip()
