"""The parser of each format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

from posture.advisories.feeds.records import Record, Refusal

Parser = Callable[[Iterable[tuple[str, bytes]], frozenset[str]], Iterator[Record | Refusal]]
"""Files with their names, and the ecosystems to keep (empty: all) -> what the files say."""


def parser(format_name: str) -> Parser:
    """The parser of a format that posture.advisories.feeds.config knows."""
    module = import_module(f"posture.advisories.feeds.formats.{format_name.replace('-', '_')}")
    read: Parser = module.read
    return read
