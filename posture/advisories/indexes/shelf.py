"""What has been read of indexes, kept for the next host: most of a fleet's packages are the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from posture.advisories.indexes.offers import Candidate, Mend, Verdict
from posture.facts.packages import Package

MOST_NAMES = 30_000  # of one index, some 12 MB; only names that an index has: hosts cannot fill it with others
MOST_INDEXES = 12
MOST_VERDICTS = 20_000  # of one index, some 15 MB
MOST_CONTEXTS = 50

_identity = attrgetter(*(part.name for part in fields(Package)))  # compared without a call of ours

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
    """What was read of one state of one index, and what was concluded from it."""

    candidates: Kept[Candidate] = field(default_factory=Kept)
    mends: Kept[Mend] = field(default_factory=Kept)
    _verdicts: dict[frozenset[str], dict[tuple[object, ...], Verdict]] = field(default_factory=dict)

    def verdicts(
        self,
        packages: Sequence[Package],
        judge: Callable[[Sequence[Package]], Iterable[Verdict]],
        context: frozenset[str] = frozenset(),
    ) -> list[Verdict]:
        """The verdict of each package; `judge` is asked for those that no host had before in the same context.

        The same package stands the same to the same index. Hosts may make up packages without end: what is kept is
        thrown away when it is too much.
        """
        kept = self._verdicts.get(context, {})
        keys = list(map(_identity, packages))
        known = list(map(kept.get, keys))
        new = {key: package for key, package, verdict in zip(keys, packages, known, strict=True) if verdict is None}
        if not new:
            return [verdict for verdict in known if verdict]
        judged = dict(zip(new, judge(tuple(new.values())), strict=True))
        self._keep(context, judged)
        return [verdict or judged[key] for key, verdict in zip(keys, known, strict=True)]

    def _keep(self, context: frozenset[str], judged: dict[tuple[object, ...], Verdict]) -> None:
        """Threads may share this: each step is one on a dictionary; what gets lost is judged again."""
        every = list(self._verdicts.values())
        if len(every) >= MOST_CONTEXTS or sum(map(len, every)) + len(judged) > MOST_VERDICTS:
            self._verdicts.clear()
        if len(judged) <= MOST_VERDICTS:
            self._verdicts.setdefault(context, {}).update(judged)


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
