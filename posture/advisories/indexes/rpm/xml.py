"""Repository metadata in XML, read as it streams: no entities, no document types, nothing deep, nothing endless."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from posture.advisories.errors import Refused

MOST_DEPTH = 32
MOST_TEXT = 4_096  # characters kept of one element; versions and names are shorter, descriptions are not needed
MOST_ELEMENTS = 200_000  # inside of one record: an update of everything names a few ten thousand packages


@dataclass(slots=True)
class Element:
    """An element with its attributes and, without namespace prefixes, the elements in it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def first(self, *path: str) -> Element | None:
        """The first element down a path of tags."""
        found: Element | None = self
        for tag in path:
            found = next((child for child in found.children if child.tag == tag), None) if found else None
        return found

    def said(self, *path: str) -> str:
        """The text of the first element down a path; empty where there is none."""
        found = self.first(*path)
        return found.text.strip() if found else ""

    def each(self, *path: str) -> Iterator[Element]:
        """The elements at the end of a path, in all branches."""
        if not path:
            yield self
            return
        for child in self.children:
            if child.tag == path[0]:
                yield from child.each(*path[1:])


class _Reader:
    """Builds the records, the elements of one tag right below the root; forgets each when it is handed out."""

    def __init__(self, tag: str, leave: frozenset[str]) -> None:
        self._tag = tag
        self._leave = leave  # tags whose content nobody needs
        self._open: list[Element] = []
        self._depth = 0
        self._left = 0  # depth inside of what is left out
        self._count = 0
        self.records: list[Element] = []
        self.root = ""
        self.attributes: dict[str, str] = {}
        self.top: list[Element] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise Refused("its elements are nested too deeply")
        tag = _local(name)
        if self._left or tag in self._leave:
            self._left += 1
            return
        if self._depth == 1:
            self.root, self.attributes = tag, attributes
            return
        self._count = self._count + 1 if self._open else 0
        if self._count > MOST_ELEMENTS:
            raise Refused(f"one record has more than {MOST_ELEMENTS} elements")
        self._open.append(Element(tag, {_local(key): value for key, value in attributes.items()}))

    def end(self, _: str) -> None:
        self._depth -= 1
        if self._left:
            self._left -= 1
            return
        if not self._open:
            return
        done = self._open.pop()
        if self._open:
            self._open[-1].children.append(done)
        elif done.tag == self._tag:
            self.records.append(done)
        elif len(self.top) < MOST_DEPTH:
            self.top.append(done)

    def text(self, text: str) -> None:
        if self._open and not self._left and len(self._open[-1].text) < MOST_TEXT:
            self._open[-1].text += text[:MOST_TEXT]


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _forbidden(*_: object) -> NoReturn:
    raise Refused("it declares a document type or an entity, which no repository does")


def records(
    chunks: Iterable[bytes],
    root: str,
    tag: str,
    *,
    leave: Iterable[str] = (),
    top: Callable[[Element], None] | None = None,
) -> Iterator[Element]:
    """The elements `tag` right below the root, one after the other; `top` gets the other elements there.

    Elements named in `leave` are left out, with what is in them.

    Raises:
        Refused: it is no such document, not well-formed, cut short, or built to hurt.
    """
    reader = _Reader(tag, frozenset(leave))
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _forbidden
    parser.EntityDeclHandler = _forbidden
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            yield from _taken(reader, root, top)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refused(f"it is not well-formed XML, or cut short: {error}") from error
    yield from _taken(reader, root, top)


def _taken(reader: _Reader, root: str, top: Callable[[Element], None] | None) -> Iterator[Element]:
    if reader.root and reader.root != root:
        raise Refused(f"it is a document of another kind: {reader.root[:40]!r}, not {root!r}")
    for element in reader.top:
        if top:
            top(element)
    reader.top.clear()
    found, reader.records = reader.records, []
    yield from found
