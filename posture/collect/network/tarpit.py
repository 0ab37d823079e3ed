"""Hosts that seem to have thousands of open ports: something in front answers for all of them, or the host lies.

Measured: a tarpit made nmap report 32,053 open ports. SYN proxies against denial of service do the same to a host that
has five.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

from posture.collect.scope import Connection, Permit, ScopeGate

PLAUSIBLE = 1_000  # open ports that are believed unseen
IMPOSSIBLE = 10_000  # open ports that are not believed, whatever they say
SAMPLE = 16  # ports tried in between
CONNECT_SECONDS = 2.0
LISTEN_SECONDS = 4.0  # for all of the sample together, once in silence and once after an empty line
_WHAT = (
    "a tarpit or a SYN proxy answers for this host, so which services it really has cannot be told. Let the auditor's "
    "address through what stands in front of it and audit again"
)


def doubted(gate: ScopeGate, permit: Permit, ports: Sequence[int]) -> str:
    """Why this many open ports cannot be believed; empty if they can.

    Raises:
        ScopeError: the permit does not hold any more.
    """
    if len(ports) <= PLAUSIBLE:
        return ""
    tried = sample(ports)
    spoke = _speaking(gate, permit, tried)
    if len(ports) < IMPOSSIBLE and len(spoke) * 2 >= len(tried):
        return ""
    return (
        f"{len(ports):,} of 65,535 ports accept connections, and of {len(tried)} that were tried {len(spoke)} said "
        f"anything: {_WHAT}"
    )


def at_random(opened: int, tried: int) -> str:
    """Why a host is doubted that accepts connections on so many of some ports picked at random; see ``sweep.scout``."""
    return f"{opened} of {tried} ports picked at random accept connections: {_WHAT}"


def sample(ports: Sequence[int]) -> tuple[int, ...]:
    """Ports evenly spread over those found open, always the same ones."""
    return tuple(ports[i * len(ports) // SAMPLE] for i in range(min(SAMPLE, len(ports))))


def _speaking(gate: ScopeGate, permit: Permit, ports: Sequence[int]) -> set[int]:
    with ExitStack() as stack:
        connections = {}
        for port in ports:
            try:
                connections[stack.enter_context(closing(gate.connect(permit, port, CONNECT_SECONDS)))] = port
            except OSError:
                continue
        with _watch(connections) as ready:
            spoke = _heard(ready)
            for connection, port in connections.items():
                if port not in spoke:
                    gate.still(permit)  # the listening took a while
                    _nudge(connection)
            return spoke | _heard(ready)


@contextmanager
def _watch(connections: dict[Connection, int]) -> Iterator[selectors.BaseSelector]:
    with selectors.DefaultSelector() as ready:
        for connection, port in connections.items():
            ready.register(connection, selectors.EVENT_READ, port)
        yield ready


def _heard(ready: selectors.BaseSelector) -> set[int]:
    """The ports that send a byte before time is up; those that spoke or hung up are not watched any longer."""
    spoke: set[int] = set()
    end = time.monotonic() + LISTEN_SECONDS
    while ready.get_map() and (left := end - time.monotonic()) > 0:
        for key, _ in ready.select(left):
            if _speaks(key.fileobj):
                spoke.add(key.data)
            ready.unregister(key.fileobj)
    return spoke


def _speaks(connection: object) -> bool:
    try:
        return isinstance(connection, Connection) and bool(connection.recv(1))
    except OSError:
        return False


def _nudge(connection: Connection) -> None:
    try:
        connection.sendall(b"\r\n\r\n")
    except OSError:
        return
