"""What is left to nmap, what is left alone, and what is kept from night to night."""

import asyncio
import socket
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
import web_lab

from posture.collect.network import questions
from posture.collect.network.questions import Questioner
from posture.collect.network.target import Target
from posture.facts.network import Login, OpenPort

PRINTER = 9100


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Silence is waited for, and how long is not what is tested."""
    for limit in ("LISTEN_SECONDS", "QUICK_SECONDS"):
        monkeypatch.setattr(questions, limit, 0.2)


async def slow_to_greet(reader, writer):
    """Says nothing before it has looked up who calls, as servers with reverse DNS do."""
    await asyncio.sleep(30)


def test_a_port_that_says_nothing_to_us_is_left_to_nmap():
    """Its version detection waits longer and knows more protocols, so nothing is said of the port here."""
    with web_lab.answering(slow_to_greet) as port:
        assert Questioner(web_lab.target()).recognised([port]) == ()


@pytest.mark.parametrize("reason", ["what it speaks was not recognised", "when all was tried, what it speaks was not"])
def test_what_was_not_recognised_before_is_kept_in_the_same_words_each_night(reason):
    """Until its turn it is not left to nmap, and what is said of it does not grow."""
    with web_lab.answering(slow_to_greet) as port:
        before = OpenPort(web_lab.HERE, port, login_reason=reason)
        (found,) = Questioner(web_lab.target(), {port: before}).recognised([port])
    assert found.login_reason.count("when all was tried") == 1
    assert found.login_reason.endswith(reason.removeprefix("when all was tried, "))


def test_what_could_not_be_asked_before_is_asked_now():
    """Where the time was over last night, not all was tried."""
    with web_lab.answering(slow_to_greet) as port:
        before = OpenPort(web_lab.HERE, port, maybe="*", login_reason=questions.LATE)
        assert Questioner(web_lab.target(), {port: before}).recognised([port]) == ()


@contextmanager
def listening(room, treat):
    """On a printer's port; notes all it is sent."""

    def serve() -> None:
        while not over.is_set():
            try:
                client, _ = server.accept()
            except OSError:
                continue
            with client:
                client.settimeout(5)
                try:
                    while said := client.recv(4096):
                        heard.append(said)
                        client.sendall(treat(said))
                except OSError:
                    continue

    over, heard = threading.Event(), []
    server = room.do(socket.create_server, ("127.0.0.1", PRINTER))
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield heard
    finally:
        over.set()
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        server.close()


def recognised(room, make_gate, clock):
    target = Target(make_gate(), "127.0.0.1", clock, clock() + timedelta(minutes=1))
    return room.do(Questioner(target).recognised, [PRINTER])


def test_a_printer_that_tells_its_name_prints_for_anyone(empty_room, make_gate, clock):
    """By the one question that puts nothing on paper (HP, PJL Technical Reference, INFO ID); it is asked no other."""
    with listening(empty_room, lambda _: b'@PJL INFO ID\r\n"HP LaserJet 4\x1b[2J"\r\n\x0c') as heard:
        (port,) = recognised(empty_room, make_gate, clock)
    assert (port.service, port.login, port.login_reason) == ("jetdirect", Login.NOT_NEEDED, "prints for anyone")
    assert port.product == r"HP LaserJet 4\x1b[2J"
    assert port.transcript
    assert heard == [questions.PRINTERS_QUESTION]


def test_what_may_be_a_printer_is_left_alone_and_that_is_said(empty_room, make_gate, clock):
    """A printer without a way back says nothing to any question: it may be one, and it may be anything else."""
    with listening(empty_room, lambda _: b"") as heard:
        (port,) = recognised(empty_room, make_gate, clock)
    assert (port.service, port.maybe, port.login) == ("", "*", Login.UNKNOWN)
    assert "a printer would print" in port.login_reason
    assert heard == [questions.PRINTERS_QUESTION]


def test_a_web_server_on_a_printers_port_is_asked_on(empty_room, make_gate, clock):
    """It complains in HTTP about a question that is none."""
    answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
    with listening(empty_room, lambda _: answer) as heard:
        (port,) = recognised(empty_room, make_gate, clock)
    assert port.service == "http"
    assert len(heard) > 1


def test_another_service_on_a_printers_port_is_asked_on(empty_room, make_gate, clock):
    """A real Redis there is open to anyone, and no printer."""
    empty_room.port("redis", PRINTER)
    empty_room.start("redis", "redis-server", "--port", PRINTER, "--save", "", ready=PRINTER)
    if "redis" not in empty_room.ports:
        pytest.skip("redis-server is not installed")
    (port,) = recognised(empty_room, make_gate, clock)
    assert (port.service, port.login) == ("redis", Login.NOT_NEEDED)
