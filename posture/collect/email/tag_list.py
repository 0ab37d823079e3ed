"""Tag lists, the form of DKIM's and DMARC's records (RFC 6376, 3.2)."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SPACE = " \t\r\n"


class NoTagList(ValueError):
    """The text is no tag list; the message says where."""


def tags_of(text: str) -> tuple[tuple[str, str], ...]:
    """Its tags with their values, in the order they stand; space around names and values belongs to neither.

    Raises:
        NoTagList: a piece has no ``=``, a name is none, or a name stands twice, which makes the whole list invalid.
    """
    pieces = text.split(";")
    if len(pieces) > 1 and not pieces[-1].strip(_SPACE):
        pieces.pop()
    found: dict[str, str] = {}
    for piece in pieces:
        name, equals, value = (part.strip(_SPACE) for part in piece.partition("="))
        if not equals:
            raise NoTagList(f"{piece.strip(_SPACE)[:40]!r} has no =" if piece.strip(_SPACE) else "two semicolons meet")
        if not _NAME.fullmatch(name):
            raise NoTagList(f"{name[:40]!r} is no name of a tag")
        if name in found:
            raise NoTagList(f"the tag {name} stands more than once")
        found[name] = value
    return tuple(found.items())
