"""Runs the collector on this machine."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
from pathlib import Path

from posture.collect.host.capture import Capture, Limit, NotCollected
from posture.collect.host.program import program
from posture.collect.tied import tied_to_us

_STEP = 0.2  # seconds between looks at the clock
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


def run_here(capture: Capture, limit: Limit) -> None:
    """Run the collector with this process's rights and gather what it says, until the limit.

    Raises:
        NotCollected: there is no shell.
    """
    try:
        process = subprocess.Popen(
            [*tied_to_us("TERM"), "sh", "-s"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT, cwd="/", start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise NotCollected(f"the collector could not be started on this machine: {error}") from error
    try:
        _gather(process, program(capture.nonce, capture.key), capture, limit)
    finally:
        _stop(process)


def _gather(process: subprocess.Popen[bytes], text: bytes, capture: Capture, limit: Limit) -> None:
    """Feed and read at the same time: a pipe that fills up on either side must not stop the other."""
    assert process.stdin is not None  # noqa: S101  # both are pipes, above
    assert process.stdout is not None  # noqa: S101
    os.set_blocking(process.stdin.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        selector.register(process.stdin, selectors.EVENT_WRITE)
        while not capture.over:
            for key, _ in selector.select(_STEP):
                if key.fileobj is process.stdout:
                    data = os.read(key.fd, 65536)
                    capture.add(data) if data else capture.end("the collector ended early")
                else:
                    text = text[_written(key.fd, text) :]
                    if not text:
                        selector.unregister(process.stdin)
                        process.stdin.close()
            if reason := limit.reached:
                capture.end(reason)


def _written(descriptor: int, text: bytes) -> int:
    try:
        return os.write(descriptor, text)
    except BlockingIOError:
        return 0
    except BrokenPipeError:
        return len(text)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the collector and all it started: one session, though timeout(1) makes process groups of its own."""
    for stream in (process.stdin, process.stdout):
        if stream is not None and not stream.closed:
            stream.close()
    if process.poll() is None:
        _signal(_session(process.pid), signal.SIGTERM)  # which lets it remove its temporary folder
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2)
        _signal(_session(process.pid), signal.SIGKILL)
    process.wait()


def _session(leader: int) -> list[int]:
    """The processes of a session, by proc(5): the sixth field of stat, the fourth behind the name in parentheses."""
    members = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = entry.joinpath("stat").read_bytes().rpartition(b")")[2].split()
            except OSError:
                continue
            if len(fields) > 3 and int(fields[3]) == leader:
                members.append(int(entry.name))
    return members


def _signal(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)
