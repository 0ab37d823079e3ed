from __future__ import annotations

from typing import Any

from posture.inventory.entries import InventoryEntry


def inventory_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the inventory, for editors and other programs.

    It describes every field; what needs more than one field, or the time, only loading the inventory finds.
    """
    schema = _without_null(InventoryEntry.model_json_schema(mode="validation"))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Posture inventory"}


def _without_null(part: Any) -> Any:
    """An optional field may be left out but not be null, which pydantic's own schema cannot say."""
    if isinstance(part, list):
        return [_without_null(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept = {key: _without_null(value) for key, value in part.items() if (key, value) != ("default", None)}
    options = [option for option in kept.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1:
        del kept["anyOf"]
        return {**options[0], **kept}
    return kept
