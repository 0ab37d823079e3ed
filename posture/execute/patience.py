"""A database server that is started anew is waited for; one that stays away ends the worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

MINUTE: Final = 60.0
_STEP: Final = 1.0  # seconds between two questions


class Gone(Exception):
    """The database did not come back in time."""


@dataclass
class Patience:
    """Waits for the database; the threads of a process wait together.

    `answers` tells whether the database does; it must come to an end by itself. One that answers, but refuses all else,
    is away as well: the time runs from the first trouble until `well` is called.
    """

    answers: Callable[[], bool]
    seconds: float = MINUTE
    _since: float | None = None
    _one: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, stop: threading.Event) -> bool:
        """True once the database answers; False when `stop` was set before.

        Raises:
            Gone: it did not within the time.
        """
        since = self._since = self._since or time.monotonic()
        with self._one:
            while not stop.is_set():
                answers = self.answers()
                if time.monotonic() - since > self.seconds:
                    raise Gone(f"the database did not come back within {self.seconds:.0f} seconds")
                if answers:
                    return True
                stop.wait(_STEP)
        return False

    def well(self) -> None:
        """The database did what was asked of it."""
        self._since = None
