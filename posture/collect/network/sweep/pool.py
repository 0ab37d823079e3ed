"""Threads that look at one host each share nmap processes here.

No thread of the pool's own: of the threads that wait for a group, the one that came first runs nmap for all of them. So
nmap dies with the program (it is killed when the thread that started it ends), and lives in that thread's network
namespace with that thread's capabilities. What is the host's own affair (its gate, its action log) is done by the
host's own thread: a log that cannot be written, or an authorization that ends, stops nobody else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from posture.collect.network.nmap_report import Report
from posture.collect.network.nmap_run import (
    NmapMissing,
    NoRawSockets,
    ScanAbandoned,
    ScanFailed,
    ScanTooSlow,
    raw_sockets_allowed,
    scan_together,
)
from posture.collect.network.sweep.notation import numbers
from posture.collect.network.sweep.schedule import WINDOW, Asked, Group, next_group, shuffled
from posture.collect.network.sweep.wanted import Rates, Wanted
from posture.collect.network.techniques import CONNECT, SYN
from posture.collect.scope import ScopeError
from posture.model.customer import IPAddress

PATIENCE = 10.0  # seconds that a group waits for its members to write their logs
GLANCE = 1.0  # seconds until a thread that waits looks again, should it have missed the news
LATE = "the time allowed for this host was over before it could begin; audit this host again by itself"
ENDED = "nmap was stopped because the auditor was; the next start looks at this host again"
WITHDRAWN = "nmap was stopped because one of the hosts may not be looked at any more; the others are looked at again"
LEFT_ALONE = "the scan that this host was part of ended without a word; audit this host again by itself"


class _Withdrawn(ScanFailed):
    """An authorization of one of the group was revoked: the scan is ended for all of it."""


@dataclass(slots=True, eq=False)
class _Call:
    """A group that was called together, and what came of it.

    It has `begun` when all its members are `ready`. `off` is set when one of them is gone before that: the others wait
    again.
    """

    group: Group
    ready: set[Asked] = field(default_factory=set)
    begun: bool = False
    off: bool = False
    over: bool = False
    reports: Mapping[IPAddress, Report] = field(default_factory=dict)
    error: ScanFailed = field(default_factory=lambda: ScanFailed(LEFT_ALONE))

    @property
    def leader(self) -> Asked:
        return self.group.members[0]


class SweepPool:
    """Serves many hosts with few nmap processes, within the rates; for any number of threads at once.

    Args:
        clock: the current time, aware.
        rates: never exceeded.
    """

    def __init__(self, clock: Callable[[], datetime], rates: Rates = Rates()) -> None:  # noqa: B008  frozen
        self._clock = clock
        self._rates = rates
        self._news = threading.Condition()
        self._waiting: list[Asked] = []
        self._calls: list[_Call] = []
        self._raw_sockets_refused = False
        self._stopped = False

    def run(self, wanted: Wanted) -> Report:
        """Have the ports looked at, alone or together with others'; returns when they have been.

        Returns:
            Of these ports only.

        Raises:
            ScopeError: the permit does not hold any more; nmap was stopped where that was revoked.
            NmapMissing: no nmap on PATH.
            ScanTooSlow: not done by the deadline, the end of the permit, or nmap's own limit.
            ScanAbandoned: :meth:`stop` was called.
            ScanFailed: anything else; what several hosts shared has been tried for this one alone by then.
        """
        asked = self._asked(wanted)
        self._wait(asked)
        try:
            while True:
                report = self._take_part(asked, self._call_for(asked))
                if report is not None:
                    return _own(report, asked)
        finally:
            with self._news:
                if asked in self._waiting:
                    self._waiting.remove(asked)
                self._news.notify_all()

    def stop(self) -> None:
        """Kill what runs and take nothing more: all who wait get ScanAbandoned, within a second or so."""
        with self._news:
            self._stopped = True
            self._news.notify_all()

    def _asked(self, wanted: Wanted) -> Asked:
        now = time.monotonic()
        holds, left = wanted.gate.still(wanted.permit), wanted.deadline - self._clock()
        raw = raw_sockets_allowed() and not self._raw_sockets_refused
        until = now + min(left, holds).total_seconds()
        return Asked(wanted, SYN if raw else CONNECT, now, until, permit_ends=holds <= left)

    def _wait(self, asked: Asked) -> None:
        with self._news:
            self._line_up(asked)
            self._news.notify_all()

    def _line_up(self, asked: Asked) -> None:
        asked.came = time.monotonic()
        self._waiting.append(asked)

    def _call_for(self, asked: Asked) -> _Call:
        """Wait until a group is called that holds this request."""
        with self._news:
            while True:
                if self._stopped:
                    raise ScanAbandoned(ENDED)
                if time.monotonic() >= asked.until:
                    asked.wanted.gate.still(asked.wanted.permit)  # an end of the permit is told as such
                    raise ScanTooSlow(LATE)
                call = next((c for c in self._calls if asked in c.group.members and not c.over), None)
                if call is not None:
                    return call
                if asked not in self._waiting:  # it was called, and the call was off before this thread took part
                    self._line_up(asked)
                if not self._called_another():
                    now = time.monotonic()
                    window = asked.came + WINDOW - now
                    self._news.wait(max(0.01, min(GLANCE if window <= 0 else window, asked.until - now)))

    def _called_another(self) -> bool:
        running = [call.group for call in self._calls]
        group = next_group(self._waiting, running, self._rates, time.monotonic())
        if group is None:
            return False
        self._calls.append(_Call(group))
        for member in group.members:
            self._waiting.remove(member)
        self._news.notify_all()
        return True

    def _take_part(self, asked: Asked, call: _Call) -> Report | None:
        """Be one of the group until it has ended; None when this request waits again.

        Raises:
            ScanFailed: for good.
            ScopeError: the permit ended while the request waited.
        """
        gate, permit = asked.wanted.gate, asked.wanted.permit
        what, where = f"nmap {' '.join(call.group.flags[:-2])}", f"ports {call.group.ports}/tcp"
        result = "stopped"
        began = False
        try:
            gate.still(permit)
            gate.record(permit, what, where, f"begins: {asked.wanted.purpose}")
            began = True
            self._join(asked, call)
            if call.off:
                result = "put off: nothing was sent"
            elif asked.address in call.reports:
                report = call.reports[asked.address]
                result = f"{len(report.open)} open"
                return report
            else:
                result = f"failed: {call.error}"
                self._again_or_raise(asked, call)
        finally:
            self._leave(call)
            if began:
                gate.record(permit, what, where, result)
        self._wait(asked)
        return None

    def _join(self, asked: Asked, call: _Call) -> None:
        with self._news:
            call.ready.add(asked)
            self._news.notify_all()
            if asked is not call.leader:
                self._news.wait_for(lambda: call.over)
                return
            everybody = self._news.wait_for(lambda: call.off or len(call.ready) == len(call.group.members), PATIENCE)
            if not call.off and everybody:
                call.begun = True
            else:
                call.off = True
                self._end(call)
                return
        self._lead(call)

    def _lead(self, call: _Call) -> None:
        group = call.group
        try:
            addresses = shuffled(member.address for member in group.members)
            wanted = lambda: not (self._stopped or _withdrawn(group))  # noqa: E731
            call.reports = scan_together(addresses, group.flags, group.seconds, wanted)
        except ScanAbandoned as error:
            call.error = error if self._stopped else _Withdrawn(WITHDRAWN)
        except ScanFailed as error:
            call.error = error
        finally:
            with self._news:
                self._end(call)

    def _leave(self, call: _Call) -> None:
        """A member that goes before the group has begun sends all others back to wait."""
        with self._news:
            if not (call.begun or call.over):
                call.off = True
                self._end(call)

    def _end(self, call: _Call) -> None:
        call.over = True
        if call in self._calls:
            self._calls.remove(call)
        self._news.notify_all()

    def _again_or_raise(self, asked: Asked, call: _Call) -> None:
        """Prepare the request for another try, where one makes sense."""
        error, shared = call.error, len(call.group.members) > 1
        if isinstance(error, _Withdrawn):
            asked.wanted.gate.still(asked.wanted.permit)  # whose it was ends here; the others wait again
        elif isinstance(error, NoRawSockets) and asked.technique == SYN:
            # capabilities may say one thing and a container's filter another; connections need neither
            self._raw_sockets_refused = True
            asked.technique = CONNECT
        elif isinstance(error, ScanTooSlow) and time.monotonic() >= asked.until:
            raise ScanTooSlow(_too_slow(asked, error)) from error
        elif shared and not isinstance(error, NmapMissing | ScanAbandoned):
            asked.alone = True  # one host may have held up all the others
        else:
            raise error


def _withdrawn(group: Group) -> bool:
    """Whether somebody's authorization was revoked, or that cannot be known: each member finds out for itself."""
    try:
        return any(member.wanted.gate.withdrawn() for member in group.members)
    except ScopeError:
        return True


def _too_slow(asked: Asked, error: ScanTooSlow) -> str:
    """Where the permit's end was the limit, the reason says so: more time would not help."""
    permit = asked.wanted.permit
    if not asked.permit_ends:
        return str(error)
    return f"nmap was stopped when {permit.ends_with} ended; {permit.remedy}"


def _own(report: Report, asked: Asked) -> Report:
    """Without the ports that only others of the group wanted to know of."""
    if not asked.wanted.naming:
        return report
    wanted = numbers(asked.wanted.ports)
    return replace(report, open=tuple(port for port in report.open if port.number in wanted))
