"""Release cycles of products (endoflife.date): which one a version belongs to, its phase, what comes after."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from posture.advisories.feeds.file import day
from posture.advisories.flaws.shelf import FeedFile
from posture.facts.packages import Support

FREE = (Support.REGULAR, Support.LTS)
_ORDER = (Support.REGULAR, Support.LTS, Support.PAID)
_NUMBERS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Life:
    """One cycle. `ends` has the last day of each phase, None where it is not set yet."""

    product: str
    cycle: str
    ends: Mapping[Support, date | None]
    latest: str
    released: date | None

    def phase(self, today: date) -> Support:
        """The phase on a day; its last day still belongs to it."""
        for phase in _ORDER:
            if phase in self.ends and ((end := self.ends[phase]) is None or today <= end):
                return phase
        return Support.ENDED

    @property
    def free_until(self) -> date | None:
        """The last day of fixes that cost nothing, None where that is not set yet."""
        days = [self.ends[phase] for phase in FREE if phase in self.ends]
        return max((end for end in days if end), default=None) if all(days) else None

    @property
    def order(self) -> tuple[int, ...]:
        """Sorts the cycles of a product."""
        return tuple(map(int, _NUMBERS.findall(self.cycle)))


def lives(feeds: Sequence[FeedFile], product: str) -> tuple[Life, ...]:
    """The cycles of a product in the order they came out; of the first feed that knows it."""
    for feed in feeds:
        rows = feed.rows("SELECT cycle, phase, until, latest, released FROM cycle WHERE product = ?", (product,))
        if rows:
            return tuple(sorted(_lives(product, rows), key=lambda life: (life.released or date.min, life.order)))
    return ()


def _lives(product: str, rows: Sequence[tuple[str, str, str | None, str, str | None]]) -> list[Life]:
    cycles: dict[str, list[tuple[str, str, str | None, str, str | None]]] = {}
    for row in rows:
        cycles.setdefault(row[0], []).append(row)
    return [
        Life(
            product=product,
            cycle=cycle,
            ends={Support(phase): day(until) for _, phase, until, _, _ in phases},
            latest=next((latest for *_, latest, _ in phases if latest), ""),
            released=next((day(released) for *_, released in phases if released), None),
        )
        for cycle, phases in cycles.items()
    ]


def cycle_of(cycles: Sequence[Life], version: str) -> Life | None:
    """The cycle that a version belongs to: the longest whose numbers it begins with."""
    numbers = tuple(map(int, _NUMBERS.findall(version.partition("-")[0])))
    fitting = [life for life in cycles if life.order and numbers[: len(life.order)] == life.order]
    return max(fitting, key=lambda life: len(life.order), default=None)
