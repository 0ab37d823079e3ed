"""What one look has learned of a resolver: whether it still answers, and whether it validates."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode

from posture.collect.dns.exchange import NoAnswer, question_of

IN_A_ROW = 4  # questions without an answer, before the resolver is asked for the root: who answers that, is there
IN_ALL = 40  # questions without an answer, before a look stops to wait for more

Exchange = Callable[[dns.message.QueryMessage], dns.message.QueryMessage]
"""Asks the resolver in question. Raises NoAnswer."""


@dataclass(slots=True)
class Standing:
    """Of one resolver; safe to use from several threads.

    `gone` says why it is not asked any more; empty while it is.
    """

    ask: Exchange
    gone: str = ""
    _row: int = 0
    _all: int = 0
    _root: dns.message.QueryMessage | None = None
    _root_asked: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self) -> None:
        """It did."""
        with self._lock:
            self._row = 0

    def silent(self) -> None:
        """It did not: a resolver that is away is told from one that waits for a domain's dead name servers."""
        with self._lock:
            self._row += 1
            self._all += 1
            if self._all >= IN_ALL:
                self.gone = f"it left {IN_ALL} questions without an answer"
            elif self._row >= IN_A_ROW and not self.gone:
                self._row = 0
                self.gone = "" if self._answers_for_the_root() else f"it left {IN_A_ROW} questions without an answer"

    def validates(self) -> bool:
        """Whether it says of the root, which is signed, that it has checked the signatures."""
        root = self._of_the_root()
        return root is not None and root.rcode() == dns.rcode.NOERROR and bool(root.flags & dns.flags.AD)

    def finds_the_root_bogus(self) -> bool:
        """Whether it takes the root for forged: then its own clock or trust anchor is wrong."""
        root = self._of_the_root()
        return root is None or root.rcode() == dns.rcode.SERVFAIL

    def _of_the_root(self) -> dns.message.QueryMessage | None:
        with self._lock:
            if not self._root_asked:
                self._root_asked = True
                self._answers_for_the_root()
            return self._root

    def _answers_for_the_root(self) -> bool:
        try:
            self._root = self.ask(question_of(".", "SOA"))
        except NoAnswer:
            return False
        return True
