"""All requests to one web server: over at most two connections that are kept, within one time, none asked twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Self

from posture.collect.network.conversation import wants_certificate
from posture.collect.network.protocol import Approach
from posture.collect.network.web.answer import Answer, Reply, Request, Silence
from posture.collect.network.web.exchange import WANTS_CERTIFICATE, Failed, HungUp, Line
from posture.collect.scope import ScopeError

REQUEST_SECONDS = 5.0  # of one request, the connection included
TRIAL_SECONDS = 2.5  # of the first request over a second connection: some servers take one at a time
AT_ONCE = 2  # connections to one port
MOST_REQUESTS = 60  # to one port; more only by a table that grew too long
MOST_FAILURES = 3  # in a row: who stopped answering is left alone


@dataclass(slots=True)
class _Way:
    """One connection at a time, opened again when it has to be; `proven` once it was answered beside another."""

    approach: Approach
    open_line: Callable[[ExitStack, Approach], Line]
    stack: ExitStack = field(default_factory=ExitStack)
    line: Line | None = None
    proven: bool = False

    def ask(self, request: Request, seconds: float) -> Answer:
        """Ask over the kept connection, or a new one.

        Raises:
            Failed, OSError, ScopeError: no answer.
        """
        if self.line is not None:
            try:
                return self._ask(self.line, request, seconds)
            except HungUp:
                pass  # it grew old while it was kept (RFC 9112, 9.3.1): a request that changes nothing may be repeated
        self.line = self.open_line(self.stack, replace(self.approach, seconds=seconds))
        return self._ask(self.line, request, seconds)

    def _ask(self, line: Line, request: Request, seconds: float) -> Answer:
        line.talk.end, line.talk.limit = time.monotonic() + seconds, seconds
        try:
            return line.ask(request)
        finally:
            if not line.kept:
                self.close()

    def close(self) -> None:
        self.line = None
        self.stack.close()


@dataclass(slots=True)
class Client:
    """Asks one web server for paths, as `host`, until `end` (of time.monotonic).

    What was asked before is not asked again. A server that fails three times in a row is not asked further: `trouble`
    then says why, in words that follow "it".
    """

    approach: Approach
    host: str
    agent: str
    clock: Callable[[], datetime]
    end: float
    trouble: str = ""
    replies: dict[Request, Reply] = field(default_factory=dict)
    _ways: list[_Way] = field(default_factory=list)
    _failures: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self._ways = [_Way(self.approach, self._line) for _ in range(AT_ONCE)]
        return self

    def __exit__(self, *_: object) -> None:
        for way in self._ways:
            way.close()

    def ask(self, request: Request) -> Reply:
        """The answer to a request, or why there is none."""
        if request not in self.replies:
            self.replies[request] = self._asked(self._ways[0], request)
        return self.replies[request]

    def ask_all(self, requests: Iterable[Request]) -> dict[Request, Reply]:
        """The answers to several requests, side by side."""
        wanted = tuple(dict.fromkeys(requests))
        waiting: SimpleQueue[Request] = SimpleQueue()
        for request in wanted:
            if request not in self.replies:
                waiting.put(request)
        if waiting.qsize() > 1:
            with ThreadPoolExecutor(len(self._ways), thread_name_prefix="web") as beside:
                list(beside.map(lambda way: self._work(way, waiting), tuple(self._ways)))
        self._work(self._ways[0], waiting)
        return {request: self.replies[request] for request in wanted}

    def _work(self, way: _Way, waiting: SimpleQueue[Request]) -> None:
        while True:
            try:
                request = waiting.get_nowait()
            except Empty:
                return
            trial = way is not self._ways[0] and not way.proven
            reply = self._asked(way, request, TRIAL_SECONDS if trial else REQUEST_SECONDS)
            if trial and isinstance(reply, Silence):
                self._ways.remove(way)  # the first goes on alone
                self._failures, self.trouble = 0, ""
                waiting.put(request)
                return
            way.proven = True
            self.replies[request] = reply

    def _asked(self, way: _Way, request: Request, most: float = REQUEST_SECONDS) -> Reply:
        seconds = min(most, self.end - time.monotonic())
        if self.trouble:
            return Silence(self.trouble)
        if seconds <= 0 or len(self.replies) >= MOST_REQUESTS:
            self.trouble = "took longer than the time for one web server" if seconds <= 0 else "was asked enough"
            return Silence(self.trouble)
        try:
            answer = way.ask(request, seconds)
        except ScopeError as error:
            self.trouble = f"may not be asked any more: {error}"
            return Silence(self.trouble)
        except Failed as error:
            return self._failed(str(error))
        except TimeoutError:
            return self._failed(f"said nothing within {max(1, round(seconds))} s")
        except OSError as error:
            if wants_certificate(error):
                return self._failed(WANTS_CERTIFICATE)
            return self._failed(f"could not be connected to: {error}")
        with self._lock:
            self._failures = 0
        return answer

    def _failed(self, reason: str) -> Silence:
        with self._lock:
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                self.trouble = reason
        return Silence(reason)

    def _line(self, stack: ExitStack, approach: Approach) -> Line:
        return Line(stack.enter_context(approach.open()), self.host, self.agent, self.clock)
