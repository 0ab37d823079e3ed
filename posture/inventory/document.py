"""YAML as a tree that knows the line of every key and value.

Only the YAML a list of customers needs is read: mappings, lists and scalars of one document. Anchors, aliases and merge
keys are refused (a few hundred bytes of them expand to gigabytes), and so are tags and repeated keys, of which YAML
libraries silently keep the last. Timestamps stay text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from posture.inventory.problem import FieldPath, InventoryError, Problem, field_name, shown_path

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_LEVELS: Final = 20  # an inventory has seven

Scalar = str | int | float | bool | None
Plain = Scalar | dict[str, "Plain"] | list["Plain"]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times as fast, and part of the wheels

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands.

    `line` is where a reader looks for it: the line of a scalar, or of the key a mapping or list stands under.
    `raw` is a scalar as it was written, without quotes.
    """

    line: int
    key_line: int
    value: Scalar | dict[str, Node] | list[Node]
    raw: str = ""

    def child(self, key: str) -> Node | None:
        """The value under a key, if this is a mapping that has it."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def items(self, key: str) -> list[Node]:
        """The items of the list under a key; none where there is no such list."""
        child = self.child(key)
        return child.value if child is not None and isinstance(child.value, list) else []

    def text(self, key: str) -> str | None:
        """The text under a key, if there is any."""
        child = self.child(key)
        return child.value if child is not None and isinstance(child.value, str) else None

    def plain(self) -> Plain:
        """The value without its lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content. `problems` are those that do not keep the rest from being judged."""

    file: str
    root: Node
    problems: tuple[Problem, ...]


def read_document(path: Path) -> Document:
    """Read one YAML file.

    Raises:
        InventoryError: it cannot be read, is no UTF-8, no YAML, too large or too deep, or uses what is refused here.
    """
    file = shown_path(path)
    return _parsed(file, _text(file, _content(file, path)))


def _content(file: str, path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise _whole(file, "there is no such file", "name the file that lists your customers") from None
    except IsADirectoryError:
        raise _whole(file, "is a folder", "name the file in it that lists your customers") from None
    except PermissionError:
        raise _whole(file, "may not be read by this user", "change its owner or mode, or run as another user") from None
    except OSError as error:
        raise _whole(file, f"cannot be read: {error.strerror}", "check the path and the disk") from None
    if len(content) > MOST_BYTES:
        raise _whole(file, f"is larger than {MOST_BYTES // 1024**2} MiB", "split it into several inventories")
    return content


def _text(file: str, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InventoryError([Problem(file, line, "", "is not UTF-8", "save the file as UTF-8")]) from None
    found = _UNPRINTABLE.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        what = f"holds the control character U+{ord(found[0]):04X}"
        raise InventoryError([Problem(file, line, "", what, "delete it")])
    return text


def _parsed(file: str, text: str) -> Document:
    loader = _Loader(text)
    try:
        return _Tree(file, loader).document()
    except yaml.YAMLError as error:
        raise InventoryError([_syntax(file, text, error)]) from None
    finally:
        loader.dispose()


def _syntax(file: str, text: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    written = lines[line - 1] if line <= len(lines) else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return Problem(file, line, "", "is indented with a tab", "indent with spaces")
    # What the parser quotes comes from the file, and may be a secret; its own words in <> and single signs are kept.
    said = _QUOTED.sub(_parsers_own, str(getattr(error, "problem", None) or "cannot be read"))
    fix = "check the indentation, the brackets and the quotes here and in the line above"
    return Problem(file, line, "", f"is not YAML: {said}", fix)


def _parsers_own(quoted: re.Match[str]) -> str:
    inside = quoted[0][1:-1]
    return quoted[0] if len(inside) == 1 or re.fullmatch("<[a-z ]+>", inside) else "…"


@dataclass(slots=True)
class _Tree:
    """Builds the tree from the parser's events; the depth is bounded, so recursion is."""

    file: str
    loader: Any
    problems: list[Problem] = field(default_factory=list)
    usable: bool = True
    path: list[str | int] = field(default_factory=list)

    def document(self) -> Document:
        self.loader.get_event()
        if self.loader.check_event(yaml.StreamEndEvent):
            raise _whole(self.file, "is empty", "start it with `customers:`")
        self.loader.get_event()
        root = self._node(0)
        self.loader.get_event()
        if not self.loader.check_event(yaml.StreamEndEvent):
            event = self.loader.get_event()
            self._note(event, "a second document starts here", "keep one list of customers in the file")
            self.usable = False
        if not self.usable:
            raise InventoryError(self.problems)
        return Document(self.file, root, tuple(self.problems))

    def _note(self, event: Any, message: str, fix: str) -> None:
        line = event.start_mark.line + 1
        self.problems.append(Problem(self.file, line, field_name(self.path), message, fix))

    def _node(self, key_line: int) -> Node:
        event = self.loader.get_event()
        self._refuse_extras(event)
        line = event.start_mark.line + 1
        if isinstance(event, yaml.MappingStartEvent):
            return Node(key_line or line, key_line or line, self._mapping(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(key_line or line, key_line or line, self._sequence(event))
        if isinstance(event, yaml.ScalarEvent):
            return Node(line, key_line or line, self._scalar(event), event.value)
        return Node(line, key_line or line, None)  # an alias, refused above

    def _refuse_extras(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._note(event, "aliases (*name) are not read here", "write the value out")
            self.usable = False
            return
        if event.anchor is not None:
            self._note(event, "anchors (&name) are not read here", "delete it; put a text that starts with & in quotes")
        if event.tag is not None:
            self._note(event, "tags (!name) are not read here", "delete it; put a text that starts with ! in quotes")

    def _deeper(self, event: Any) -> None:
        if len(self.path) >= MOST_LEVELS:
            self._note(event, f"is nested deeper than {MOST_LEVELS} levels", "no inventory needs that; check brackets")
            raise InventoryError(self.problems)

    def _sequence(self, start: Any) -> list[Node]:
        self._deeper(start)
        nodes: list[Node] = []
        while not self.loader.check_event(yaml.SequenceEndEvent):
            self.path.append(len(nodes))
            nodes.append(self._node(0))
            self.path.pop()
        self.loader.get_event()
        return nodes

    def _mapping(self, start: Any) -> dict[str, Node]:
        self._deeper(start)
        nodes: dict[str, Node] = {}
        while not self.loader.check_event(yaml.MappingEndEvent):
            key = self._key()
            self.path.append(key.value)
            node = self._node(key.start_mark.line + 1)
            if key.value in nodes:
                first = nodes[key.value].key_line
                self._note(key, f"is written twice, first in line {first}", "keep one of the two")
            nodes.setdefault(key.value, node)
            self.path.pop()
        self.loader.get_event()
        return nodes

    def _key(self) -> Any:
        event = self.loader.get_event()
        if not isinstance(event, yaml.ScalarEvent):
            self._note(event, "a key must be a single word", "check the brackets, and write `key: value`")
            raise InventoryError(self.problems)
        self._refuse_extras(event)
        if event.value == "<<" and event.implicit[0]:
            self._note(event, "merge keys (<<) are not read here", "write the keys out")
            self.usable = False
        return event

    def _scalar(self, event: Any) -> Scalar:
        text: str = event.value
        if event.tag is not None:
            return text
        kind = self.loader.resolve(yaml.ScalarNode, text, event.implicit).rpartition(":")[2]
        if kind == "null":
            return None
        if kind == "bool":
            return bool(yaml.SafeLoader.bool_values[text.lower()])
        if kind == "int" and _DECIMAL.fullmatch(text):
            return int(text)
        if kind == "float":
            try:
                return float(text)
            except ValueError:
                return text
        return text


def path_of(root: Node, where: FieldPath) -> tuple[Node, FieldPath]:
    """The deepest value on a path that is there, and the part of the path that leads to it."""
    node = root
    for depth, part in enumerate(where):
        below: Node | None = None
        if isinstance(node.value, dict) and isinstance(part, str):
            below = node.value.get(part)
        elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
            below = node.value[part]
        if below is None:
            return node, where[:depth]
        node = below
    return node, where


def _whole(file: str, message: str, fix: str) -> InventoryError:
    return InventoryError([Problem(file, 0, "", message, fix)])
