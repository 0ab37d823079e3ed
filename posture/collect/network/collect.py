"""The network collector: sweep the ports, ask what is open, and UDP beside it.

A look has two sweeps. The first, at the ports that matter and some that nobody uses, tells within a second how the host
behaves and what is worth asking; the second looks at all others while those are asked. Every step stands under a permit
of its own and ends at its own limit, the caller's deadline or the end of the authorization, whichever comes first. A
later step that fails takes nothing away from an earlier one: ports stay open, with the reason why more is not known.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_address

from posture.collect.network.ban import BANNED, Banned, Tried, answering, answers
from posture.collect.network.chosen_ports import laid_over, may_stand_beside
from posture.collect.network.confirm import usual_on
from posture.collect.network.examine import GONE, Examined, examined
from posture.collect.network.nmap_report import Report, ReportedPort
from posture.collect.network.nmap_run import ScanFailed
from posture.collect.network.port_plan import PortPlan, Standpoint, port_plan
from posture.collect.network.questions import ANY, QUESTIONS_LIMIT
from posture.collect.network.scanner import Scanner
from posture.collect.network.sweep.notation import count, numbers, written
from posture.collect.network.sweep.scout import Behaviour, Scout, classify, doubt, scout, scout_ports
from posture.collect.network.sweep.wanted import Wanted
from posture.collect.network.target import Target
from posture.collect.network.tarpit import doubted
from posture.collect.network.techniques import LOOPBACK
from posture.collect.network.tls_names import where_names_lead
from posture.collect.network.udp.look import look_at_udp
from posture.collect.network.udp.request import UdpService
from posture.collect.network.udp.table import SERVICES
from posture.collect.scope import Permit, ScopeError, ScopeGate, own_address
from posture.facts.factset import OUTSIDE, Facts, without
from posture.facts.host import ListeningSockets
from posture.facts.network import MOST_HIDDEN, OpenPort, PortSweep, Vantage
from posture.facts.tls_names import TlsNames
from posture.model.resource import Resource
from posture.model.text import visible

MOST_NAMED = 200  # open ports that nmap is asked to name
MOST_LOST = 0.01  # of the ports may be silent on a host that refuses; firewalls in front drop a few on purpose
MOST_UNHEARD = 0.5  # of the ports may stay silent there when asked again; with more, silence is not their own
MOST_FILTERED = 0.5  # of the ports are without an answer; with more, open ports that fall silent too speak for a ban
LONGEST = 100_000  # characters of ports on a command line; Linux takes 131,072 (execve(2), MAX_ARG_STRLEN)
MOST_LISTENING = 48  # ports that are tried because something listens on them; each that says nothing takes 7 seconds
PATIENCE = (0.0, 2.0, 6.0, 15.0)  # seconds, with a host that has answered: it is there
NOTHING_KNOWN: Facts = {}
LIMITED = (
    "{:,} ports fell silent though the host refuses others: something in front of it limits or bans the auditor. "
    "Let the auditor's address through and audit again"
)
NOBODY_THERE = "No machine answers at {}: is it switched on, is the address right?"


class Unbelievable(ScanFailed):
    """What accepts connections is not what listens."""


def collect_outside(  # noqa: PLR0913, PLR0917  what is looked at, by whom, until when, and what is known already
    resource: Resource,
    gate: ScopeGate,
    scanner: Scanner,
    deadline: datetime,
    earlier: Facts = NOTHING_KNOWN,
    listening: Callable[[], Iterable[int]] = tuple,
    resolvers: str = "",
) -> Facts:
    """Look at a host from the network: its ports, the services behind them and who they let in, TLS, web, SSH.

    Last, the DNS is asked where the names of its certificates lead.

    Args:
        resource: a host; the local machine is looked at through loopback.
        gate: of the resource's customer.
        scanner: who looks.
        deadline: when to stop, aware.
        earlier: what was known of the resource before, for a rolling night.
        listening: waits for the look inside and tells the TCP ports that something listens on there.
        resolvers: who to ask of names, as POSTURE_RESOLVER has it; empty: the system's.

    Returns:
        Every type of OUTSIDE; Unavailable where there is no permit, no nmap, no time, or the host is down, answers for
        every port or stops answering.
    """
    seen = _seen(resource, gate, scanner, deadline, earlier, listening)
    return {**seen, TlsNames: where_names_lead(resource, gate, scanner.clock, deadline, resolvers, seen)}


def _seen(  # noqa: PLR0913, PLR0917  as its only caller
    resource: Resource,
    gate: ScopeGate,
    scanner: Scanner,
    deadline: datetime,
    earlier: Facts,
    listening: Callable[[], Iterable[int]],
) -> Facts:
    started = scanner.clock()
    if not (resource.local or resource.address):
        return without(f"{resource.id} has no address in the inventory, so its ports were not looked at", OUTSIDE)
    try:
        permit = gate.permit(LOOPBACK if resource.local else resource.address, "port sweep")
        here = Standpoint(
            str(permit.address),
            Vantage.SAME_MACHINE if resource.local else Vantage.OUTSIDE,
            own_address(permit.address),
        )
        chosen = scanner.chosen.get(here.address)
        if chosen is not None and may_stand_beside(earlier, here):
            few, own = chosen.scout(gate.run), (_names(resource), resource.names)
            beside = listening if chosen.listening else tuple
            where = (gate, permit, scanner, deadline, started, here)
            again = _Look(*where, chosen.plan, few, *own, {}, beside, chosen.services).facts()
            return laid_over(earlier, again, chosen)
        plan = _planned(earlier, started, here) if scanner.rolling else port_plan(None, started, (), here)
        names, known = _names(resource), _known(earlier, plan)
        return _Look(
            gate, permit, scanner, deadline, started, here, plan, scout(gate.run), names, resource.names, known,
            listening,
        ).facts()  # fmt: skip
    except ScopeError as error:
        return without(str(error), OUTSIDE)
    except ScanFailed as error:
        return without(f"The ports were not looked at: {error}", OUTSIDE)


def _planned(earlier: Facts, now: datetime, here: Standpoint) -> PortPlan:
    """The night's ports; those that listened inside last time are always among them, open or behind a firewall."""
    swept, listening = earlier.get(PortSweep), earlier.get(ListeningSockets)
    sockets = listening.sockets if isinstance(listening, ListeningSockets) else ()
    plan = port_plan(swept if isinstance(swept, PortSweep) else None, now, scout_ports(), here)
    return plan.with_known(socket.port for socket in sockets if socket.protocol == "tcp")


