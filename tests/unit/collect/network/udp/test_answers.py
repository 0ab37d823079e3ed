"""Answers may hold anything: readers neither raise nor believe, and an address cannot make us listen for ever."""

from __future__ import annotations

import errno
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.collect.network.target import Target
from posture.collect.network.udp.exchange import MOST_BYTES, MOST_DATAGRAMS
from posture.collect.network.udp.look import contacts, look_at_udp
from posture.collect.network.udp.table import SERVICES

every_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
REFLECT_EXACTLY = {"echo"}  # whose protocol it is to send the request back


def test_each_port_is_one_service() -> None:
    """Answers are told apart by port; the plan tells what each is asked."""
    assert len({service.port for service in SERVICES}) == len({service.name for service in SERVICES}) == len(SERVICES)
    assert [port for port, _, _ in contacts()] == [service.port for service in SERVICES]
    assert all(service.source and what for service, (_, _, what) in zip(SERVICES, contacts(), strict=True))


@every_service
@settings(max_examples=25)
@given(data=st.data())
def test_readers_never_raise(service, data) -> None:
    """Whatever comes: noise, the request itself, or the request with bytes changed and cut."""
    answers = []
    for request in service.requests:
        changed = st.tuples(st.integers(0, len(request.payload)), st.binary(max_size=40)).map(
            lambda at, payload=request.payload: payload[: at[0]] + at[1]
        )
        answers.append(tuple(data.draw(st.lists(st.one_of(st.binary(max_size=80), changed), max_size=2))))
    if any(answers):
        service.read(answers)


@every_service
def test_an_echo_is_no_answer(service) -> None:
    """What sends every datagram back speaks no protocol but echo."""
    seen = service.read([(request.payload,) for request in service.requests])
    assert (seen is not None) == (service.name in REFLECT_EXACTLY)


@every_service
@pytest.mark.parametrize(
    "noise", [b"", b"\0", b"\0" * 512, b"\xff" * 512, b"hello\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"]
)
def test_noise_is_no_answer(service, noise) -> None:
    """A server of another protocol on the port is not taken for this one; a quote of the day may be any text."""
    seen = service.read([(noise,)] + [()] * (len(service.requests) - 1))
    assert seen is None or (service.name == "qotd" and noise.isascii() and len(noise) > 3)


def only(*names):
    return tuple(service for service in SERVICES if service.name in names)


def test_a_flood_is_bounded(host) -> None:
    """Four thousand datagrams for one: a bounded number is counted, and it is not called echo."""
    host.emulate("flood", 7)
    (port,), asked, unasked = host.room.do(look_at_udp, host.target, only("echo", "daytime"))
    assert (port.service, asked, unasked) == ("", (7, 13), ())
    assert port.amplification.datagrams <= MOST_DATAGRAMS
    assert port.amplification.received <= MOST_BYTES + 1400
    assert all(len(exchange.received) < 5000 for exchange in port.transcript)


def test_lies_about_lengths_name_nothing(host) -> None:
    """Half a request, an empty datagram: something answers, and what it is stays open."""
    host.emulate("garbage", 161)
    (port,), *_ = host.room.do(look_at_udp, host.target, only("snmp"))
    assert port.service == ""
    assert port.login_reason == "it answered something that is not snmp"


def test_what_cannot_be_sent_was_not_asked(host, make_gate) -> None:
    """A network without a way there, an authorization without that address: not silence."""
    gate = make_gate("203.0.113.0/28")
    for address in ("203.0.113.2", "127.0.0.1"):
        target = replace(host.target, gate=gate, address=address)
        found, asked, unasked = host.room.do(look_at_udp, target, only("echo", "domain"))
        assert (found, asked) == ((), ())
        assert [port for port, _ in unasked] == [7, 53]
        assert all(reason for _, reason in unasked)


class OutOfSockets(Target):
    """After the first three requests this machine has no socket left."""

    __slots__ = ("opened",)

    def datagrams(self, port, purpose, *, answers_from_any_port=False):
        object.__setattr__(self, "opened", getattr(self, "opened", 0) + 1)
        if self.opened > 3:
            raise OSError(errno.EMFILE, "Too many open files")
        return super().datagrams(port, purpose, answers_from_any_port=answers_from_any_port)


def test_a_port_that_was_sent_some_of_its_requests_was_not_asked(host, clock) -> None:
    """The one kept back may be the one that would have been answered."""
    target = OutOfSockets(host.target.gate, host.target.address, clock, host.target.deadline)
    found, asked, unasked = host.room.do(look_at_udp, target, only("echo", "snmp", "domain"))
    assert (found, asked) == ((), (7, 53))
    assert [port for port, _ in unasked] == [161]
    assert all("Too many open files" in reason for _, reason in unasked)
    assert "of its " in dict(unasked)[161]


def test_after_the_deadline_nothing_is_sent(host, clock) -> None:
    """The time for a host is a limit, and what was not asked is not said to be silent."""
    late = replace(host.target, deadline=clock() - timedelta(seconds=1))
    assert host.room.do(look_at_udp, late)[:2] == ((), ())


def test_closed_and_silent_ports_were_asked(host) -> None:
    """ICMP says closed at once; without it we wait, and say that we asked."""
    assert isinstance(host.target, Target)
    assert host.room.do(look_at_udp, host.target, only("echo", "tftp")) == ((), (7, 69), ())
