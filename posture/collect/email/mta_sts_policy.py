"""MTA-STS: its TXT record and its policy file (RFC 8461, 3.1 and 3.2); pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from posture.model.text import visible

MODES: Final = ("enforce", "testing", "none")
LONGEST_AGE: Final = 31_557_600  # seconds: a year (3.2)
MOST_PATTERNS: Final = 100
_VERSION = re.compile(r"v=STSv1\s*(?:;|$)")
_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_PATTERN = re.compile(r"(?:\*\.)?(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z0-9-]{1,63}\.?")


@dataclass(frozen=True, slots=True)
class Policy:
    """The file. `problems` make it void: senders then go on as if there were none (3.2)."""

    mode: str = ""
    patterns: tuple[str, ...] = ()
    max_age: int = 0
    problems: tuple[str, ...] = ()


def is_record(text: str) -> bool:
    """Whether a TXT record is one of MTA-STS; others at the name do not count (3.1)."""
    return _VERSION.match(text) is not None


def version_id(text: str) -> str:
    """The id that senders notice a new policy by; empty where it is missing or wrong, and the record is then none."""
    fields = dict(_pair(part, "=") for part in text.split(";") if part.strip())
    found = fields.get("id", "")
    return found if _ID.fullmatch(found) else ""


def parse(text: str) -> Policy:
    """The policy as senders read it: lines of ``key: value``, of a key that stands twice the first, but for mx."""
    pairs = [_pair(line, ":") for line in re.split(r"\r?\n", text) if line.strip()]
    first = dict(reversed(pairs))
    patterns = tuple(value for key, value in pairs if key == "mx")[:MOST_PATTERNS]
    problems = [*_problems(first, patterns)]
    age = first.get("max_age", "")
    return Policy(
        mode=visible(first.get("mode", ""), 40),
        patterns=tuple(visible(one.lower().removesuffix("."), 253) for one in patterns),
        max_age=int(age) if re.fullmatch(r"[0-9]{1,10}", age) else 0,
        problems=tuple(problems),
    )


def _problems(first: dict[str, str], patterns: tuple[str, ...]) -> Iterable[str]:
    if first.get("version") != "STSv1":
        yield "it has no line `version: STSv1`"
    mode, age = first.get("mode", ""), first.get("max_age", "")
    if mode not in MODES:
        yield f"its mode is {visible(mode, 40) or 'missing'}, and not enforce, testing or none"
    if not re.fullmatch(r"[0-9]{1,10}", age) or int(age) > LONGEST_AGE:
        yield f"its max_age is {visible(age, 40) or 'missing'}, and not a number of seconds up to {LONGEST_AGE}"
    if mode != "none" and not patterns:
        yield "it names no mx"
    yield from (f"mx: {visible(one, 80)} is no name" for one in patterns if not _PATTERN.fullmatch(one))


def matches(exchanger: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern names the exchanger; a star stands for exactly one label at its left (RFC 8461, 4.1)."""
    name = exchanger.lower().removesuffix(".")
    parent = name.partition(".")[2]
    return any(parent == one[2:] if one.startswith("*.") else name == one for one in patterns)


def _pair(text: str, sign: str) -> tuple[str, str]:
    key, _, value = text.partition(sign)
    return key.strip(), value.strip()
