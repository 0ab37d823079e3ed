"""Numbers and names as they stand in a sentence."""

from __future__ import annotations

from collections.abc import Iterable

NAMED = 5


def count(number: int, thing: str, plural: str = "s") -> str:
    """A number of things, ``1 package``, ``2 packages``."""
    return f"{number} {thing}{'' if number == 1 else plural}"


def listed(names: Iterable[str], most: int = NAMED) -> str:
    """The first of some names, and how many there are more."""
    every = tuple(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return f"{', '.join(every[:most])}{more}"
