"""Facts as JSON and back, so that they can be stored and judged again."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import TypeAdapter

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
    """Encode facts; the same facts give the same bytes.

    Raises:
        KeyError: a fact of a type that no kind of resource has.
    """
    plain: dict[str, Any] = {}
    for kind, value in facts.items():
        name = kind.__name__
        if isinstance(value, Unavailable):
            plain[name] = {"unavailable": value.reason}
        else:
            plain[name] = {"value": _adapter(name).dump_python(value, mode="json")}
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()


def from_json(raw: bytes) -> Facts:
    """Decode facts.

    Raises:
        ValueError: the text is no facts of this version (pydantic's ValidationError is a ValueError).
    """
    facts: dict[type[Any], Any] = {}
    boxes = json.loads(raw)
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
