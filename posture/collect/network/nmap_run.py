"""Runs nmap, found and called through nmap3, with bounds that nmap3 does not have: time, output, safe XML."""

from __future__ import annotations

import os
import selectors
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element

import nmap3

from posture.collect.network.nmap_report import Report, UnreadableReport, parse, read
from posture.model.customer import IPAddress
from posture.model.text import decoded, visible

OUTPUT_LIMIT = 16 * 1024 * 1024  # bytes of report; all 65,535 ports open and named take about 12 MiB
DELAYED = "where a host takes this long, something in front of it usually delays or drops what the auditor sends"
_CAP_NET_RAW = 13  # capabilities(7)
_NO_RAW_SOCKET = ("operation not permitted", "root privileges", "raw socket", "permission denied")


class ScanFailed(Exception):
    """nmap gave no result. The message says why and what to do."""


class NmapMissing(ScanFailed):
    """nmap is not installed."""


class NoRawSockets(ScanFailed):
    """The system does not let nmap make its own packets."""


class ScanTooSlow(ScanFailed):
    """nmap was stopped at its time limit; nothing of what it had found is known."""


def raw_sockets_allowed() -> bool:
    """Whether this thread may make its own packets, as ``-sS`` needs: root with CAP_NET_RAW."""
    if os.geteuid() != 0:
        return False
    try:
        status = Path("/proc/thread-self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True  # no Linux: nmap itself will tell
    held = next((line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), "0")
    return bool(int(held, 16) >> _CAP_NET_RAW & 1)


def scan(address: IPAddress, flags: Sequence[str], seconds: float) -> Report:
    """Run nmap once against one address.

    Args:
        address: a permit's address; only its literal goes on the command line.
        flags: constants and numbers.
        seconds: when to kill nmap with everything it started.

    Raises:
        NmapMissing: no nmap on PATH.
        NoRawSockets: the flags need raw sockets and the system refuses them.
        ScanTooSlow: not done in time.
        ScanFailed: anything else, with nmap's own last words.
    """
    try:
        root = _Nmap().scan_command(str(address), " ".join(flags), timeout=seconds)
    except UnreadableReport as error:
        raise ScanFailed(str(error)) from error
    report = read(root, address)
    if not report.complete:
        raise ScanFailed("nmap ended before its scan was done; run it by hand to see why")
    return report


def command_line(target: str, flags: Sequence[str]) -> str:
    """The command that :func:`scan` runs, for people to read."""
    tool = nmap3.Nmap(path="nmap")
    return " ".join(f"{tool.default_command()} {target} {' '.join(flags)}".split())


class _Nmap(nmap3.Nmap):  # type: ignore[misc]  # nmap3 ships no types
    """nmap3 with its two unbounded steps replaced: running the program and parsing what it says."""

    def __init__(self) -> None:
        path = shutil.which("nmap")
        if path is None:
            raise NmapMissing("nmap is not installed, so no port was looked at; install it (apt-get install nmap)")
        super().__init__(path=shlex.quote(path))

    def run_command(self, cmd: list[str], timeout: float | None = None) -> str:
        """Run nmap in a process group of its own and return what it printed.

        Raises:
            ScanFailed: see :func:`scan`.
        """
        seconds = timeout if timeout is not None else 0.0
        try:
            process = subprocess.Popen(
                [*_dies_with_us(), *cmd],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            )
        except OSError as error:
            raise ScanFailed(f"nmap cannot be started: {visible(str(error))}") from error
        with process:
            try:
                said, complaint = _read_both(process, seconds)
            finally:
                if process.poll() is None:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
        _judge_exit(process.returncode, complaint)
        return decoded(said)

    def get_xml_et(self, command_output: str) -> Element:
        """Parse the report, safely."""
        return parse(command_output)


def _dies_with_us() -> tuple[str, ...]:
    """Keeps an nmap from scanning on when this program is killed: it ignores the broken pipe it writes to."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()


def _read_both(process: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, bytes]:
    """Standard output and error until both end and the program with them."""
    end = time.monotonic() + seconds
    pipes: dict[IO[bytes] | None, bytearray] = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as ready:
        for pipe in pipes:
            if pipe is not None:
                ready.register(pipe, selectors.EVENT_READ, pipe)
        while ready.get_map():
            for key, _ in ready.select(_left(end, seconds)):
                piece = os.read(key.fd, 65536)
                if not piece:
                    ready.unregister(key.fileobj)
                pipes[key.data] += piece
                if len(pipes[key.data]) > OUTPUT_LIMIT:
                    raise ScanFailed(f"nmap was stopped: its report grew beyond {OUTPUT_LIMIT >> 20} MiB")
    try:
        process.wait(_left(end, seconds))
    except subprocess.TimeoutExpired:
        _left(0, seconds)
    return bytes(pipes[process.stdout]), bytes(pipes[process.stderr])


def _left(end: float, seconds: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise ScanTooSlow(
            f"nmap was not done after {max(0, seconds):.0f} seconds and was stopped; {DELAYED}. Let the auditor's "
            "address through it, and audit this host again by itself"
        )
    return left


def _judge_exit(code: int, complaint: bytes) -> None:
    if code == 0:
        return
    words = decoded(complaint[-2000:]).strip().splitlines()
    last = visible(" ".join(words[-3:]), 300) or "it said nothing"
    if any(sign in last.lower() for sign in _NO_RAW_SOCKET):
        raise NoRawSockets(f"the system does not let nmap make its own packets: {last}")
    raise ScanFailed(f"nmap failed with exit code {code}: {last}")
