"""Threads of a process that want to write at once share a transaction: one wait for the lock and the disk for all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition
from typing import Generic, TypeVar

from posture.store.errors import StoreError

T = TypeVar("T")

MOST = 64  # values in one transaction: others wait for its lock


class _Turn(Generic[T]):
    """A value of a thread that waits until it is committed, or is not."""

    __slots__ = ("failed", "over", "value")

    def __init__(self, value: T) -> None:
        self.value = value
        self.over = False
        self.failed: StoreError | None = None


class Together(Generic[T]):
    """Whoever comes while nobody writes, writes for all who wait; those who come meanwhile are written next."""

    __slots__ = ("_news", "_waiting", "_writing")

    def __init__(self) -> None:
        self._news = Condition()
        self._waiting: deque[_Turn[T]] = deque()
        self._writing = False

    def write(self, value: T, commit: Callable[[Sequence[T]], None]) -> None:
        """Have a value committed, in the order of the calls; return when it is.

        Args:
            value: of this thread.
            commit: writes several values in one transaction, or raises and has written none.

        Raises:
            StoreError: this value was not committed, as far as is known.
        """
        turn = _Turn(value)
        with self._news:
            self._waiting.append(turn)
        try:
            while some := self._mine(turn):
                self._commit(some, commit)
        finally:
            with self._news:
                if turn in self._waiting:  # interrupted: nobody waits for it any more
                    self._waiting.remove(turn)
        if turn.failed is not None:
            raise type(turn.failed)(*turn.failed.args) from turn.failed

    def _mine(self, turn: _Turn[T]) -> list[_Turn[T]]:
        """What this thread is to write now; nothing when its own value's turn is over."""
        with self._news:
            self._news.wait_for(lambda: turn.over or not self._writing)
            if turn.over:
                return []
            self._writing = True
            return [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]

    def _commit(self, turns: list[_Turn[T]], commit: Callable[[Sequence[T]], None]) -> None:
        failed: StoreError | None = StoreError("writing to the database was interrupted; nothing of this is known")
        try:
            commit([turn.value for turn in turns])
            failed = None
        except StoreError as error:
            failed = error
        finally:
            with self._news:
                self._writing = False
                for turn in turns:
                    turn.over, turn.failed = True, failed
                self._news.notify_all()
