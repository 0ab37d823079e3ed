"""git, run on repositories that somebody else has made: nothing of theirs is executed, nothing is fetched.

A repository's own configuration can name programs (fsmonitor, hooks, filters); only plumbing that runs none of them is
used, and what could be switched off is. Lazy fetches of partial clones would contact hosts without a permit.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import BinaryIO, cast

from posture.collect.tied import tied_to_us
from posture.model.text import visible

_QUIET = (
    "safe.directory=*", "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.alternateRefsCommand=",
    "core.packedGitLimit=512m", "core.packedGitWindowSize=64m", "core.bigFileThreshold=64m", "pack.threads=2",
    "log.showSignature=false", "log.mailmap=false", "gc.auto=0", "core.quotePath=false",
)  # fmt: skip
MOST_MEMORY = 2 << 30  # bytes of address space: a tree that names itself a billion times must not take the machine's
STEP = 0.2  # seconds between looks at the clock
SAID = 200  # characters of git's own words in a message


class GitFailed(Exception):
    """git did not do it; the message says why, and what would change that."""


class OutOfTime(GitFailed):
    """git was ended because the time was over."""


def environment(allowed: str = "none", **more: str) -> dict[str, str]:
    """Without the user's and the system's configuration; `allowed` are the protocols that may be spoken."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C.UTF-8",
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_ALLOW_PROTOCOL": allowed,
        **more,
    }


def command(folder: Path | None, *words: str) -> list[str]:
    """The command line for a repository's own folder (``.git``, or a bare one), with git's memory bounded.

    It ends with this program. setpriv and the shell see to both: code of ours between fork and exec is not safe where
    threads are.
    """
    program = shutil.which("git")
    if program is None:
        raise GitFailed("git is not installed on the auditor's machine: install it, e.g. apt-get install git")
    bounded = (*tied_to_us(), "/bin/sh", "-c", 'ulimit -v "$0" 2>/dev/null; exec "$@"', str(MOST_MEMORY >> 10))
    settings = [part for setting in _QUIET for part in ("-c", setting)]
    place = [f"--git-dir={folder}"] if folder else []
    return [*bounded, program, "--no-pager", *settings, *place, *words]


@dataclass(slots=True)
class Running:
    """A git that runs, with its pipes."""

    process: subprocess.Popen[bytes]
    stopped: bool = False
    late: bool = False

    @property
    def output(self) -> BinaryIO:
        """What it prints."""
        assert self.process.stdout is not None  # noqa: S101  a pipe, below
        return cast("BinaryIO", self.process.stdout)

    @property
    def input(self) -> BinaryIO:
        """What it reads, where it is fed."""
        assert self.process.stdin is not None  # noqa: S101  a pipe, below
        return cast("BinaryIO", self.process.stdin)

    def stop(self) -> None:
        """No more is wanted of it: how it ends says nothing."""
        self.stopped = True
        end(self.process)


@contextmanager
def running(folder: Path, *words: str, over: Callable[[], bool], feed: bool = False) -> Iterator[Running]:
    """Run git with its output (and, with `feed`, its input) as pipes; it has ended, with all it started, at the end.

    Once `over` it is killed, whatever it does or waits for, so that no read of its output takes longer.

    Raises:
        OutOfTime: it was killed for that.
        GitFailed: it ended with an error of its own, though its output was read to the end.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command(folder, *words), stdin=subprocess.PIPE if feed else subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=errors, env=environment(), start_new_session=True,
        )  # fmt: skip
        git = Running(process)
        try:
            with _watched(git, over):
                yield git
                _close(process)
                status = process.wait(10)
        except (GitFailed, subprocess.TimeoutExpired) as error:
            raise _ended(git, words[0], str(error)) from error
        finally:
            end(process)
            _close(process)
        if status and not git.stopped:
            errors.seek(0)
            raise _ended(git, words[0], f"git {words[0]} failed: {first_line(errors.read(4096))}")


def _ended(git: Running, word: str, why: str) -> GitFailed:
    return OutOfTime(f"git {word} did not end within the time") if git.late else GitFailed(why)


@contextmanager
def _watched(git: Running, over: Callable[[], bool]) -> Iterator[None]:
    done = Event()

    def watch() -> None:
        while not done.wait(STEP):
            if over():
                git.late = True
                end(git.process)
                return

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def output(folder: Path, words: Sequence[str], most: int, seconds: float) -> bytes:
    """All that git prints.

    Raises:
        GitFailed: it failed, prints more than `most` bytes, or takes longer than `seconds`.
    """
    until = time.monotonic() + seconds
    with running(folder, *words, over=lambda: time.monotonic() > until) as git:
        said = git.output.read(most + 1)
        if len(said) > most:
            git.stop()
            raise GitFailed(f"git {words[0]} prints more than {most:,} bytes")
    return said


def first_line(said: bytes) -> str:
    """The line that says what is wrong, without logins; ``fatal:`` is of no use to anybody."""
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    told = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[0] if lines else "")
    told = re.sub(r"//[^\s/]*@", "//", told)
    return visible(told.partition(": ")[2] or told, SAID) or "it did not say why"


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill it and all it started; nothing where it has ended."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
