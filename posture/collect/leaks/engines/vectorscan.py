"""Vectorscan (the wheel ``hyperscan``): as fast as memory, where the processor has it."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import hyperscan

from posture.collect.leaks.core.rule import Rules, anchored

_TIGHT_REACH = 512  # bytes from an anchor to where its tight expression ends, at most

if TYPE_CHECKING:
    from posture.collect.leaks.core.scan import Candidates


def vectorscan(rules: Rules) -> Candidates:
    """The candidates of a text, for several threads at once: they share the database, and each has its own scratch.

    Raises:
        hyperscan.error: the library does not run on this processor, or takes an expression for none.
    """
    wanted = anchored(rules)
    tight = {rule.anchors[0]: rule.tight for rule in rules.rules if rule.tight}
    anchors = list(wanted)
    indexes = [wanted[anchor] for anchor in anchors]
    lengths = [len(anchor) for anchor in anchors]
    loose = [anchor in tight for anchor in anchors]
    expressions = [tight.get(anchor) or re.escape(anchor) for anchor in anchors]
    database = _database(expressions)
    own = threading.local()
    own.scratch = hyperscan.Scratch(database)  # here already, so that what does not run is known at once

    def candidates(data: bytes) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []

        def hit(anchor: int, first: int, end: int, flags: int, context: object) -> None:
            del first, flags, context
            offset = (
                data.rfind(anchors[anchor], max(0, end - _TIGHT_REACH), end) if loose[anchor] else end - lengths[anchor]
            )
            found.extend((index, offset) for index in indexes[anchor])

        # A scan lets other threads run, and a scratch that is in use is refused (HS_SCRATCH_IN_USE).
        if not hasattr(own, "scratch"):
            own.scratch = hyperscan.Scratch(database)
        database.scan(data, match_event_handler=hit, scratch=own.scratch)
        return found

    return candidates


def _database(expressions: list[bytes]) -> hyperscan.Database:
    """Compiled anew by every process: thirty milliseconds, less than a kept one would need care."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = [hyperscan.HS_FLAG_DOTALL] * len(expressions)
    database.compile(expressions=expressions, ids=list(range(len(expressions))), flags=flags)
    return database
