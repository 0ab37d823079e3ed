"""Worker processes of this machine: started, started again when they die, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

MOST_RESTARTS: Final = 5  # of one process
_PAUSE: Final = 1.0  # seconds before a process that died is started again
_TICK: Final = 0.1
_AFTER_GRACE: Final = 10.0  # seconds to give units back and leave
_REFUSED: Final = 2  # posture's exit code for: this machine must not take part as it is
_OVER: Final = 0
_STANDARD_ERROR: Final = 2


class NobodyLeft(Exception):
    """All worker processes died too often, or refused to work; their log says why."""


@dataclass
class _Child:
    number: int
    process: subprocess.Popen[bytes] | None = None
    started: int = 0
    again: float = 0.0  # not before this moment of the monotonic clock
    given_up: bool = False
    over: bool = False

    @property
    def out(self) -> bool:
        return self.given_up or self.over


@dataclass
class Processes:
    """So many processes of one command, until each has ended by itself.

    A process lives no longer than this one: it holds the other end of this one's pipe as its standard input, and the
    command ends when that does. What it says goes to standard error.
    """

    command: Sequence[str]
    count: int
    grace: float
    say: Callable[[str], None]
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    pause: float = _PAUSE
    after_grace: float = _AFTER_GRACE
    _children: list[_Child] = field(default_factory=list)

    def __call__(self, stop: threading.Event) -> None:
        """Run them until all are done, or `stop` is set and the grace is over.

        Raises:
            NobodyLeft: none of them works any more, and none came to the end.
        """
        self._children = [_Child(number) for number in range(1, self.count + 1)]
        try:
            while not stop.is_set() and not all(child.out for child in self._children):
                for child in self._children:
                    if not child.out:
                        self._look_after(child)
                stop.wait(_TICK)
        finally:
            self._end()
        if not stop.is_set() and not any(child.over for child in self._children):
            raise NobodyLeft("no worker process is left: each died too often or refused to work")

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that run."""
        return tuple(child.process.pid for child in self._children if child.process is not None)

    def _look_after(self, child: _Child) -> None:
        if child.process is None:
            if time.monotonic() >= child.again:
                self._start(child)
            return
        code = child.process.poll()
        if code is None:
            return
        _close(child.process)
        child.process = None
        if code == _OVER:
            child.over = True
        elif code == _REFUSED:
            self._give_up(child, "refused to work")
        elif child.started > MOST_RESTARTS:
            self._give_up(child, f"{_how(code)}, after {MOST_RESTARTS} new starts")
        else:
            child.again = time.monotonic() + self.pause
            self.say(f"worker process {child.number} {_how(code)}: it is started again")

    def _give_up(self, child: _Child, why: str) -> None:
        child.given_up = True
        left = sum(not other.given_up for other in self._children)
        self.say(f"worker process {child.number} {why}: the night goes on with {left} of {self.count} processes")

    def _start(self, child: _Child) -> None:
        child.started += 1
        child.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=_STANDARD_ERROR, env=self.environment, start_new_session=True
        )

    def _end(self) -> None:
        """Tell all to leave in order; after the grace, kill what is left with all that it started."""
        living = [child.process for child in self._children if child.process is not None]
        for process in living:
            process.terminate()
        until = time.monotonic() + self.grace + self.after_grace
        for process in living:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            _close(process)


def worker_command(run: str, threads: int, grace: float, *more: str) -> list[str]:
    """The command of a worker of one run; the database is told in the environment (its URL may hold a password)."""
    how = ["--until-done", run, "--tied", "--threads", str(threads), "--grace", f"{grace:g}"]
    return [sys.executable, "-m", "posture.cli.main", "worker", *how, *more]


def run_processes(  # noqa: PLR0913
    run: str,
    count: int,
    threads: int,
    stop: threading.Event,
    *,
    database: str,
    grace: float,
    say: Callable[[str], None],
    options: Sequence[str] = (),
) -> None:
    """Do a run's units with worker processes until it has ended or `stop` is set.

    Args:
        run: its id.
        count: processes.
        threads: units at once, of each.
        stop: nothing is begun any more.
        database: its URL.
        grace: seconds for units under way once `stop` is set.
        say: told what happens to the processes.
        options: more of `posture worker`, e.g. ``--policy FILE``.

    Raises:
        NobodyLeft: none of them works any more, and the run has not ended.
    """
    command = worker_command(run, threads, grace, *options)
    Processes(command, count, grace, say, {**os.environ, "POSTURE_DATABASE": database})(stop)


def _how(code: int) -> str:
    if code >= 0:
        return f"ended with {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
