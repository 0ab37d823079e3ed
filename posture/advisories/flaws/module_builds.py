"""Builds of one version in a module stream: which of them mend a flaw.

AlmaLinux's advisories list several builds of one version (``2.0.8-8.module_el8.5.0+2609``, ``...el8.6.0+2872``), and
a later advisory may list a lower build again, because modules reuse their components: the number after the first plus
counts builds, not changes. A host at a build that the newest advisory lists is patched, whatever older ones say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

_BUILD = re.compile(r"\.module[_+]el[^+]*\+[0-9]+\+[0-9a-f]+")


class ModularLine(Protocol):
    """What is needed of a line of an advisory."""

    @property
    def module(self) -> str:
        """Its stream, empty outside of modules."""

    @property
    def fixed(self) -> bytes | None:
        """The key of the version that mends."""

    @property
    def fixed_text(self) -> str:
        """That version."""

    @property
    def advisory(self) -> int:
        """The number of its advisory."""


Line = TypeVar("Line", bound=ModularLine)


def mended_by(lines: Iterable[Line], published: Mapping[int, str]) -> Iterator[tuple[Line, Line]]:
    """Each line with the line whose version mends it: the lowest build of that version listed then or later.

    `published` tells of each advisory's number when it came out (ISO 8601).
    """
    every = tuple(lines)
    builds: dict[tuple[str, str], list[Line]] = {}
    for line in every:
        if line.module and line.fixed is not None:
            builds.setdefault((line.module, _without_build(line.fixed_text)), []).append(line)
    for line in every:
        same = builds.get((line.module, _without_build(line.fixed_text)), ()) if line.fixed is not None else ()
        since = published.get(line.advisory, "")
        listed = [other for other in same if published.get(other.advisory, "") >= since]
        yield line, min(listed, key=lambda other: other.fixed or b"", default=line)


def _without_build(version: str) -> str:
    return _BUILD.sub("", version)
