"""git, run on repositories that somebody else has made: nothing of theirs is executed, nothing is fetched.

A repository's own configuration can name programs (fsmonitor, hooks, filters); only plumbing that runs none of them is
used, and what could be switched off is. Lazy fetches of partial clones would contact hosts without a permit.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from posture.model.text import visible

_QUIET = (
    "safe.directory=*", "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.alternateRefsCommand=",
    "log.showSignature=false", "log.mailmap=false", "gc.auto=0", "core.quotePath=false",
)  # fmt: skip
SAID = 200  # characters of git's own words in a message


class GitFailed(Exception):
    """git did not do it; the message says why, and what would change that."""


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


def command(folder: Path, *words: str) -> list[str]:
    """The command line for a repository's own folder (``.git``, or a bare one)."""
    program = shutil.which("git")
    if program is None:
        raise GitFailed("git is not installed on the auditor's machine: install it, e.g. apt-get install git")
    settings = [part for setting in _QUIET for part in ("-c", setting)]
    return [program, "--no-pager", *settings, f"--git-dir={folder}", *words]


@dataclass(slots=True)
class Running:
    """A git that runs, with its pipes."""

    process: subprocess.Popen[bytes]
    stopped: bool = False

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
        self.process.kill()


@contextmanager
def running(folder: Path, *words: str, feed: bool = False) -> Iterator[Running]:
    """Run git with its output (and, with `feed`, its input) as pipes; it has ended, with all it started, at the end.

    Raises:
        GitFailed: it ended with an error of its own, though its output was read to the end.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command(folder, *words), stdin=subprocess.PIPE if feed else subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=errors, env=environment(), start_new_session=True,
        )  # fmt: skip
        try:
            git = Running(process)
            yield git
            _close(process)
            status = process.wait(10)
        finally:
            _end(process)
        if status and not git.stopped:
            errors.seek(0)
            raise GitFailed(f"git {words[0]} failed: {first_line(errors.read(4096))}")


def output(folder: Path, words: Sequence[str], most: int, seconds: float) -> bytes:
    """All that git prints.

    Raises:
        GitFailed: it failed, prints more than `most` bytes, or takes longer than `seconds`.
    """
    try:
        done = subprocess.run(
            command(folder, *words), stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False,
            env=environment(),
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise GitFailed(f"git {words[0]} did not end within {seconds:.0f} seconds") from error
    if done.returncode:
        raise GitFailed(f"git {words[0]} failed: {first_line(done.stderr)}")
    if len(done.stdout) > most:
        raise GitFailed(f"git {words[0]} prints more than {most >> 20} MiB")
    return done.stdout


def first_line(said: bytes) -> str:
    """The line that says what is wrong; ``fatal:`` and paths of the auditor's machine are of no use to anybody."""
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    told = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[0] if lines else "")
    return visible(told.partition(": ")[2] or told, SAID) or "it did not say why"


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    _close(process)
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
