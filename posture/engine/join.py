"""Tie each port that answers to the process, package and configuration behind it.

Open inside but not reachable outside is not an exposure. Where only one side could be seen, the service says which.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from posture.engine.listeners import ANY_ADDRESS, Place, by_place, on_loopback, worth_telling
from posture.engine.programs import speaks, superserver, usual_on_tcp
from posture.facts.host import ListeningSockets, Process, Socket
from posture.facts.network import Login, OpenPort, PortSweep, Vantage
from posture.facts.services import Reach, Service, Services
from posture.facts.unavailable import Unavailable
from posture.model.verdict import Evidence

SILENT = "no port of {} answered: the host is down, or drops everything that comes from the auditor"
STOPPED = (
    "{} was looked at from inside over the network, and the sweep found none of its ports open and {:,} without an "
    "answer: something in front of it stops the auditor's sweep. Let the auditor's address through and audit again"
)
_NO_ANSWER = "the port did not answer from where we looked"
_UNTRIED_TCP = "this port was not looked at from outside this time"
_UNTRIED_UDP = "UDP was not tried"
_MOST_NAMED = 3  # addresses named in a sentence


def join(host: str, outside: PortSweep | Unavailable, inside: ListeningSockets | Unavailable) -> Services | Unavailable:
    """Both views of a host as one list of services.

    Args:
        host: the host's name or address as the inventory gives it: the stable part of each service's subject.
        outside: the port sweep.
        inside: the listening sockets.
    """
    unseen = _unseen(host, outside)
    swept = host if isinstance(outside, Unavailable) else outside.address
    outside = _believed(host, outside, inside)
    if isinstance(outside, Unavailable) and isinstance(inside, Unavailable):
        return Unavailable("; ".join(dict.fromkeys((outside.reason, inside.reason))))
    answers = (
        {} if isinstance(outside, Unavailable) else {Place(port.protocol, port.port): port for port in outside.open}
    )
    listeners = {} if isinstance(inside, Unavailable) else by_place(worth_telling(inside.sockets, answers), swept)
    services = tuple(
        _Joined(host, place, answers.get(place), listeners.get(place), outside, inside).service()
        for place in sorted(answers.keys() | listeners.keys())
    )
    times = [side for side in (_at(outside), _at(inside)) if side is not None]
    joined = Services(services, _blind(outside, inside), max(times), unseen, outside_seen=False, host=host)
    if isinstance(outside, Unavailable):
        return joined
    return replace(joined, outside_seen=True, asked_udp=outside.asked_udp, unasked_udp=outside.unasked_udp)


def _believed(
    host: str, outside: PortSweep | Unavailable, inside: ListeningSockets | Unavailable
) -> PortSweep | Unavailable:
    """The sweep, unless what it did not see proves nothing: silence is a firewall, a ban or a host that is down."""
    if isinstance(outside, Unavailable):
        return outside
    if outside.silent:
        return Unavailable(SILENT.format(host))
    from_afar = outside.vantage is Vantage.OUTSIDE and not isinstance(inside, Unavailable)
    if from_afar and outside.filtered and not any(port.protocol == "tcp" for port in outside.open):
        return Unavailable(STOPPED.format(host, outside.filtered))
    return outside


def _at(side: PortSweep | ListeningSockets | Unavailable) -> datetime | None:
    if isinstance(side, Unavailable):
        return None
    return side.ended if isinstance(side, PortSweep) else side.observed


def _blind(outside: PortSweep | Unavailable, inside: ListeningSockets | Unavailable) -> str:
    sides = (("outside", outside), ("inside", inside))
    return "; ".join(f"{name}: {side.reason}" for name, side in sides if isinstance(side, Unavailable))


def _unseen(host: str, outside: PortSweep | Unavailable) -> str:
    if isinstance(outside, Unavailable):
        return ""
    return "; ".join(part for part in (outside.incomplete, _elsewhere(host, outside.others)) if part)


def _elsewhere(host: str, others: Sequence[str]) -> str:
    if not others:
        return ""
    count = len(others)
    named = ", ".join(others[:_MOST_NAMED]) + (", ..." if count > _MOST_NAMED else "")
    what = f"{count} more addresses of {host} were" if count > 1 else f"1 more address of {host} was"
    return f"{what} not looked at ({named}); give each address as a host of its own, instead of the name"


@dataclass(frozen=True, slots=True)
class _Joined:
    """What both sides know of one place."""

    host: str
    place: Place
    answer: OpenPort | None
    listener: Socket | None
    outside: PortSweep | Unavailable
    inside: ListeningSockets | Unavailable

    def service(self) -> Service:
        answer, process = self.answer, self.listener.process if self.listener else None
        return Service(
            address=self.place.address or self.host,
            port=self.place.port,
            protocol=self.place.protocol,
            name=(answer.service if answer else "") or self._named(process),
            product=answer.product if answer else "",
            version=answer.version if answer else "",
            reach=self._reach(),
            login=answer.login if answer else Login.UNKNOWN,
            login_reason=answer.login_reason if answer else self._untried() or _NO_ANSWER,
            seen=self._seen(),
            process=process,
            evidence=tuple(self._evidence()),
            maybe=answer.maybe if answer else "",
            refuses_others=answer is not None
            and answer.refuses_others
            and speaks(process, answer.protocol, answer.port) == answer.service,
            tls=answer is not None and answer.tls,
            applications=answer.applications if answer else (),
            amplification=answer.amplification if answer else None,
            weakness=answer.weakness if answer else "",
        )

    def _named(self, process: Process | None) -> str:
        """By the program; by the port only where no answer speaks for itself, or a superserver is known to listen."""
        if process is None and self.answer is not None:
            return ""
        told = speaks(process, self.place.protocol, self.place.port)
        nameless = process is None or superserver(process)
        return told or (usual_on_tcp(self.place.port) if nameless and self.place.protocol == "tcp" else "")

    def _untried(self) -> str:
        """Why nobody tried to connect; empty if somebody did."""
        udp = self.place.protocol == "udp"
        if isinstance(self.outside, Unavailable):
            return _UNTRIED_UDP if udp else f"no connection was tried: {self.outside.reason}"
        if self.place.address in ANY_ADDRESS:
            return f"its {ANY_ADDRESS[self.place.address]} addresses were not looked at"
        if self.place.address:
            return f"the address {self.place.address} was not looked at"
        if not udp and not self.answer and not self.outside.tries(self.place.port):
            return _UNTRIED_TCP
        if not udp or self.answer or self.place.port in self.outside.asked_udp:
            return ""
        return dict(self.outside.unasked_udp).get(self.place.port) or _UNTRIED_UDP

    def _reach(self) -> Reach:
        loopback_only = self.listener is not None and on_loopback(self.listener)
        if self.answer and isinstance(self.outside, PortSweep) and self.outside.vantage is Vantage.OUTSIDE:
            return Reach.OUTSIDE
        if loopback_only:
            return Reach.LOOPBACK
        if isinstance(self.outside, Unavailable) or self._untried():
            return Reach.LISTENS
        if self.outside.vantage is Vantage.OUTSIDE:
            return Reach.BLOCKED
        if self.answer:
            return Reach.SAME_MACHINE
        # A UDP service that stays silent to its own machine was asked; a TCP port that nobody saw open was not.
        return Reach.BLOCKED if self.place.protocol == "udp" else Reach.LISTENS

    def _seen(self) -> str:
        if isinstance(self.outside, Unavailable) or self._untried():
            return "seen from inside only: whether it can be reached was not tested"
        if self.outside.vantage is Vantage.SAME_MACHINE and not self.answer and self.place.protocol == "udp":
            return "listens inside; did not answer what it was asked from its own machine"
        if self.outside.vantage is Vantage.SAME_MACHINE:
            return "seen from this machine only: whether a firewall in front stops it was not tested"
        if self.answer is None:
            return "listens inside; did not answer from outside"
        if self.listener is not None:
            return "seen from outside and inside"
        if isinstance(self.inside, Unavailable):
            return "seen from outside only"
        return "answers from outside, but no process on this host listens there: it is probably forwarded elsewhere"

    def _evidence(self) -> Iterator[Evidence]:
        answer, outside = self.answer, self.outside
        if answer is not None and isinstance(outside, PortSweep):
            software = " ".join(part for part in (answer.service, answer.product, answer.version) if part)
            where = "from outside" if outside.vantage is Vantage.OUTSIDE else "from the same machine"
            text = f"{answer.address} {answer.port}/{answer.protocol} open {software}".rstrip()
            by = outside.scanner if answer.protocol == "tcp" else "UDP requests"
            yield Evidence(f"{by}, {where}", text, outside.ended)
            for exchange in answer.transcript:
                words = f"sent {exchange.sent or 'nothing'} | received {exchange.received or 'nothing'}"
                yield Evidence("exchange", words, exchange.at)
        if self.listener is not None and isinstance(self.inside, ListeningSockets):
            yield Evidence("listening sockets on the host", _described(self.listener), self.inside.observed)


def _described(listener: Socket) -> str:
    process = listener.process
    text = f"{listener.protocol} {listener.address}:{listener.port}"
    if process is None:
        return f"{text}, process not readable"
    parts = [f"{text} {process.name} (pid {process.pid})"]
    parts += [f"package {process.package} {process.package_version}".rstrip()] if process.package else []
    parts += [f"unit {process.unit}"] if process.unit else []
    parts += [f"configuration {process.config_files[0]}"] if process.config_files else []
    parts += [
        f"line {line.number}: {line.text}" for line in process.config_lines if line.path == process.config_files[0]
    ]
    return ", ".join(parts)
