"""Sentences that checks and collectors say, in another language.

What is stored is the English sentence with its values in it. A catalogue's message has `{names}` where the values
stood; a sentence that fits one is said with the same values.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from posture.report.catalogues import catalogue

_NAME: Final = re.compile(r"\{([a-z_][a-z0-9_]*)\}", re.IGNORECASE)
_LONGEST: Final = 4_000  # characters of a sentence that is looked up
_DEPTH: Final = 2  # a value may be a sentence itself, and hold another


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a check or a collector; `foreign` where it is still English in a report of another language."""

    text: str
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class _Message:
    """`parts` are the literal pieces around the values, `names` the values' names in their order."""

    parts: tuple[str, ...]
    names: tuple[str, ...]
    translation: str

    @property
    def literal(self) -> int:
        return sum(map(len, self.parts))

    def values(self, sentence: str) -> dict[str, str] | None:
        """The values of a sentence that fits, each as short as it can be; None where it does not. In linear time."""
        first, last = self.parts[0], self.parts[-1]
        if len(self.parts) == 1:
            return {} if sentence == first else None
        if not sentence.startswith(first) or not sentence.endswith(last) or len(sentence) < self.literal:
            return None
        found: list[str] = []
        at, end = len(first), len(sentence) - len(last)
        for part in self.parts[1:-1]:
            where = sentence.find(part, at + 1, end)
            if where < 0:
                return None
            found.append(sentence[at:where])
            at = where + len(part)
        found.append(sentence[at:end])
        return dict(zip(self.names, found, strict=True)) if all(found) else None


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one language: those without values by their text, the others by how they begin."""

    whole: dict[str, str]
    by_beginning: dict[str, tuple[_Message, ...]]

    def translated(self, sentence: str, depth: int = 0) -> str | None:
        """The sentence in this language, None where the catalogue has nothing that fits."""
        if known := self.whole.get(sentence):
            return known
        if len(sentence) > _LONGEST:
            return None
        for message in self._candidates(sentence):
            values = message.values(sentence)
            if values is not None:
                return _filled(message.translation, {k: self._value(v, depth) for k, v in values.items()})
        return None

    def _value(self, value: str, depth: int) -> str:
        return (self.translated(value, depth + 1) if depth < _DEPTH else None) or value

    def _candidates(self, sentence: str) -> Iterable[_Message]:
        """The messages that may fit, those with more words of their own first."""
        yield from self.by_beginning.get(_beginning(sentence), ())
        yield from self.by_beginning.get("", ())


def _beginning(text: str) -> str:
    return text[:4]


def _filled(translation: str, values: dict[str, str]) -> str:
    return _NAME.sub(lambda name: values.get(name[1], name[0]), translation)


@cache
def sentences(code: str) -> Sentences:
    """The sentences of a language; none where it has no catalogue."""
    known = [*(catalogue(code, "said") or ()), *(catalogue(code, "values") or ())]
    whole: dict[str, str] = {}
    groups: dict[str, list[_Message]] = defaultdict(list)
    for entry in known:
        if not entry.id or not entry.string or entry.fuzzy:
            continue
        parts = _NAME.split(str(entry.id))
        if len(parts) == 1:
            whole[parts[0]] = str(entry.string)
            continue
        message = _Message(tuple(parts[::2]), tuple(parts[1::2]), str(entry.string))
        groups[_beginning(message.parts[0]) if len(message.parts[0]) >= 4 else ""].append(message)
    ordered = {begin: tuple(sorted(group, key=lambda m: -m.literal)) for begin, group in groups.items()}
    return Sentences(whole, ordered)
