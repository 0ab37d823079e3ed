"""Which service is asked what: from an open port to an OpenPort with its protocol and its login.

Measured: nmap's version detection takes 6 to 70 seconds a host, our own question 0.1 to 0.7. So a port is first asked
what its number lets expect, then listened to, then asked for HTTP and for TLS; only what stays unrecognised is left to
nmap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain

from posture.collect.network.confirm import greeting_with, named, usual_behind_tls, usual_on
from posture.collect.network.nmap_report import ReportedPort
from posture.collect.network.protocol import Confirmed, Protocol
from posture.collect.network.target import Target
from posture.collect.scope import ScopeError
from posture.facts.network import Login, OpenPort
from posture.model.text import visible

QUESTIONS_LIMIT = timedelta(minutes=3)  # for all questions to one host
LISTEN_SECONDS = 2.0  # for a greeting; who greets later is left to nmap, which waits 6 seconds
AT_ONCE = 6  # connections to one host

ANY = "*"  # a port that could not be asked what it is may be anything
LATE = "the time for this host was over before it was asked"


@dataclass(frozen=True, slots=True)
class Questioner:
    """Asks the services of one target."""

    target: Target

    def recognised(self, ports: Sequence[int]) -> tuple[OpenPort, ...]:
        """Ask ports what they are, side by side; only those that proved to speak something are returned."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ask") as beside:
            return tuple(found for found in beside.map(self._recognised, ports) if found is not None)

    def asked(self, ports: Sequence[ReportedPort], unnamed: dict[int, str]) -> tuple[OpenPort, ...]:
        """Ask what nmap has named, side by side, and tell of the rest why it is not known.

        Args:
            ports: as nmap reports them, none of them recognised before.
            unnamed: why nmap has not named a port, where that is known.
        """
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ask") as beside:
            return tuple(beside.map(lambda port: self.ask(port, unnamed.get(port.number, "")), ports))

    def ask(self, port: ReportedPort, unnamed: str) -> OpenPort:
        """Ask one service that nmap has named or could not name."""
        if self.target.late:
            late = self._unasked(port, LATE)
            return late if port.service else replace(late, maybe=ANY)
        protocol = named(port.service) if port.service else usual_on(port.number)
        if protocol is not None:
            found = self._ask(port, protocol)
            return found if found.service else _doubtful(found, protocol.name, unnamed)
        if port.service:
            return self._unasked(port, f"this version does not test the login of {port.service}")
        if unnamed:
            return replace(self._unasked(port, unnamed), maybe=ANY)
        return self._unasked(port, "what it speaks was not recognised")

    def _recognised(self, number: int) -> OpenPort | None:
        for port, protocol in chain(_likely(number), self._by_listening(number)):
            if self.target.late:
                return None
            found = self._ask(port, protocol)
            if found.service:
                return found
        return None

    def _by_listening(self, number: int) -> Iterator[tuple[ReportedPort, Protocol]]:
        """What the greeting says; of a port that waits for the other side, HTTP, and the same two behind TLS."""
        plain, behind_tls = ReportedPort(number), ReportedPort(number, tls=True)
        for port in (plain, behind_tls):
            heard = self._greeting(port)
            if heard is None:
                continue
            protocol = greeting_with(heard) if heard else named("http")
            if protocol is not None:
                yield port, protocol

    def _greeting(self, port: ReportedPort) -> bytes | None:
        """What a server says first, empty if it waits; None where there is no connection, or no TLS on it."""
        try:
            purpose = "listen for a greeting"
            with self.target.approach(port.number, purpose, tls=port.tls, seconds=LISTEN_SECONDS).open() as talk:
                return talk.ask(b"", lambda said: b"\n" in said or greeting_with(said) is not None)
        except (ScopeError, OSError):
            return None

    def _ask(self, port: ReportedPort, protocol: Protocol) -> OpenPort:
        seen = self._confirmed(port, protocol)
        return replace(
            self._unasked(port, visible(seen.reason)),
            service=protocol.name if seen.speaks else port.service,
            product=seen.product or port.product,
            version=seen.version or port.version,
            login=seen.login,
            transcript=seen.transcript,
            refuses_others=seen.refuses_others,
            weakness=seen.weakness,
        )

    def _confirmed(self, port: ReportedPort, protocol: Protocol) -> Confirmed:
        try:
            return protocol.confirm(self.target.approach(port.number, f"confirm {protocol.name}", tls=port.tls))
        except ScopeError as error:
            return Confirmed(Login.UNKNOWN, str(error), speaks=False)
        except OSError as error:
            return Confirmed(Login.UNKNOWN, f"no connection when it was asked: {error}", speaks=False)

    def _unasked(self, port: ReportedPort, reason: str) -> OpenPort:
        return OpenPort(
            self.target.address, port.number, port.service, port.product, port.version, port.tls, login_reason=reason
        )


def _likely(number: int) -> Iterator[tuple[ReportedPort, Protocol]]:
    """What the port's number lets expect."""
    behind_tls, plain = usual_behind_tls(number), usual_on(number)
    if behind_tls is not None:
        yield ReportedPort(number, tls=True), behind_tls
    if plain is not None:
        yield ReportedPort(number), plain


def _doubtful(found: OpenPort, usual: str, unnamed: str) -> OpenPort:
    """A port that gave its usual protocol no clear answer, and that nmap did not name either."""
    if not unnamed:
        return replace(found, maybe=usual)
    return replace(found, maybe=ANY, login_reason=visible(f"{unnamed}; {found.login_reason}"))
