"""Facts as JSON and back, so that they can be stored and judged again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError
from pydantic_core import from_json as parsed

from posture.facts.factset import COLLECTED, DERIVED, Facts
from posture.facts.unavailable import Unavailable


@cache
def _types() -> dict[str, type[Any]]:
    every = [t for table in (COLLECTED, DERIVED) for types in table.values() for t in types]
    return {t.__name__: t for t in every}


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(_types()[name])


def to_json(facts: Facts) -> bytes:
    """Encode facts; the same facts give the same bytes. Each fact is a line: a newline stands nowhere else in JSON.

    Raises:
        KeyError: a fact of a type that no kind of resource has.
    """
    return b"{%s}" % b",\n".join(sorted(_line(kind.__name__, value) for kind, value in facts.items()))


def _line(name: str, value: Any) -> bytes:
    if isinstance(value, Unavailable):
        return b'"%s":{"unavailable":%s}' % (name.encode(), json.dumps(value.reason).encode())
    adapter = _adapter(name)
    try:
        written = adapter.dump_json(value)
    except PydanticSerializationError:  # half a surrogate pair is no UTF-8; JSON can say it
        written = json.dumps(adapter.dump_python(value, mode="json"), separators=(",", ":")).encode()
    return b'"%s":{"value":%s}' % (name.encode(), written)


def from_json(raw: bytes) -> Facts:
    """Decode facts.

    Raises:
        ValueError: the text is no facts of this version (pydantic's ValidationError is a ValueError).
    """
    return {_types()[name]: _value(name, box) for name, box in _boxes(raw).items()}


def readable(raw: bytes) -> Facts:
    """Facts as stored, each decoded when it is asked for; one that this version cannot read is not there.

    Most of what is known of a host, its packages above all, nobody asks for.

    Raises:
        ValueError: the text is no set of facts, or has some that this version does not know.
    """
    return _Readable(_boxes(raw))


def _boxes(raw: bytes) -> dict[str, Any]:
    boxes = parsed(raw)
    if not isinstance(boxes, dict) or not all(isinstance(box, dict) and len(box) == 1 for box in boxes.values()):
        raise ValueError("this is no set of facts")
    for name in boxes:
        if name not in _types():
            raise ValueError(f"facts hold {name!r}, which this version does not know")
    return boxes


def _value(name: str, box: Mapping[str, Any]) -> Any:
    if "unavailable" in box:
        return Unavailable(box["unavailable"])
    return _adapter(name).validate_python(box.get("value"))


class _Readable(Mapping[type[Any], Any]):
    """Facts that are decoded when they are asked for, once."""

    def __init__(self, boxes: Mapping[str, Any]) -> None:
        self._boxes = boxes
        self._known: dict[str, Any] = {}

    def __getitem__(self, kind: type[Any]) -> Any:
        name = kind.__name__
        if name not in self._known:
            try:
                self._known[name] = _value(name, self._boxes[name])
            except ValueError:
                self._known[name] = None
        if self._known[name] is None:
            raise KeyError(kind)
        return self._known[name]

    def __iter__(self) -> Iterator[type[Any]]:
        return (kind for name in self._boxes if (kind := _types()[name]) in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)
