"""modules.yaml: which packages belong to which stream of a module (modulemd 2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from posture.advisories.errors import Refused

MOST_DEPTH = 40
MOST_ARTIFACTS = 2_000_000
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Chunks:
    """A stream of bytes with the one method that YAML readers want."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)

    def read(self, _: int = -1) -> bytes:
        """The next piece, empty at the end."""
        return next((chunk for chunk in self._chunks if chunk), b"")


def read_streams(chunks: Iterable[bytes]) -> dict[str, str]:
    """The stream (``nodejs:18``) of every modular package, by ``name-epoch:version-release.architecture``.

    Scalars stay text: the stream 2.10 is not the number 2.1. Aliases are refused, with which a short document can stand
    for an endless one; no repository uses them.

    Raises:
        Refused: it is no YAML, or built to hurt.
    """
    streams: dict[str, str] = {}
    try:
        for document in _documents(chunks):
            if not isinstance(document, dict) or document.get("document") != "modulemd":
                continue
            data = document.get("data")
            if not isinstance(data, dict):
                continue
            artifacts = data.get("artifacts")
            listed = artifacts.get("rpms") if isinstance(artifacts, dict) else None
            stream = f"{data.get('name')}:{data.get('stream')}"
            for nevra in listed if isinstance(listed, list) else ():
                if isinstance(nevra, str):
                    streams[nevra] = stream
            if len(streams) > MOST_ARTIFACTS:
                raise Refused("it names more modular packages than there are")
    except (yaml.YAMLError, UnicodeError) as error:
        raise Refused(f"it is not well-formed YAML: {str(error)[:120]}") from error
    return streams


def _documents(chunks: Iterable[bytes]) -> Iterator[Any]:
    """Documents of mappings, lists and texts, from the parser's events."""
    stack: list[tuple[Any, list[Any]]] = []  # a collection, and the keys that wait for their values
    for event in yaml.parse(_Chunks(chunks), Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise Refused("it uses YAML aliases, which no repository does")
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(stack) >= MOST_DEPTH:
                raise Refused("it is nested too deeply")
            stack.append(({} if isinstance(event, yaml.MappingStartEvent) else [], []))
            continue
        if isinstance(event, yaml.ScalarEvent):
            value: Any = event.value
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            value = stack.pop()[0]
        else:
            continue
        if not stack:
            yield value
            continue
        collection, keys = stack[-1]
        if isinstance(collection, list):
            collection.append(value)
        elif keys:
            collection[keys.pop()] = value
        else:
            keys.append(value if isinstance(value, str) else "")
