"""Which service is asked what: from an open port and what nmap made of it to an OpenPort with its login."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from posture.collect.network.confirm import greeting_with, named, usual_on
from posture.collect.network.conversation import TIME_LIMIT
from posture.collect.network.nmap_report import ReportedPort
from posture.collect.network.protocol import Approach, Confirmed, Protocol
from posture.collect.scope import ScopeError, ScopeGate
from posture.facts.network import Login, OpenPort
from posture.model.text import visible

QUESTIONS_LIMIT = timedelta(minutes=3)  # for all questions to one host
LISTEN_SECONDS = 3.0  # for the greeting of a service that nobody recognised


ANY = "*"  # a port that could not be asked what it is may be anything


def _doubtful(found: OpenPort, usual: str, unnamed: str) -> OpenPort:
    """A port that gave its usual protocol no clear answer, and that nmap did not name either."""
    if not unnamed:
        return replace(found, maybe=usual)
    return replace(found, maybe=ANY, login_reason=visible(f"{unnamed}; {found.login_reason}"))


@dataclass(frozen=True, slots=True)
class Questioner:
    """Asks the services of one address, which every permit is asked for anew, until `deadline`."""

    gate: ScopeGate
    address: str
    clock: Callable[[], datetime]
    deadline: datetime

    def early(self, ports: tuple[ReportedPort, ...]) -> tuple[OpenPort, ...]:
        """Ask on usual ports before nmap does, which takes longer; only what was recognised is returned."""
        usual = ((port, usual_on(port.number)) for port in ports)
        asked = (self._ask(port, p) for port, p in usual if p is not None)
        return tuple(found for found in asked if found.service)

    def ask(self, port: ReportedPort, unnamed: str) -> OpenPort:
        """Ask one service.

        Args:
            port: as nmap reports it.
            unnamed: why nmap has not named it, if that is known.
        """
        if self.clock() >= self.deadline:
            late = self._unasked(port, "the time for this host was over before it was asked")
            return late if port.service else replace(late, maybe=ANY)
        protocol = named(port.service) if port.service else usual_on(port.number) or self._by_greeting(port)
        if protocol is not None:
            found = self._ask(port, protocol)
            return found if found.service else _doubtful(found, protocol.name, unnamed)
        if port.service:
            return self._unasked(port, f"this version does not test the login of {port.service}")
        if unnamed:
            return replace(self._unasked(port, unnamed), maybe=ANY)
        return self._unasked(port, "what it speaks was not recognised")

    def _ask(self, port: ReportedPort, protocol: Protocol) -> OpenPort:
        seen = self._confirmed(port, protocol)
        name = port.service or (protocol.name if seen.speaks else "")
        reason = visible(seen.reason)
        return replace(
            self._unasked(port, reason),
            service=name,
            login=seen.login,
            transcript=seen.transcript,
            refuses_others=seen.refuses_others,
        )

    def _confirmed(self, port: ReportedPort, protocol: Protocol) -> Confirmed:
        try:
            return protocol.confirm(self._approach(port, f"confirm {protocol.name}", TIME_LIMIT))
        except ScopeError as error:
            return Confirmed(Login.UNKNOWN, str(error), speaks=False)
        except OSError as error:
            return Confirmed(Login.UNKNOWN, f"no connection when it was asked: {error}", speaks=False)

    def _by_greeting(self, port: ReportedPort) -> Protocol | None:
        try:
            with self._approach(port, "listen for a greeting", LISTEN_SECONDS).open() as talk:
                return greeting_with(talk.ask(b"", lambda said: greeting_with(said) is not None))
        except (ScopeError, OSError):
            return None

    def _approach(self, port: ReportedPort, purpose: str, seconds: float) -> Approach:
        permit = self.gate.permit(self.address, purpose)
        left = min(self.deadline - self.clock(), self.gate.still(permit)).total_seconds()
        return Approach(self.gate, permit, port.number, self.clock, port.tls, max(0.1, min(seconds, left)))

    def _unasked(self, port: ReportedPort, reason: str) -> OpenPort:
        return OpenPort(
            self.address, port.number, port.service, port.product, port.version, port.tls, login_reason=reason
        )
