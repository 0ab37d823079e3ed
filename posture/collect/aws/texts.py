"""Texts of an AWS account that may hold secrets, judged as they come: only what may be said of a secret is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from posture.collect.aws.asked import Asked
from posture.facts.leaks import LeakedSecret
from posture.model.text import visible

MOST_BYTES = 1 << 20  # of one text
MOST_VARIABLES = 2_000
MOST_SECRETS = 200  # told of one place

# Names that choose a parser (posture/collect/leaks/core/parsers/kinds.py).
_VARIABLES = "environment.env"
_SCRIPT = "script.sh"
_TEXT = (_SCRIPT, "config.yaml", _VARIABLES)
_UNKNOWN = ("text",)
_POWERSHELL = re.compile(rb"^([ \t]*)\$(?:(?:env|global|script):)?(?=\w+[ \t]*=)", re.IGNORECASE | re.MULTILINE)
_CHPASSWD = re.compile(
    rb"^(chpasswd:[ \t]*\n(?:[ \t]+[^\n]*\n){0,5}?[ \t]+(?:list|users):[^\n]*\n)((?:[ \t]+[^\n]*\n?)+)",
    re.MULTILINE,
)
_LOGIN = re.compile(rb"^[ \t]+(?:- )?[\w.-]+:(?=[^\s:{}]+[ \t]*$)", re.MULTILINE)


def in_variables(asked: Asked, variables: Iterable[tuple[str, str]]) -> tuple[LeakedSecret, ...]:
    """The secrets in variables of an environment (name, value); `path` of each is the variable's name, `line` 0."""
    lines = [(name, value) for name, value in variables if name and value][:MOST_VARIABLES]
    names = [name for name, _ in lines]
    text = "\n".join(f"{name}={_one_line(value)}" for name, value in lines)
    found = [
        replace(secret, line=0)
        for seen in asked.detector.seen(_VARIABLES, text.encode()[:MOST_BYTES], asked.at)
        if 0 < seen.line <= len(names)
        for secret in (asked.detector.told(seen, names[seen.line - 1]),)
    ]
    for name, value in lines:
        if "\n" in value:
            found += [replace(secret, line=0) for secret in _judged(asked, _UNKNOWN, name, value.encode())]
    return each_once(found)


def in_text(asked: Asked, data: bytes, place: str) -> tuple[LeakedSecret, ...]:
    """The secrets in a script or a configuration of cloud-init: read as commands, as settings and as variables.

    `place` is the path that is told of them.
    """
    plain = _POWERSHELL.sub(rb"\1", data[:MOST_BYTES].replace(b"\r\n", b"\n"))
    return each_once([*_judged(asked, _TEXT, place, plain), *_judged(asked, (_VARIABLES,), place, _logins(plain))])


def in_command(asked: Asked, words: Iterable[str], place: str) -> tuple[LeakedSecret, ...]:
    """The secrets in the words of one command line."""
    line = " ".join(("command", *(word.replace("\n", " ") for word in words)))
    return tuple(replace(secret, line=0) for secret in each_once(_judged(asked, (_SCRIPT,), place, line.encode())))


def each_once(found: Iterable[LeakedSecret]) -> tuple[LeakedSecret, ...]:
    """Each value once a path, in the order they stand; the first word on a value wins."""
    once: dict[tuple[str, str], LeakedSecret] = {}
    for secret in found:
        once.setdefault((secret.path, secret.fingerprint), secret)
    return tuple(sorted(once.values(), key=lambda secret: secret.line))[:MOST_SECRETS]


def _judged(asked: Asked, names: tuple[str, ...], place: str, data: bytes) -> list[LeakedSecret]:
    told = visible(place, 300)
    return [
        asked.detector.told(seen, told)
        for name in names
        for seen in asked.detector.seen(name, data[:MOST_BYTES], asked.at)
    ]


def _one_line(value: str) -> str:
    return value.replace("\r", "").replace("\n", "\\n")


def _logins(text: bytes) -> bytes:
    """The lines ``user:password`` of cloud-init's module Set Passwords as variables, all before as empty lines."""
    match = _CHPASSWD.search(text)
    if match is None:
        return b""
    return b"\n" * text.count(b"\n", 0, match.start(2)) + _LOGIN.sub(b"PASSWORD=", match.group(2))