def _known(earlier: Facts, plan: PortPlan) -> Mapping[int, OpenPort]:
    """What ports were in the last look; where a port has its turn tonight, that is found out anew."""
    swept = earlier.get(PortSweep)
    if plan.full or not isinstance(swept, PortSweep):
        return {}
    turn = [range(first, last + 1) for first, last in plan.slices]
    tcp = (port for port in swept.open if port.protocol == "tcp")
    return {port.port: port for port in tcp if not any(port.port in slice_ for slice_ in turn)}


def _names(resource: Resource) -> tuple[str, ...]:
    """The name that the inventory gives instead of an address."""
    try:
        ip_address(resource.address)
    except ValueError:
        return (resource.address,) if resource.address else ()
    return ()


@dataclass(frozen=True, slots=True)
class _Rest:
    """What the second sweep came to; empty where no port was left.

    `failed` says why nothing is known of the ports `unheard`, in nmap's notation; the report does not count them.
    """

    report: Report | None = None
    failed: str = ""
    unheard: str = ""


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at one address."""

    gate: ScopeGate
    permit: Permit
    scanner: Scanner
    deadline: datetime
    started: datetime
    here: Standpoint
    plan: PortPlan
    scout: Scout
    names: tuple[str, ...]
    site_names: tuple[str, ...]
    known: Mapping[int, OpenPort]
    listening: Callable[[], Iterable[int]]
    services: Sequence[UdpService] = SERVICES

    def facts(self) -> Facts:
        first = self._sweep("the ports that matter", self.scout.ports)
        behaviour = classify(first, self.scout.at_random)
        if behaviour is Behaviour.TARPIT:
            return without(doubt(first, self.scout.at_random), OUTSIDE)
        self._believable(first)
        first = self._asked_again(first, self.scout.ports, behaviour)
        with ThreadPoolExecutor(2, thread_name_prefix="look") as beside:
            udp = beside.submit(look_at_udp, self._target(), self.services)
            rest = beside.submit(self._rest, behaviour)
            known = self._still_open(first)
            found = self._examined(sorted({port.number for port in first.open}.union(known.open)))
            found = self._with_rest(_with_untried(found, self.here.address, known), first, rest)
            found = self._with_listening(found, first, rest.result())
            return self._told(found, (first, behaviour), rest.result(), udp.result())

    def _still_open(self, first: Report) -> Tried:
        """Which ports known from other nights take a connection; they differ from host to host.

        What the first sweep did not hear of is tried too: one packet that was lost closes no port.
        """
        heard = numbers(first.closed).union(port.number for port in first.open)
        known = sorted(set(self.plan.known) - heard)
        return answering(self.gate, self._permit("see whether a known port is open"), known) if known else Tried()

    def _with_listening(self, found: Examined, first: Report, rest: _Rest) -> Examined:
        """What listens inside and no sweep heard of is tried by itself: one packet that was lost closes no port."""
        if self.here.vantage is Vantage.SAME_MACHINE:
            return found
        refused = numbers(first.closed) | (numbers(rest.report.closed) if rest.report else frozenset())
        unheard = set(self.listening()) - refused - {port.port for port in found.open}
        if not unheard:
            return found
        permit = self._permit("try what listens inside")
        tried = answering(self.gate, permit, sorted(unheard)[:MOST_LISTENING])
        more = found.with_more(self._examined(tried.open)) if tried.open else found
        return _with_untried(more, self.here.address, tried)

    def _rest(self, behaviour: Behaviour) -> _Rest:
        left = self.scout.rest if self.plan.full else written(numbers(self.plan.common) - numbers(self.scout.ports))
        if not left:
            return _Rest()
        try:
            purpose = "all other ports" if self.plan.full else "the ports whose turn it is"
            report = self._asked_again(self._sweep(purpose, left, behaviour.retries, pauses=PATIENCE), left, behaviour)
            self._believable(report)
        except Unbelievable:
            raise
        except (ScopeError, ScanFailed) as error:
            return _Rest(failed=str(error), unheard=left)
        return _limited(report) if behaviour is Behaviour.USUAL and _too_silent(report, left) else _Rest(report)

    def _with_rest(self, found: Examined, first: Report, rest: Future[_Rest]) -> Examined:
        """The second sweep's ports examined too, as long as a ban has not made both worthless."""
        second = rest.result()
        reports = [first, *([second.report] if second.report else [])]
        filtered = sum(report.filtered for report in reports)
        if found.gone and filtered > MOST_FILTERED * len(self._tried(second)):
            raise Banned(BANNED)
        self._still_let_in(first)
        done = {port.port for port in found.open}
        more = [port.number for port in second.report.open if port.number not in done] if second.report else []
        return found.with_more(self._examined(more)) if more else found

    def _asked_again(self, report: Report, ports: str, behaviour: Behaviour) -> Report:
        """Of a host that refuses what nobody uses, many ports without an answer are lost packets, here or on the way.

        Measured: on a machine with four times the work it could do, nmap at 20,000 packets a second heard nothing of
        one port in five, open ones among them.
        """
        lost = numbers(report.silent)
        if behaviour is not Behaviour.USUAL or len(lost) <= MOST_LOST * count(ports):
            return report
        which = report.silent if len(report.silent) <= LONGEST else ports
        again = self._sweep("ports that fell silent, slower", which, slow=True, pauses=PATIENCE)
        known = {port.number for port in report.open}
        return replace(
            report,
            open=(*report.open, *(port for port in again.open if port.number not in known)),
            filtered=max(0, report.filtered - len(lost)) + again.filtered,
            silent=again.silent,
        )

    def _believable(self, report: Report) -> None:
        """Doubt a sweep that found too much.

        Raises:
            Unbelievable: something seems to answer for ports that nobody listens on.
        """
        reason = doubted(self.gate, self._permit("tell a tarpit"), [port.number for port in report.open])
        if reason:
            raise Unbelievable(reason)

    def _still_let_in(self, first: Report) -> None:
        """A ban that begins during the sweep makes every later port look filtered: what answered must still answer.

        Raises:
            Banned: none that was tried does.
        """
        opened, refused = sorted(port.number for port in first.open), sorted(numbers(first.closed))
        if self.here.vantage is Vantage.SAME_MACHINE or not (opened or refused):
            return
        if not answers(self.gate, self._permit("see whether it still answers"), opened, refused):
            raise Banned(BANNED)

    def _told(
        self,
        found: Examined,
        heard: tuple[Report, Behaviour],
        rest: _Rest,
        udp: tuple[tuple[OpenPort, ...], tuple[int, ...], tuple[tuple[int, str], ...]],
    ) -> Facts:
        answering, asked, unasked = udp
        first, behaviour = heard
        reports = [first, *([rest.report] if rest.report else [])]
        tried = self._tried(rest)
        sweep = PortSweep(
            address=self.here.address,
            vantage=self.here.vantage,
            ports=written(tried),
            open=(*found.open, *answering),
            filtered=min(len(tried), sum(report.filtered for report in reports)),
            started=self.started,
            ended=self.scanner.clock(),
            scanner=first.scanner,
            others=tuple(map(str, self.permit.others)),
            swept=len(tried),
            asked_udp=asked,
            unasked_udp=unasked,
            source=self.here.source,
            incomplete=f"most ports of {self.here.address} were not looked at: {rest.failed}" if rest.failed else "",
            hidden=_hidden(reports, {port.port for port in found.open}) if behaviour is Behaviour.USUAL else (),
        )
        sweep = self.plan.merged(sweep)
        seen = (found.tls, found.web, found.ssh, found.mail)
        return {PortSweep: sweep, **{type(one): one for one in seen}}

    def _tried(self, rest: _Rest) -> frozenset[int]:
        """The ports that were really looked at."""
        return numbers(self.scout.ports).union(self.plan.known, numbers(self.plan.ports) - numbers(rest.unheard))

    def _examined(self, ports: Sequence[int]) -> Examined:
        return examined(self._target(), ports, self._named, self.known)

    def _named(self, ports: Sequence[int]) -> tuple[dict[int, ReportedPort], dict[int, str]]:
        """What nmap makes of the ports, and for those it makes nothing of, why."""
        chosen, left = _worth_naming(ports)
        too_many = f"only {MOST_NAMED} of the open ports were asked what they are"
        why_not = dict.fromkeys(left, too_many)
        try:
            permit = self._permit("name services")
            wanted = Wanted(self.gate, permit, written(chosen), permit.purpose, self.deadline, naming=True)
            report = self.scanner.pool.run(wanted)
        except (ScopeError, ScanFailed) as error:
            return {}, why_not | dict.fromkeys(chosen, f"its service was not named: {error}")
        answered = {port.number: port for port in report.open}
        gone = (port for port in chosen if port not in answered)
        return answered, why_not | dict.fromkeys(gone, GONE)

    def _sweep(
        self, purpose: str, ports: str, retries: int = 2, *, slow: bool = False, pauses: Sequence[float] = (0.0,)
    ) -> Report:
        """Sweep ports, and again after each of the pauses, in seconds, where nmap gave up on the host.

        On the auditor's own network nmap takes a host for down whose answer to ARP was lost, or came late because this
        machine had too much to do, whatever ``-Pn`` says.

        Raises:
            ScanFailed: it gave up again, or it told nothing of some of the ports.
        """
        wanted = Wanted(self.gate, self._permit(purpose), ports, purpose, self.deadline, retries, slow=slow)
        report = self.scanner.pool.run(wanted)
        for pause in pauses:
            if not report.up:
                time.sleep(pause)
                report = self.scanner.pool.run(replace(wanted, permit=self._permit(purpose)))
        if not report.up:
            raise ScanFailed(NOBODY_THERE.format(self.here.address))
        told = len(report.open) + count(report.closed) + report.filtered
        if told < count(ports):
            raise ScanFailed(f"nmap told nothing of {count(ports) - told:,} of the ports; audit this host again")
        return report

    def _target(self) -> Target:
        until = min(self.deadline, self.scanner.clock() + QUESTIONS_LIMIT)
        clock, who = self.scanner.clock, self.scanner.identity
        return Target(self.gate, self.here.address, clock, until, self.names, who, self.site_names)

    def _permit(self, purpose: str) -> Permit:
        return self.gate.permit(self.here.address, purpose)


