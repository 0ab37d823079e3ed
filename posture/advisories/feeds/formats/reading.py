"""Bounded reading of what a feed holds: JSON, YAML, dates and short words, each or the reason why not.

Every value of a feed is hostile. What is stored or printed goes through here once.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import yaml

from posture.model.text import visible

MOST_BYTES = 32 << 20  # of one document; the largest real ones are below 10 MB
MOST_VALUES = 2_000_000  # of one document: brackets and commas, each of which may cost a Python object
MOST_LEVELS = 40  # of nested YAML
MOST_YAML_BYTES = 4 << 20  # of one document; YAML takes a hundred times as long to read as JSON

_WORD = re.compile(r"[!-~]+")
_NAME = re.compile(r"[ -~]+")
_CVE = re.compile(r"(?:[A-Za-z]+-)?(CVE-[0-9]{4}-[0-9]{4,12})")


class Malformed(Exception):
    """A value that is not what the format says; the message names the field and what is wrong with it."""


def json_value(data: bytes) -> Any:
    """The value of a JSON document.

    Raises:
        Malformed: it is too large, not UTF-8, not JSON, or nested too deep.
    """
    if len(data) > MOST_BYTES:
        raise Malformed(f"larger than {MOST_BYTES >> 20} MiB")
    if data.count(b",") + data.count(b"[") + data.count(b"{") > MOST_VALUES:
        raise Malformed(f"more than {MOST_VALUES} values")
    try:
        return json.loads(data.decode("utf-8-sig"))
    except RecursionError:
        raise Malformed("nested too deep") from None
    except ValueError as error:
        raise Malformed(visible(f"not JSON: {error}", 120)) from None


def yaml_value(data: bytes) -> Any:
    """The value of a YAML document whose scalars all stay strings: nothing is constructed, and no alias is followed.

    Raises:
        Malformed: it is too large, not YAML, nested too deep, or has aliases (which can grow without bound).
    """
    if len(data) > MOST_YAML_BYTES:
        raise Malformed(f"larger than {MOST_YAML_BYTES >> 20} MiB of YAML")
    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    levels = values = 0
    try:
        for event in yaml.parse(data, Loader=loader):
            values += 1
            if isinstance(event, yaml.AliasEvent):
                raise Malformed("has aliases, which can make a small file large without bound")
            if isinstance(event, yaml.CollectionStartEvent):
                levels += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                levels -= 1
            if levels > MOST_LEVELS or values > MOST_VALUES:
                raise Malformed("nested too deep" if levels > MOST_LEVELS else f"more than {MOST_VALUES} values")
        return yaml.load(data, Loader=loader)  # noqa: S506 - the base loader makes strings, lists and dicts only
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Malformed(visible(f"not YAML: {error}", 120)) from None


def lines_of(data: bytes) -> Iterator[str]:
    """The lines of a text file, one at a time; what is not UTF-8 becomes U+FFFD, which no word accepts."""
    for line in io.BytesIO(data):
        yield line.rstrip(b"\r\n").decode("utf-8", "replace")


def an_object(value: object, what: str) -> dict[str, Any]:
    """An object; an absent one is empty.

    Raises:
        Malformed: it is another type.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"{what} is no object")
    return value


def a_list(value: object, what: str) -> list[Any]:
    """A list; an absent one is empty.

    Raises:
        Malformed: it is another type.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(f"{what} is no list")
    return value


def word(value: object, what: str, most: int = 128) -> str:
    """Printable ASCII without blanks, not empty: an identifier or a version.

    Raises:
        Malformed: it is something else.
    """
    if not isinstance(value, str) or len(value) > most or not _WORD.fullmatch(value):
        raise Malformed(f"{what} is no word of at most {most} printable characters: {shown(value)}")
    return value


def name(value: object, what: str, most: int = 128) -> str:
    """Printable ASCII with blanks allowed, not empty.

    Raises:
        Malformed: it is something else.
    """
    if not isinstance(value, str) or len(value) > most or not _NAME.fullmatch(value):
        raise Malformed(f"{what} is no name of at most {most} printable characters: {shown(value)}")
    return value


def text(value: object, what: str, most: int = 200) -> str:
    """Free text, neutralised and cut; an absent one is empty.

    Raises:
        Malformed: it is no text.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"{what} is no text")
    return visible(" ".join(value[: most * 4].split()), most)


def shown(value: object) -> str:
    """A value for a message: short and neutralised; of a composite value only its type."""
    if isinstance(value, str):
        return visible(value, 40)
    return visible(str(value), 40) if isinstance(value, (float, bool, type(None))) else type(value).__name__


def instant(value: object, what: str) -> datetime | None:
    """An RFC 3339 time, UTC where it names no zone; None when absent.

    Raises:
        Malformed: it is something else.
    """
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(word(value, what, 64))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed(f"{what} is no time: {shown(value)}") from None


def day(value: object, what: str) -> date | None:
    """An ISO 8601 date; None when absent or empty.

    Raises:
        Malformed: it is something else.
    """
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(word(value, what, 10))
    except ValueError:
        raise Malformed(f"{what} is no date: {shown(value)}") from None


def cve_of(value: object) -> str | None:
    """The CVE that an identifier names: ``CVE-2024-1`` itself, or a database's own ``UBUNTU-CVE-2024-1``."""
    found = _CVE.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None
