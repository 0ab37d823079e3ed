"""All requests to one address side by side: what went out, and what came back in time.

Every request has a socket of its own, so that each answer belongs to one request. Two tries a second apart; a third
where nothing at all answered. What an address may send back is bounded per request, in datagrams and in bytes.
"""

from __future__ import annotations

import errno
import selectors
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

from posture.collect.network.target import Target
from posture.collect.network.udp.request import Request, UdpService
from posture.collect.scope import Datagrams, ScopeError

WINDOW = 1.0  # seconds after each try
TRIES = 2
MOST_TRIES = 3  # where nothing at all answered: a third, because a lost packet and a closed port look the same
MOST_BYTES = 65_536  # of the answers to one request
MOST_DATAGRAMS = 256
_AT_ONCE = 0.001  # seconds to wait for a datagram that select(2) has announced


@dataclass(slots=True)
class Asked:
    """One request and its fate. `sent` and `received` count bytes of payload.

    `way` is gone when nothing more is expected: the port is closed, the network has no way there, or too much came.
    `answered_at` is the time of the first datagram. `unsent` says why nothing went out; then nothing is known.
    """

    service: UdpService
    request: Request
    way: Datagrams | None = None
    sent: int = 0
    received: int = 0
    datagrams: list[bytes] = field(default_factory=list)
    answered_at: datetime | None = None
    refused: bool = False
    unsent: str = ""

    @property
    def open_question(self) -> bool:
        """Whether another try may bring more."""
        return not (self.datagrams or self.refused or self.unsent)

    @property
    def factor(self) -> float:
        """Bytes received for each byte sent, all tries counted."""
        return self.received / self.sent if self.sent else 0.0


def ask_all(target: Target, services: Iterable[UdpService]) -> list[Asked]:
    """Send every request and listen.

    Args:
        target: the address.
        services: whose requests are sent.

    Returns:
        Every request, with what became of it.
    """
    every = [Asked(service, request) for service in services for request in service.requests]
    with ExitStack() as ways, selectors.DefaultSelector() as selector:
        for attempt in range(MOST_TRIES):
            pending = [one for one in every if one.open_question]
            answered = any(one.datagrams for one in every)
            if not pending or target.late or (attempt >= TRIES and answered):
                break
            for one in pending:
                _send(target, one, ways, selector)
            _listen(selector)
    for one in every:
        one.way = None
        if not one.sent and not one.unsent:
            one.unsent = "the time for this host was over"
    return every


def _send(target: Target, one: Asked, ways: ExitStack, selector: selectors.BaseSelector) -> None:
    """Send a request, on its own socket; a further try uses the same."""
    service = one.service
    try:
        if one.way is None:
            purpose = f"ask for {service.name}"
            way = target.datagrams(service.port, purpose, answers_from_any_port=service.answers_from_any_port)
            one.way = ways.enter_context(way)
            selector.register(one.way.connection, selectors.EVENT_READ, one)
        one.way.send(one.request.payload)
        one.sent += len(one.request.payload)
    except ScopeError as error:
        if not one.sent:
            one.unsent = str(error)
    except ConnectionRefusedError:  # the ICMP answer to the try before
        _refuse(one, selector)
    except OSError as error:
        if not one.sent:
            one.unsent = error.strerror or str(error)


def _listen(selector: selectors.BaseSelector) -> None:
    end = time.monotonic() + WINDOW
    while (left := end - time.monotonic()) > 0 and selector.get_map():
        for key, _ in selector.select(left):
            _hear(key.data, selector)


def _hear(one: Asked, selector: selectors.BaseSelector) -> None:
    way = one.way
    if way is None:
        return
    try:
        datagram = way.receive(_AT_ONCE)
    except OSError as error:
        if error.errno == errno.ENETUNREACH and not one.datagrams:
            one.unsent, one.sent = "a router on the way has no route to the network", 0
        _refuse(one, selector)
        return
    if datagram is None:
        return
    one.datagrams.append(datagram)
    one.received += len(datagram)
    one.answered_at = one.answered_at or way.gate.clock()
    if one.received >= MOST_BYTES or len(one.datagrams) >= MOST_DATAGRAMS:
        _stop(one, selector)


def _refuse(one: Asked, selector: selectors.BaseSelector) -> None:
    """ICMP says that the port is closed, or that a firewall rejects (RFC 792, RFC 1122)."""
    one.refused = True
    _stop(one, selector)


def _stop(one: Asked, selector: selectors.BaseSelector) -> None:
    if one.way is not None:
        selector.unregister(one.way.connection)
        one.way = None
