"""Facts as JSON and back, so that they can be stored and judged again."""

from __future__ import annotations

import json
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
    facts: dict[type[Any], Any] = {}
    boxes = parsed(raw)
    if not isinstance(boxes, dict) or not all(isinstance(box, dict) and len(box) == 1 for box in boxes.values()):
        raise ValueError("this is no set of facts")
    for name, boxed in boxes.items():
        if name not in _types():
            raise ValueError(f"facts hold {name!r}, which this version does not know")
        if "unavailable" in boxed:
            facts[_types()[name]] = Unavailable(boxed["unavailable"])
        else:
            facts[_types()[name]] = _adapter(name).validate_python(boxed.get("value"))
    return facts
