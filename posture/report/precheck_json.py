"""A pre-onboarding check as JSON, schema ``posture.precheck/1``."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from importlib.resources import files
from typing import Any, cast

from posture.report.precheck import PrecheckReport

SCHEMA = "posture.precheck/1"


def precheck_json(report: PrecheckReport) -> bytes:
    """The document, ASCII, with a line break at its end."""
    return (json.dumps(precheck_document(report), indent=1) + "\n").encode()


def precheck_document(report: PrecheckReport) -> dict[str, Any]:
    """The document as plain values: the report's fields by their names; times are ISO 8601 with the offset."""
    document = cast("dict[str, Any]", _plain(report))
    document["provider"].pop("logo")  # a picture is for pages
    return {"schema": SCHEMA, **document}


def precheck_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that every document satisfies."""
    text = files("posture.report").joinpath("precheck.schema.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
