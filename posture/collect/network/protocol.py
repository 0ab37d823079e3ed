from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from posture.collect.network.conversation import (
    READ_LIMIT,
    TIME_LIMIT,
    CertificateWanted,
    Conversation,
    Ending,
    handshake_failed,
    sendable,
)
from posture.collect.network.identity import NAMELESS, Identity
from posture.collect.network.tls import client_certificate
from posture.collect.scope import Permit, ScopeGate
from posture.facts.network import Login, Transcript

CERTIFICATE_WANTED = "it lets in only who shows a TLS client certificate"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What an exchange showed. A login that is needed before anything is spoken at all is a TLS client certificate.

    `speaks` is whether the other side proved to speak the protocol, `refuses_others` whether it said, asked from its
    own machine, that it turns all other machines away. `product` and `version` are what it said of itself,
    `weakness` what is wrong though a login is needed (see :class:`OpenPort`).
    `silent` is whether nothing at all came back, not even the end of the connection.
    """

    login: Login
    reason: str
    transcript: tuple[Transcript, ...] = ()
    speaks: bool = True
    refuses_others: bool = False
    product: str = ""
    version: str = ""
    weakness: str = ""
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Approach:
    """How to reach a service: the way through the scope gate, and the port with what is known of it.

    `seconds` bounds one exchange, `most` the bytes that are read of it. `server_name` is sent as SNI with TLS, where
    there is one. `identity` is what we call ourselves where the protocol has a place for it.
    """

    gate: ScopeGate
    permit: Permit
    port: int
    clock: Callable[[], datetime]
    tls: bool = False
    seconds: float = TIME_LIMIT
    most: int = READ_LIMIT
    server_name: str = ""
    identity: Identity = NAMELESS

    @contextmanager
    def open(self) -> Iterator[Conversation]:
        """Open one conversation with the service; it is closed at the end whatever happens.

        Raises:
            ScopeError: the permit does not hold any more.
            CertificateWanted: TLS 1.2 failed, and a second connection showed that a client certificate is asked for.
            OSError: no connection, or no TLS on it.
        """
        talk = self._connected(self.most)
        try:
            if self.tls:
                self._start_tls(talk)
            yield talk
        finally:
            talk.close()

    def _connected(self, most: int) -> Conversation:
        self.gate.take_turn()
        end = time.monotonic() + self.seconds
        connection = self.gate.connect(self.permit, self.port, self.seconds)
        return Conversation(connection, self.clock, end, limit=self.seconds, most=most)

    def _start_tls(self, talk: Conversation) -> None:
        try:
            talk.start_tls(self.server_name)
        except OSError as error:
            if not handshake_failed(error):
                raise
            talk.close()
            if self._asks_for_certificate():
                raise CertificateWanted(*error.args) from error
            raise

    def _asks_for_certificate(self) -> bool:
        try:
            again = self._connected(client_certificate.MOST)
        except OSError:
            return False
        try:
            return client_certificate.is_asked_for(again, sendable(self.server_name))
        finally:
            again.close()


def _greets_never(_greeting: bytes) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Protocol:
    """How one protocol is confirmed.

    `name` and `aliases` are nmap's names, `ports` where it usually is, `tls_ports` where it usually is behind TLS from
    the first byte, `sends` says for people what is sent. `confirm` raises OSError and ScopeError as the connection
    does; it must tell by `speaks` whether the other side is of this protocol at all, since it is asked on usual ports
    before anybody has named them. `greets` recognises the first bytes of servers that speak first. `seconds` bounds the
    exchange, where it takes many round trips.
    """

    name: str
    ports: tuple[int, ...]
    sends: str
    confirm: Callable[[Approach], Confirmed]
    aliases: tuple[str, ...] = ()
    greets: Callable[[bytes], bool] = _greets_never
    tls_ports: tuple[int, ...] = ()
    seconds: float = TIME_LIMIT


def unclear(talk: Conversation, asked: str, label: str) -> Confirmed:
    """For an answer that the protocol does not know, or none.

    Args:
        talk: up to here.
        asked: how the sentence begins: ``asked with PING``.
        label: the protocol's name for people.
    """
    if talk.ending is Ending.WANTS_CERTIFICATE:
        return Confirmed(Login.REQUIRED, CERTIFICATE_WANTED, tuple(talk.transcript), speaks=False)
    did = f"answered something that is not {label}" if talk.ending is Ending.ANSWERED else talk.ended()
    silent = talk.ending is Ending.SILENT and not any(entry.received for entry in talk.transcript)
    return Confirmed(Login.UNKNOWN, f"{asked}, it {did}", tuple(talk.transcript), speaks=False, silent=silent)
