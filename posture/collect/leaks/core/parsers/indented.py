"""YAML, read by its lines: kubeconfig, Rails, Symfony, Spring, Docker Compose, providers' command lines.

No YAML is parsed: the standard library has no reader of it, and aliases would make a bomb. A scalar on the line of its
key is all that a secret of these files ever is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from posture.collect.leaks.core.parsers.assignments import variable
from posture.collect.leaks.core.parsers.found import lines, of_known_form, told, unquoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posture.collect.leaks.core.leak import Leak

_ENTRY = re.compile(rb"(\s*)(?:- +)?[\"']?([\w./-]{1,100})[\"']?\s*:(?:\s+(.*))?$")
_LISTED = re.compile(rb"\s*- +[\"']?([A-Za-z_]\w{0,99})=(.*)$")


class Entry(NamedTuple):
    """A scalar with the keys above it, in lower case."""

    above: tuple[bytes, ...]
    name: bytes
    value: bytes
    line: int


def entries(data: bytes) -> Iterator[Entry]:
    """Every ``key: value`` with the keys it stands under, at most 32 deep."""
    stack: list[tuple[int, bytes]] = []
    for number, line in lines(data):
        match = None if line.lstrip().startswith(b"#") else _ENTRY.match(line)
        if not match:
            continue
        depth, name, value = len(match.group(1)), match.group(2), unquoted(match.group(3) or b"")
        while stack and stack[-1][0] >= depth:
            stack.pop()
        if value and value[:1] not in {b"|", b">", b"&", b"*", b"!"}:
            yield Entry(tuple(key for _, key in stack), name, value, number)
        elif len(stack) < 32:
            stack.append((depth, name.lower()))


def kubeconfig(data: bytes) -> Iterator[Leak]:
    """Tokens, passwords and client keys of users; also in JSON, whose entries look alike."""
    for entry in entries(data.replace(b'",', b'"') if data.lstrip()[:1] == b"{" else data):
        if entry.name in {b"client-key-data", b"token", b"password", b"refresh-token", b"id-token"}:
            note = (
                "a private key of a user of the cluster"
                if entry.name == b"client-key-data"
                else "a user of the cluster"
            )
            yield from told("kubeconfig-credential", entry.line, entry.value, "", note)


def database(data: bytes) -> Iterator[Leak]:
    """Rails' database.yml, Doctrine, phpMyAdmin: ``password`` is a database's."""
    for entry in entries(data):
        yield from variable(entry.name, entry.value, entry.line, "database-password")


def secrets(data: bytes) -> Iterator[Leak]:
    """Rails' secrets.yml, Symfony's parameters.yml and others whose names tell."""
    for entry in entries(data):
        if entry.name == b"secret":
            yield from told("application-key", entry.line, entry.value, "", "signs and encrypts cookies and sessions")
        else:
            yield from general_entry(entry)


def general(data: bytes) -> Iterator[Leak]:
    """Any YAML: what the names say, and ``- NAME=value`` of Compose's environment."""
    for entry in entries(data):
        yield from general_entry(entry)
    for number, line in lines(data):
        match = _LISTED.match(line)
        if match:
            yield from variable(match.group(1), match.group(2).strip().strip(b"\"'"), number)


def general_entry(entry: Entry) -> Iterator[Leak]:
    """The leak of one entry. Under ``secretKeyRef`` and Compose's ``secrets`` stand references."""
    if entry.above and entry.above[-1] in {b"secretkeyref", b"secrets", b"valuefrom"}:
        return
    of_database = any(
        key in {b"datasource", b"database", b"databases", b"db", b"dbal", b"mysql"} for key in entry.above
    )
    yield from variable(entry.name, entry.value, entry.line, "database-password" if of_database else "")


def digitalocean(data: bytes) -> Iterator[Leak]:
    """Doctl's config.yaml."""
    for entry in entries(data):
        if entry.name == b"access-token" or b"auth-contexts" in entry.above:
            yield from told("digitalocean-token", entry.line, b"" if of_known_form(entry.value) else entry.value)


def vultr(data: bytes) -> Iterator[Leak]:
    """The configuration of vultr-cli."""
    for entry in entries(data):
        if entry.name == b"api-key":
            yield from told("vultr-key", entry.line, entry.value)