def _hidden(reports: Iterable[Report], opened: Container[int]) -> tuple[int, ...]:
    """The ports of a host that refuses the rest, which it or something in front of it does not speak for."""
    every = {port for report in reports for text in (report.silent, report.rejected) for port in numbers(text)}
    matter = scout_ports()
    ranked = sorted((port for port in every if port not in opened), key=lambda port: (port not in matter, port))
    return tuple(sorted(ranked[:MOST_HIDDEN]))


def _too_silent(report: Report, ports: str) -> bool:
    return count(report.silent) > MOST_UNHEARD * count(ports)


def _limited(report: Report) -> _Rest:
    """What is left of a sweep whose silent ports say nothing."""
    silent = count(report.silent)
    heard = replace(report, filtered=max(0, report.filtered - silent), silent="")
    return _Rest(heard, LIMITED.format(silent), report.silent)


def _with_untried(found: Examined, address: str, known: Tried) -> Examined:
    """Ports that were open before and could not be tried may still be open, and anything."""
    reason = "it was open before, and whether it still is could not be tried: "
    untried = (OpenPort(address, port, login_reason=visible(reason + why), maybe=ANY) for port, why in known.untried)
    return replace(found, open=tuple(sorted((*found.open, *untried), key=lambda port: port.port)))


def _worth_naming(ports: Iterable[int]) -> tuple[list[int], list[int]]:
    """The ports to name, those of known protocols first, and the rest; both in order."""
    ranked = sorted(ports, key=lambda port: (usual_on(port) is None, port))
    return sorted(ranked[:MOST_NAMED]), sorted(ranked[MOST_NAMED:])
