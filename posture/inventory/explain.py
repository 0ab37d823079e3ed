"""What pydantic found, as problems with line, field and fix. No value from the file is repeated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from posture.inventory.document import Document, Node, path_of
from posture.inventory.entries import entry_at
from posture.inventory.forms import REFERENCES
from posture.inventory.problem import FieldPath, Problem, field_name
from posture.inventory.resource_entries import KINDS
from posture.model.attestation import Topic
from posture.model.customer import AuthorizationMethod

_SECRET_LIKE = re.compile(r"pass|pwd|secret|token|credential|(api|private|access|ssh|identity)_?key", re.IGNORECASE)
_TAG_DEPTH = 4  # pydantic puts a resource's kind behind ("customers", n, "resources", m)

Said = tuple[str, str]


def explained(error: ValidationError, document: Document) -> Iterator[Problem]:
    """One problem for each mistake: a field that is there under a misspelt key is not called missing too."""
    details = error.errors(include_url=False, include_input=False)
    unknown = [_without_tag(detail["loc"]) for detail in details if detail["type"] == "extra_forbidden"]
    meant = {(*where[:-1], _nearest(where, document.root)) for where in unknown}
    for detail in details:
        if detail["type"] != "missing" or _without_tag(detail["loc"]) not in meant:
            yield _problem(detail, document)


def _problem(detail: ErrorDetails, document: Document) -> Problem:
    where = _without_tag(detail["loc"])
    context: dict[str, Any] = detail.get("ctx", {})
    if detail["type"].startswith("union_tag"):
        where = (*where, "kind")
    elif detail["type"] == "refused" and context["field"]:
        where = (*where, context["field"])
    node, found = path_of(document.root, where)
    named = where if len(where) - len(found) == 1 and isinstance(where[-1], str) else found
    message, fix = _said(detail["type"], context, where, node, document.root)
    line = node.key_line if detail["type"] == "extra_forbidden" else node.line
    return Problem(document.file, line, field_name(named), message, fix)


def _without_tag(loc: tuple[str | int, ...]) -> FieldPath:
    if len(loc) > _TAG_DEPTH and loc[2] == "resources":
        return (*loc[:_TAG_DEPTH], *loc[_TAG_DEPTH + 1 :])
    return loc


def _said(kind: str, context: dict[str, Any], where: FieldPath, node: Node, root: Node) -> Said:
    if kind == "refused":
        return context["what"], context["fix"]
    if kind == "extra_forbidden":
        return _unknown_key(where, root)
    if kind in {"missing", "union_tag_not_found"}:
        return "is missing", _example("add it", where, root)
    if kind in {"literal_error", "enum", "union_tag_invalid"}:
        return _unknown_word(where, node)
    if kind in _BOUNDS:
        return _BOUNDS[kind](context)
    return _wrong_type(where, node, root)


_BOUNDS: dict[str, Callable[[dict[str, Any]], Said]] = {
    "too_short": lambda _: ("is empty", "list at least one"),
    "too_long": lambda context: (f"lists more than {context['max_length']}", "keep the most important ones"),
    "string_too_short": lambda _: ("is empty", "write a text"),
    "string_too_long": lambda context: (f"is longer than {context['max_length']} characters", "shorten it"),
    "less_than_equal": lambda context: (f"is larger than {context['le']}", "correct the number"),
    "greater_than_equal": lambda context: (f"is smaller than {context['ge']}", "correct the number"),
}


def _unknown_key(where: FieldPath, root: Node) -> Said:
    key = str(where[-1])
    known = _fields(where[:-1], root)
    if _SECRET_LIKE.search(key.replace("-", "_")):
        own = [name for name in known if name in {"key", "token", "external_id"}]
        place = f"in `{own[0]}` " if own else ""
        return "is no known key", f"delete it; a secret is never written here, only {place}as {REFERENCES}"
    near = _nearest(where, root)
    if near:
        return "is no known key", f"did you mean {near}?"
    return "is no known key", f"delete it; known here: {', '.join(known)}"


def _nearest(where: FieldPath, root: Node) -> str:
    """The known key that an unknown one is most like, empty if there is none."""
    near = get_close_matches(str(where[-1]).replace("-", "_").lower(), _fields(where[:-1], root), 1, 0.6)
    return near[0] if near else ""


def _unknown_word(where: FieldPath, node: Node) -> Said:
    known = {
        "kind": list(KINDS),
        "method": [method.value for method in AuthorizationMethod],
        "topic": [topic.value for topic in Topic],
    }
    words = known.get(str(where[-1])) or ["csv", "keycloak", "github-org", "scim"]
    near = get_close_matches(node.raw.lower(), words, 1, 0.6)
    return "is not one of the known words", f"did you mean {near[0]}?" if near else f"write one of {', '.join(words)}"


def _wrong_type(where: FieldPath, node: Node, root: Node) -> Said:
    value = node.value
    if value is None:
        return "is empty", _example("write a value or delete the line", where, root)
    if not where:
        return "is no mapping", "start the file with `customers:` and list the customers below it"
    if isinstance(value, bool | int | float):
        read = "true or false" if isinstance(value, bool) else "a number"
        # An id is no secret; no other number is repeated.
        quoted = f': "{node.raw}"' if where[-1] == "id" and len(node.raw) <= 20 else ""
        fix = f"put it in quotes{quoted}" if _wants_text(where, root) else _example("correct it", where, root)
        return f"is read as {read}", fix
    read = {dict: "a mapping", list: "a list", str: "a text"}[type(value)]
    return f"is {read}, and something else is expected", _example("correct it", where, root)


def _wants_text(where: FieldPath, root: Node) -> bool:
    example = _first_example(where, root)
    return isinstance(example, str)


def _fields(where: FieldPath, root: Node) -> list[str]:
    entry = entry_at(where, path_of(root, where)[0].text("kind"))
    return list(entry.model_fields) if entry else []


def _first_example(where: FieldPath, root: Node) -> Any:
    while where and isinstance(where[-1], int):
        where = where[:-1]
    if not where:
        return None
    entry = entry_at(where[:-1], path_of(root, where[:-1])[0].text("kind"))
    info = entry.model_fields.get(str(where[-1])) if entry else None
    return info.examples[0] if info is not None and info.examples else None


def _example(lead: str, where: FieldPath, root: Node) -> str:
    if where and where[-1] == "kind":
        return f"{lead}: one of {', '.join(KINDS)}"
    example = _first_example(where, root)
    if example is None:
        return f"{lead}, as `posture inventory schema` describes it"
    return f"{lead}, like `{_key(where)}: {_flow(example)}`"


def _key(where: FieldPath) -> str:
    return next(part for part in reversed(where) if isinstance(part, str))


def _flow(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(item)}' for key, item in value.items())}}}"
    return f'"{value}"' if str(value).isdecimal() and isinstance(value, str) else str(value)
