"""Whether a document is what its own schema says, as far as the schema is one of ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from posture.model.text import visible
from posture.report import json_, precheck_json

_MOST: Final = 32 << 20  # bytes; what is larger would need a gigabyte to be read
_SCHEMAS: Final[Mapping[str, Callable[[], dict[str, Any]]]] = {
    json_.SCHEMA: json_.schema,
    precheck_json.SCHEMA: precheck_json.precheck_schema,
}


def fault(content: bytes) -> str:
    """What is wrong with a JSON document, in a sentence; empty where nothing is, or its schema is not one of ours.

    Fields that this version does not know are no fault: a newer one may have added them.
    """
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - slow to load, and needed for JSON alone

    if len(content) > _MOST:
        return ""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return "is no JSON"
    name = value.get("schema") if isinstance(value, dict) else None
    made = _SCHEMAS.get(name) if isinstance(name, str) else None
    if made is None:
        return ""
    try:
        first = next(Draft202012Validator(_open(made())).iter_errors(value), None)
    except RecursionError:
        return f"does not satisfy {name}: it is nested too deeply"
    return f"does not satisfy {name}: {visible(first.json_path, 100)}" if first else ""


def _open(schema: Any) -> Any:
    """The schema, with further fields allowed everywhere."""
    if isinstance(schema, dict):
        return {name: _open(part) for name, part in schema.items() if name != "additionalProperties" or part}
    return [_open(part) for part in schema] if isinstance(schema, list) else schema
