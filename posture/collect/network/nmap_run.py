"""Runs nmap, found and called through nmap3, with bounds that nmap3 does not have: time, output, safe XML."""

from __future__ import annotations

import os
import selectors
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import nmap3

from posture.collect.network.nmap_report import Report, ReportReader, UnreadableReport
from posture.collect.tied import tied_to_us
from posture.model.customer import IPAddress
from posture.model.text import decoded, visible

OUTPUT_LIMIT = 16 * 1024 * 1024  # bytes of report a host; all 65,535 ports open and named take about 12 MiB
COMPLAINT_LIMIT = 4096  # bytes of nmap's last words
GLANCE = 0.25  # seconds until it is seen that nobody wants the scan any more, or that nobody may
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
    """Whether an nmap that this thread starts may make its own packets, as ``-sS`` needs.

    Root needs CAP_NET_RAW; another user needs it as an ambient capability, which alone is handed on to a program.
    """
    root = os.geteuid() == 0
    try:
        status = Path("/proc/thread-self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return root  # no Linux: nmap itself will tell
    wanted = "CapEff:" if root else "CapAmb:"
    held = next((line.split()[1] for line in status.splitlines() if line.startswith(wanted)), "0")
    return bool(int(held, 16) >> _CAP_NET_RAW & 1)


class ScanAbandoned(ScanFailed):
    """nmap was stopped because this program ends."""


def scan_together(
    addresses: Sequence[IPAddress], flags: Sequence[str], seconds: float, wanted: Callable[[], bool] = lambda: True
) -> Mapping[IPAddress, Report]:
    """Run one nmap against some addresses of one family.

    Args:
        addresses: of permits; only their literals go on the command line.
        flags: constants and numbers.
        seconds: when to kill nmap with everything it started.
        wanted: asked four times a second; nmap is killed as soon as it says no.

    Returns:
        A report of every address.

    Raises:
        NmapMissing: no nmap on PATH.
        NoRawSockets: the flags need raw sockets and the system refuses them.
        ScanTooSlow: not done in time.
        ScanAbandoned: nobody wants it any more.
        ScanFailed: anything else, with nmap's own last words.
    """
    nmap = _Nmap(addresses, wanted)
    try:
        reports = nmap.scan_command(" ".join(map(str, addresses)), " ".join(flags), timeout=seconds)
    except UnreadableReport as error:
        raise ScanFailed(str(error)) from error
    if not all(report.complete for report in reports.values()):
        raise ScanFailed("nmap ended before its scan was done; run it by hand to see why")
    found: Mapping[IPAddress, Report] = reports
    return found


def command_line(target: str, flags: Sequence[str]) -> str:
    """The command that :func:`scan_together` runs, for people to read."""
    tool = nmap3.Nmap(path="nmap")
    return " ".join(f"{tool.default_command()} {target} {' '.join(flags)}".split())


class _Nmap(nmap3.Nmap):  # type: ignore[misc]  # nmap3 ships no types
    """nmap3 with its two unbounded steps replaced: running the program and parsing what it says."""

    def __init__(self, addresses: Sequence[IPAddress], wanted: Callable[[], bool]) -> None:
        path = shutil.which("nmap")
        if path is None:
            raise NmapMissing("nmap is not installed, so no port was looked at; install it (apt-get install nmap)")
        super().__init__(path=shlex.quote(path))
        self._reader = ReportReader(addresses)
        self._limit = OUTPUT_LIMIT * len(addresses)
        self._wanted = wanted

    def run_command(self, cmd: list[str], timeout: float | None = None) -> UnreadableReport | None:
        """Run nmap in a process group of its own and read what it prints.

        Returns:
            Why what it printed cannot be read.

        Raises:
            ScanFailed: see :func:`scan_together`.
        """
        try:
            process = subprocess.Popen(
                [*tied_to_us(), *cmd],  # nmap ignores the broken pipe that it writes to
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            )
        except OSError as error:
            raise ScanFailed(f"nmap cannot be started: {visible(str(error))}") from error
        heard = _Heard(self._reader, self._limit)
        with process:
            try:
                _hear(process, heard, timeout if timeout is not None else 0.0, self._wanted)
            finally:
                if process.poll() is None:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
        _judge_exit(process.returncode, bytes(heard.complaint))
        return heard.unreadable

    def get_xml_et(self, command_output: UnreadableReport | None) -> Mapping[IPAddress, Report]:
        """What was read."""
        if command_output is not None:
            raise command_output
        return self._reader.close()


@dataclass(slots=True)
class _Heard:
    """What nmap has said so far: the report goes on to its reader at once."""

    reader: ReportReader
    limit: int
    size: int = 0
    unreadable: UnreadableReport | None = None
    complaint: bytearray = field(default_factory=bytearray)

    def take(self, piece: bytes, *, report: bool) -> None:
        self.size += len(piece)
        if self.size > self.limit:
            raise ScanFailed(f"nmap was stopped: its report grew beyond {self.limit >> 20} MiB")
        if not report:
            self.complaint += piece
            del self.complaint[:-COMPLAINT_LIMIT]
        elif self.unreadable is None:
            try:
                self.reader.feed(piece)
            except UnreadableReport as error:
                self.unreadable = error  # first see how nmap ended: its exit code may say why


def _hear(process: subprocess.Popen[bytes], heard: _Heard, seconds: float, wanted: Callable[[], bool]) -> None:
    """Standard output and error until both end and the program with them."""
    end = time.monotonic() + seconds
    with selectors.DefaultSelector() as ready:
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                ready.register(pipe, selectors.EVENT_READ, pipe is process.stdout)
        while ready.get_map():
            if not wanted():
                raise ScanAbandoned("nmap was stopped because the auditor was; the next start looks at this host again")
            for key, _ in ready.select(min(GLANCE, _left(end, seconds))):
                piece = os.read(key.fd, 65536)
                if not piece:
                    ready.unregister(key.fileobj)
                heard.take(piece, report=key.data)
    try:
        process.wait(_left(end, seconds))
    except subprocess.TimeoutExpired:
        _left(0, seconds)


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
