"""Two nights of a rolling look with the real nmap, in a network of the test's own."""

from __future__ import annotations

import shutil
import socket
import threading
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta

import pytest

from posture.collect.network.collect import collect_outside
from posture.collect.network.scanner import Scanner
from posture.collect.network.sweep.pool import SweepPool
from posture.collect.network.sweep.wanted import Rates
from posture.facts.factset import Facts
from posture.facts.host import ListeningSockets, Socket
from posture.facts.network import PortSweep
from posture.model.resource import Resource, ResourceKind

pytestmark = pytest.mark.skipif(not shutil.which("nmap"), reason="nmap is not installed")

FAST = Rates(100_000, 100_000, 50_000)  # nothing is between the test and its host
# Behind a firewall, say: whether it can be reached is known every night, not only when its port has its turn.
LISTENED = ListeningSockets((Socket("tcp", "0.0.0.0", 45_000),), True, datetime(2026, 6, 1, tzinfo=UTC))
HOST = Resource(ResourceKind.HOST, "web1", "198.51.100.20")


def listening(*ports: int) -> ExitStack:
    """Speaks some FTP on these ports of the host until it is closed: nmap waits a minute for who says nothing."""
    stack = ExitStack()
    for port in ports:
        server = stack.enter_context(socket.socket())
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((HOST.address, port))
        server.listen(50)
        stack.callback(server.shutdown, socket.SHUT_RDWR)
        threading.Thread(target=greet, args=(server,), daemon=True).start()
    return stack


def greet(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=talk, args=(connection,), daemon=True).start()


def talk(connection: socket.socket) -> None:
    with connection, suppress(OSError):
        connection.settimeout(10)
        connection.sendall(b"220 (vsFTPd 3.0.3)\r\n")
        while connection.recv(4096):
            connection.sendall(b"530 Permission denied.\r\n")


def night(room, make_gate, clock, number: int, known: Facts):
    """The look of that night, and what the log says was sent."""

    def then():
        return clock() + timedelta(days=number)

    gate = make_gate(valid_for=timedelta(days=9))
    gate.clock = then
    scanner = Scanner(then, SweepPool(then, FAST), rolling=True)
    seen = room.do(collect_outside, HOST, gate, scanner, then() + timedelta(minutes=5), known)[PortSweep]
    assert isinstance(seen, PortSweep), seen
    return seen, " ".join(action.what for action in gate.log.actions)


def test_the_second_night_costs_a_fraction_and_forgets_nothing_that_was_open(empty_room, make_gate, clock):
    """What closed is gone, what opened in tonight's slice is there, and no more is claimed than was looked at."""
    if not empty_room.alone:
        pytest.skip("needs root for a network of its own")
    with empty_room.do(listening, 2121, 50_123, 50_124):
        first, _ = night(empty_room, make_gate, clock, 0, {})
    assert {port.port for port in first.open} == {2121, 50_123, 50_124}, (first.incomplete, first.swept, first.filtered)
    assert (first.swept, first.looked, first.ports) == (65_535, (), "1-65535")

    with empty_room.do(listening, 2121, 3_111, 40_404, 50_124):
        second, sent = night(empty_room, make_gate, clock, 1, {PortSweep: first, ListeningSockets: LISTENED})
    assert {port.port for port in second.open} == {2121, 3_111, 50_124}, "40404 has its turn in another night"
    assert second.swept < 65_535 / 10
    assert second.ports == "1-65535"
    assert second.looked[0].at == second.started
    assert {slice_.at for slice_ in second.looked[1:]} == {first.started}
    assert [second.tries(port) for port in (2121, 50_123, 45_000, 40_404)] == [True, True, True, False]
    assert "1-65535" not in sent
