"""Which service is asked what: from an open port to an OpenPort with its protocol and its login.

Measured: nmap's version detection takes 6 to 70 seconds a host, our own question 0.1 to 0.7. So a port is first asked
what its number lets expect, then listened to, then asked for HTTP and for TLS; only what stays unrecognised is left to
nmap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import BoundedSemaphore

from posture.collect.network.confirm import greeting_with, http, named, usual_behind_tls, usual_on
from posture.collect.network.conversation import CertificateWanted, wants_certificate
from posture.collect.network.nmap_report import ReportedPort
from posture.collect.network.protocol import CERTIFICATE_WANTED, Confirmed, Protocol
from posture.collect.network.target import Target
from posture.collect.scope import ScopeError
from posture.facts.network import Login, OpenPort
from posture.model.text import visible

QUESTIONS_LIMIT = timedelta(minutes=3)  # for all questions to one host
LISTEN_SECONDS = 2.0  # for a greeting; who greets later is left to nmap, which waits 6 seconds
SIDE_BY_SIDE = 4  # protocols that one port is asked for
QUICK_SECONDS = 3.0  # for a protocol that nothing speaks for
AT_ONCE = 6  # connections to one host
# Tried where neither number nor greeting says what it is: HTTP first, then what is dangerous to find open.
ANYWHERE = (
    "http", "redis", "memcached", "postgresql", "mongodb", "zookeeper", "kafka", "mqtt", "cassandra-native", "ldap",
    "clickhouse", "amqp", "ms-wbt-server", "microsoft-ds", "X11", "rpcbind", "ms-sql-s",
)  # fmt: skip
# What a port may wait for that does not even hang up on a web browser's words; the others of ANYWHERE complain.
WAITING = ("microsoft-ds", "rpcbind", "ms-wbt-server", "zookeeper", "X11", "ms-sql-s", "kafka", "mongodb")
PRINTERS = range(9100, 9108)  # a printer prints what it does not understand; nmap -sV leaves these ports out as well
PRINTERS_QUESTION = b"\x1b%-12345X@PJL INFO ID\r\n\x1b%-12345X"  # HP, PJL Technical Reference: changes nothing
PRINTERS_ANSWER = b"@PJL INFO ID"
PRODUCT_LIMIT = 100  # characters
LEFT_ALONE = "it was left alone: a printer would print what it is asked"

ANY = "*"  # a port that could not be asked what it is may be anything
UNRECOGNISED = "when all was tried, "
LATE = "the time for this host was over before it was asked"


@dataclass(frozen=True, slots=True)
class Questioner:
    """Asks the services of one target. `known` is what its ports were in an earlier look, by number.

    `turns` keeps to AT_ONCE connections, however many ports are asked side by side.
    """

    target: Target
    known: Mapping[int, OpenPort] = field(default_factory=dict)
    turns: AbstractContextManager[bool] = field(default_factory=lambda: BoundedSemaphore(AT_ONCE))

    def recognised(self, ports: Sequence[int]) -> tuple[OpenPort, ...]:
        """Ask ports what they are, side by side; those that nmap may know more of are not returned."""
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
            found, _ = self._ask(port, protocol)
            return found if found.service else _doubtful(found, protocol.name, unnamed)
        if port.service:
            return self._unasked(port, f"this version does not test the login of {port.service}")
        if unnamed:
            return replace(self._unasked(port, unnamed), maybe=ANY)
        return self._unasked(port, "what it speaks was not recognised")

    def _recognised(self, number: int) -> OpenPort | None:
        """What a port proved to be; None where nmap may know more."""
        if self.target.late:
            return None
        before = self.known.get(number)
        for port, protocol in _likely(number, before):
            usual, _ = self._ask(port, protocol)
            if usual.service:
                return usual
        if number in PRINTERS and (printer := self._printer(number)) is not None:
            return printer
        plain, behind_tls = ReportedPort(number), ReportedPort(number, tls=True)
        heard = self._greeting(plain)
        if heard or heard is None:
            return self._greeted(plain, heard)
        if before is not None and not before.service and before.maybe != ANY:
            reason = before.login_reason.removeprefix(UNRECOGNISED)
            return replace(before, login_reason=visible(f"{UNRECOGNISED}{reason}"))
        page, mute = self._ask(plain, http.PROTOCOL, QUICK_SECONDS)
        if page.service:
            return page
        encrypted = self._greeting(behind_tls)
        if encrypted is not None:
            return self._greeted(behind_tls, encrypted) if encrypted else self._first_of(behind_tls, ANYWHERE)
        return self._first_of(plain, WAITING if mute else ANYWHERE[1:])

    def _greeted(self, port: ReportedPort, greeting: bytes | None) -> OpenPort | None:
        protocol = greeting_with(greeting) if greeting else None
        answer = self._ask(port, protocol)[0] if protocol else None
        return answer if answer and answer.service else None

    def _first_of(self, port: ReportedPort, names: Sequence[str]) -> OpenPort | None:
        """The first of these protocols that is spoken there; a few are asked side by side, as silence takes time."""
        every = [protocol for protocol in map(named, names) if protocol is not None]
        with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="try") as beside:
            for first in range(0, len(every), SIDE_BY_SIDE):
                if self.target.late:
                    return None
                few = every[first : first + SIDE_BY_SIDE]
                answers = beside.map(lambda protocol: self._ask(port, protocol, QUICK_SECONDS)[0], few)
                spoken = [found for found in answers if found.service]
                if spoken:
                    return spoken[0]
        return None

    def _printer(self, number: int) -> OpenPort | None:
        """A printer, or what may be one as it says nothing; None for what is none, so that it can be asked further."""
        try:
            way = self.target.approach(number, "tell a printer", seconds=QUICK_SECONDS)
            with self.turns, way.open() as talk:
                said = talk.ask(PRINTERS_QUESTION, _printer_has_answered, "@PJL INFO ID")
        except (ScopeError, OSError):
            return None
        if not said:
            return replace(self._unasked(ReportedPort(number), LEFT_ALONE), maybe=ANY)
        if not said.startswith(PRINTERS_ANSWER):
            return None
        words = said.removeprefix(PRINTERS_ANSWER).decode("ascii", "replace").split()
        return replace(
            self._unasked(ReportedPort(number), "prints for anyone"),
            service="jetdirect",
            product=visible(" ".join(words).strip('"'), PRODUCT_LIMIT),
            login=Login.NOT_NEEDED,
            transcript=tuple(talk.transcript),
        )

    def _greeting(self, port: ReportedPort) -> bytes | None:
        """What a server says first, empty if it waits; None where there is no connection, or no TLS on it."""
        try:
            purpose = "listen for a greeting"
            way = self.target.approach(port.number, purpose, tls=port.tls, seconds=LISTEN_SECONDS)
            with self.turns, way.open() as talk:
                return talk.ask(b"", lambda said: b"\n" in said or greeting_with(said) is not None)
        except CertificateWanted:
            return b""  # who asks a question there is told so
        except (ScopeError, OSError):
            return None

    def _ask(self, port: ReportedPort, protocol: Protocol, seconds: float = 0) -> tuple[OpenPort, bool]:
        """What it said, and whether it said nothing at all."""
        seen = self._confirmed(port, protocol, seconds or protocol.seconds)
        behind_certificate = "ssl" if seen.login is Login.REQUIRED and not seen.speaks else ""
        found = replace(
            self._unasked(port, visible(seen.reason)),
            service=protocol.name if seen.speaks else behind_certificate or port.service,
            product=seen.product or port.product,
            version=seen.version or port.version,
            login=seen.login,
            transcript=seen.transcript,
            refuses_others=seen.refuses_others,
            weakness=seen.weakness,
        )
        return found, seen.silent

    def _confirmed(self, port: ReportedPort, protocol: Protocol, seconds: float) -> Confirmed:
        try:
            way = self.target.approach(port.number, f"confirm {protocol.name}", tls=port.tls, seconds=seconds)
            with self.turns:
                return protocol.confirm(way)
        except ScopeError as error:
            return Confirmed(Login.UNKNOWN, str(error), speaks=False)
        except OSError as error:
            if port.tls and wants_certificate(error):
                return Confirmed(Login.REQUIRED, CERTIFICATE_WANTED, speaks=False)
            return Confirmed(Login.UNKNOWN, f"no connection when it was asked: {error}", speaks=False)

    def _unasked(self, port: ReportedPort, reason: str) -> OpenPort:
        return OpenPort(
            self.target.address, port.number, port.service, port.product, port.version, port.tls, login_reason=reason
        )


def _printer_has_answered(said: bytes) -> bool:
    """Whether that is all of a printer's answer, which ends with a form feed, or the beginning of none."""
    return b"\f" in said or (bool(said) and not PRINTERS_ANSWER.startswith(said[: len(PRINTERS_ANSWER)]))


def _likely(number: int, before: OpenPort | None) -> Iterator[tuple[ReportedPort, Protocol]]:
    """What it was the last time, and what the port's number lets expect."""
    again = named(before.service) if before else None
    if before is not None and again is not None:
        yield ReportedPort(number, tls=before.tls), again
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
