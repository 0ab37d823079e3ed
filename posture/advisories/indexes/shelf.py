"""What has been read of indexes, kept for the next host: most of a fleet's packages are the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from posture.advisories.indexes.offers import Candidate, Mend

MOST_NAMES = 30_000  # of one index, some 12 MB; only names that an index has: hosts cannot fill it with others
MOST_INDEXES = 12

Row = TypeVar("Row")


class Kept(Generic[Row]):
    """Rows by name, so many names at most. Threads may share it: a lost write costs one more reading."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[Row, ...]] = {}

    def known(self, names: Iterable[str]) -> tuple[dict[str, tuple[Row, ...]], list[str]]:
        """What is kept of these names, and the names of which nothing is, each once."""
        rows = self._rows
        found: dict[str, tuple[Row, ...]] = {}
        missing: list[str] = []
        for name in dict.fromkeys(names):
            known = rows.get(name)
            if known is None:
                missing.append(name)
            else:
                found[name] = known
        return found, missing

    def keep(self, name: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
        """Keep the rows of a name while there is room; gives them back."""
        if len(self._rows) < MOST_NAMES:
            self._rows[name] = rows
        return rows


@dataclass(frozen=True, slots=True)
class Held:
    """What was read of one state of one index."""

    candidates: Kept[Candidate] = field(default_factory=Kept)
    mends: Kept[Mend] = field(default_factory=Kept)


class Shelf:
    """Holds what was read of the indexes used last, so many at most."""

    def __init__(self) -> None:
        self._held: OrderedDict[Path, tuple[str, Held]] = OrderedDict()
        self._lock = Lock()

    def held(self, path: Path, state: str) -> Held:
        """What was read of a file in this state; of any other state it is forgotten."""
        with self._lock:
            known = self._held.get(path)
            if known is None or known[0] != state:
                known = state, Held()
                self._held[path] = known
            self._held.move_to_end(path)
            while len(self._held) > MOST_INDEXES:
                self._held.popitem(last=False)
            return known[1]
