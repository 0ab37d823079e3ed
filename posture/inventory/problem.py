from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from posture.model.text import visible

MOST_SHOWN: Final = 100  # lines of an InventoryError's text; `problems` holds all

_NAME_LIKE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,31}")

FieldPath = tuple[str | int, ...]
"""Keys and indexes from the top of the file to a value: ``("customers", 0, "networks", 1)``."""


def field_name(path: Sequence[str | int]) -> str:
    """A path as people write it: ``customers[0].networks[1]``.

    A key that does not look like one is not repeated: a slip of the keyboard turns a secret into a key.
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if _NAME_LIKE.fullmatch(part) else ".(a key that is no name)"
    return text.removeprefix(".")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an inventory, and what to do about it.

    `line` counts from 1; 0 means the file as a whole. `customer` is the id of the customer it is about, where the
    others may go on. No text of a problem repeats a value that could be a secret.
    """

    file: str
    line: int
    field: str
    message: str
    fix: str
    customer: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        said = f"{self.message}; {self.fix}" if self.fix else self.message
        return ": ".join(part for part in (place, self.field, said) if part)


class InventoryError(ValueError):
    """The inventory cannot be used: every problem that was found, by line; one line of text each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = by_line(problems)
        lines = [str(problem) for problem in self.problems[:MOST_SHOWN]]
        left = len(self.problems) - len(lines)
        super().__init__("\n".join([*lines, f"… {left} more problems"] if left else lines))


def by_line(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems as they stand in the file."""
    return tuple(sorted(problems, key=lambda problem: problem.line))


def shown_path(path: object) -> str:
    """A file's name as a problem gives it: one line, harmless to a terminal."""
    return visible(str(path))
