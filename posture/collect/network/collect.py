"""The network collector: sweep every port, name what is open, ask what can be asked.

Every step stands under a permit of its own and ends at its own limit, the caller's deadline or the end of the
authorization, whichever comes first. A later step that fails takes nothing away from an earlier one: ports stay open,
with the reason why more is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from posture.collect.network.ban import BANNED, Banned, answers
from posture.collect.network.confirm import usual_on
from posture.collect.network.nmap_report import Report, ReportedPort
from posture.collect.network.nmap_run import NoRawSockets, ScanFailed, ScanTooSlow, raw_sockets_allowed, scan
from posture.collect.network.questions import QUESTIONS_LIMIT, Questioner
from posture.collect.network.target import Target
from posture.collect.network.tarpit import doubted
from posture.collect.network.techniques import (
    ALL_PORTS,
    CONNECT,
    LOOPBACK,
    NAMING_LIMIT,
    SWEEP_LIMIT,
    SYN,
    naming_flags,
    sweep_flags,
)
from posture.collect.scope import Permit, ScopeError, ScopeGate
from posture.facts.network import OpenPort, PortSweep, Vantage
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource
from posture.model.text import visible

MOST_NAMED = 200  # open ports that are asked what they are
MOST_FILTERED = 32_768  # ports without an answer; with more, open ports that fall silent too speak for a ban
GONE = "it stopped answering when it was asked what it is"


def collect_outside(
    resource: Resource, gate: ScopeGate, clock: Callable[[], datetime], deadline: datetime
) -> PortSweep | Unavailable:
    """Look at a host from the network: every TCP port, the services behind the open ones, and who they let in.

    Args:
        resource: a host; the local machine is looked at through loopback.
        gate: of the resource's customer.
        clock: the current time, aware.
        deadline: when to stop, aware.

    Returns:
        The sweep, or why there is none: no permit, no nmap, no time, a host that is down, answers for every port or
        stops answering.
    """
    started = clock()
    if not (resource.local or resource.address):
        return Unavailable(f"{resource.id} has no address in the inventory, so its ports were not looked at")
    try:
        permit = gate.permit(LOOPBACK if resource.local else resource.address, "port sweep")
        return _Look(gate, permit, clock, deadline, started, resource.local).sweep()
    except ScopeError as error:
        return Unavailable(str(error))
    except ScanFailed as error:
        return Unavailable(f"The ports were not looked at: {error}")


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at one address."""

    gate: ScopeGate
    permit: Permit
    clock: Callable[[], datetime]
    deadline: datetime
    started: datetime
    local: bool

    def sweep(self) -> PortSweep | Unavailable:
        report, technique = self._sweep_ports()
        if not report.up:
            return Unavailable(f"No machine answers at {self.permit.address}: is it switched on, is the address right?")
        doubt = doubted(self.gate, self._permit("tell a tarpit"), [port.number for port in report.open])
        if doubt:
            return Unavailable(doubt)
        self._still_let_in([port.number for port in report.open])
        return PortSweep(
            str(self.permit.address),
            Vantage.SAME_MACHINE if self.local else Vantage.OUTSIDE,
            ALL_PORTS,
            self._services(report, technique),
            report.filtered,
            self.started,
            self.clock(),
            report.scanner,
            tuple(map(str, self.permit.others)),
        )

    def _still_let_in(self, ports: list[int]) -> None:
        """A ban that begins during the sweep makes every later port look filtered: one found open must still be open.

        Raises:
            Banned: none that was tried is.
        """
        if not self.local and ports and not answers(self.gate, self._permit("see whether it still answers"), ports):
            raise Banned(BANNED)

    def _sweep_ports(self) -> tuple[Report, tuple[str, ...]]:
        if raw_sockets_allowed():
            try:
                return self._scan("port sweep", ALL_PORTS, sweep_flags(self.permit.address, SYN), SWEEP_LIMIT), SYN
            except NoRawSockets:
                pass  # capabilities may say one thing and a container's filter another; connections need neither
        return self._scan("port sweep", ALL_PORTS, sweep_flags(self.permit.address, CONNECT), SWEEP_LIMIT), CONNECT

    def _services(self, report: Report, technique: tuple[str, ...]) -> tuple[OpenPort, ...]:
        ports = report.open
        early = self._questioner().recognised([port.number for port in ports])
        done = {found.port for found in early}
        rest = [port for port in ports if port.number not in done]
        named, why_not = self._named(rest, technique)
        gone = all(why_not.get(port.number) == GONE for port in rest)
        if rest and gone and not early and report.filtered > MOST_FILTERED:
            raise Banned(BANNED)
        ask = self._questioner().ask
        found = (*early, *(ask(named.get(one.number, one), why_not.get(one.number, "")) for one in rest))
        return tuple(sorted(found, key=lambda port: port.port))

    def _named(
        self, ports: list[ReportedPort], technique: tuple[str, ...]
    ) -> tuple[dict[int, ReportedPort], dict[int, str]]:
        """What nmap makes of the ports, and for those it makes nothing of, why."""
        chosen, left = _worth_naming([port.number for port in ports])
        too_many = f"only {MOST_NAMED} of the open ports were asked what they are"
        why_not = dict.fromkeys(left, too_many)
        if not chosen:
            return {}, why_not
        try:
            flags = naming_flags(self.permit.address, technique, chosen)
            report = self._scan("name services", ",".join(map(str, chosen)), flags, NAMING_LIMIT)
        except (ScopeError, ScanFailed) as error:
            return {}, why_not | dict.fromkeys(chosen, f"its service was not named: {error}")
        answered = {port.number: port for port in report.open}
        gone = (port for port in chosen if port not in answered)
        return answered, why_not | dict.fromkeys(gone, GONE)

    def _scan(self, purpose: str, ports: str, flags: tuple[str, ...], limit: timedelta) -> Report:
        permit = self._permit(purpose)
        allowed = self.gate.still(permit)
        seconds = min(limit, self.deadline - self.clock(), allowed).total_seconds()
        if seconds <= 0:
            raise ScanTooSlow(
                "the time allowed for this host was over before it could begin; audit this host again by itself"
            )
        what, where = f"nmap {' '.join(flags)}", f"ports {ports}/tcp"
        self.gate.record(permit, what, where, f"begins: {purpose}")
        result = "stopped"
        try:
            report = _scan_while(permit, flags, seconds, allowed)
            result = f"{len(report.open)} open"
        except ScanFailed as error:
            result = f"failed: {error}"
            raise
        finally:
            self.gate.record(permit, what, where, result)
        return report

    def _questioner(self) -> Questioner:
        until = min(self.deadline, self.clock() + QUESTIONS_LIMIT)
        return Questioner(Target(self.gate, str(self.permit.address), self.clock, until))

    def _permit(self, purpose: str) -> Permit:
        return self.gate.permit(str(self.permit.address), purpose)


def _scan_while(permit: Permit, flags: tuple[str, ...], seconds: float, allowed: timedelta) -> Report:
    """Scan; where the authorization's end is the first limit, the error says so: more time would not help."""
    try:
        return scan(permit.address, flags, seconds)
    except ScanTooSlow as error:
        if seconds < allowed.total_seconds():
            raise
        raise ScanTooSlow(
            f"nmap was stopped when authorization {visible(permit.authorization)} ended; agree on a new period and set "
            "valid_from and valid_until in the inventory"
        ) from error


def _worth_naming(ports: Iterable[int]) -> tuple[list[int], list[int]]:
    """The ports to name, those of known protocols first, and the rest; both in order."""
    ranked = sorted(ports, key=lambda port: (usual_on(port) is None, port))
    return sorted(ranked[:MOST_NAMED]), sorted(ranked[MOST_NAMED:])
