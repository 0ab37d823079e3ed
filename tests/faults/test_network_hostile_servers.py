"""Servers that attack whoever asks them: every answer is bounded, harmless, and never taken for "no login"."""

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.collect.network.confirm import named, protocols
from posture.collect.network.conversation import READ_LIMIT
from posture.collect.network.nmap_report import ReportedPort
from posture.collect.network.protocol import Approach
from posture.collect.network.questions import Questioner
from posture.collect.network.target import Target
from posture.collect.scope import ScopeGate
from posture.facts.network import Login
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.text import visible

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NAMES = [protocol.name for protocol in protocols()]
HOSTILE = b"\x1b]0;owned\x07\x1b[2J\x9b6n<script>alert(1)</script>\xff\xfe\xed\xa0\x80\xe2\x80\xae\x00" + b"A" * 200


class Unlogged:
    def record(self, action) -> None:
        pass


def gate(valid_until: datetime = NOW + timedelta(days=1)) -> ScopeGate:
    grant = Authorization(AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", NOW - timedelta(days=1), valid_until)
    owner = Customer("bakery", "Bakery", grant, networks=(ip_network("127.0.0.0/8"),))
    return ScopeGate(owner, "run-1", lambda: NOW, Unlogged())


@contextmanager
def serving(treat: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on loopback that treats every client so; yields its port."""
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                client.settimeout(2)
                try:
                    treat(client)
                except OSError:
                    continue

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def silent(client: socket.socket) -> None:
    while client.recv(4096):
        pass


def hang_up(_client: socket.socket) -> None:
    pass


def flood(client: socket.socket) -> None:
    while True:
        client.sendall(HOSTILE * 100)


def drip(client: socket.socket) -> None:
    for byte in itertools.cycle(b"A"):
        client.sendall(bytes([byte]))
        time.sleep(0.02)


def insult(client: socket.socket) -> None:
    client.sendall(HOSTILE + b"\r\n")
    silent(client)


def negotiate_for_ever(client: socket.socket) -> None:
    while True:
        client.sendall(b"\xff\xfd\x18")
        time.sleep(0.005)


def asked(protocol: str, port: int, seconds: float = 0.4):
    there = gate()
    approach = Approach(there, there.permit("127.0.0.1", f"confirm {protocol}"), port, lambda: NOW, seconds=seconds)
    return named(protocol).confirm(approach)


@pytest.mark.parametrize("protocol", NAMES)
@pytest.mark.parametrize("treat", [silent, hang_up, flood, drip, insult, negotiate_for_ever])
def test_a_hostile_server_is_unknown_with_a_reason(protocol, treat):
    """Silence, a flood, one byte at a time, terminal escapes: an end of our own, a reason, harmless evidence.

    Most of these servers would go on for ever, and none of them ends a conversation that goes on: that `asked` returns
    before the reading limit is reached is the end in time.
    """
    with serving(treat) as port:
        seen = asked(protocol, port)
    assert seen.login is Login.UNKNOWN
    assert seen.reason
    for entry in seen.transcript:
        assert len(entry.received) < READ_LIMIT
        assert all(line == visible(line) for line in entry.received.split("\n"))


@pytest.mark.parametrize("protocol", NAMES)
@settings(max_examples=25)
@given(words=st.lists(st.binary(max_size=80), max_size=3))
def test_no_bytes_break_a_confirmation(protocol, words):
    """Whatever a server answers, there is a result, and its evidence is printable."""

    def answer(client: socket.socket) -> None:
        for word in words:
            client.sendall(word)

    with serving(answer) as port:
        seen = asked(protocol, port)
    assert all(visible(line) == line for entry in seen.transcript for line in entry.received.split("\n"))
    assert seen.login is not Login.UNKNOWN or seen.reason


@pytest.mark.parametrize(
    ("treat", "reason"),
    [
        (silent, "asked with PING, it said nothing within 1 s"),
        (hang_up, "asked with PING, it closed the connection without a word"),
        (
            lambda client: client.sendall(b"HTTP/1.1 400\r\n"),
            "asked with PING, it answered something that is not Redis",
        ),
        (drip, "asked with PING, it said nothing more within 1 s"),
    ],
)
def test_the_reason_is_a_sentence_for_the_customer(treat, reason):
    """It says what was asked and what came of it."""
    with serving(treat) as port:
        seen = asked("redis", port)
    assert seen.reason == reason


@pytest.mark.parametrize(
    "reply",
    [
        b"530 Non-anonymous sessions must use encryption.",  # vsftpd
        b"550 SSL/TLS required on the control channel",  # ProFTPD
        b"421 Sorry, cleartext sessions are not accepted on this server.",  # Pure-FTPd
    ],
)
def test_an_ftp_server_that_wants_tls_and_has_none_is_not_one_that_asks_for_an_account(reply):
    """Without TLS the question was not answered, whatever the code."""

    def refuse(client: socket.socket) -> None:
        client.sendall(b"220 FTP\r\n")
        while client.recv(4096):
            client.sendall(reply + b"\r\n")

    with serving(refuse) as port:
        seen = asked("ftp", port)
    assert (seen.login, seen.reason) == (Login.UNKNOWN, "it wants TLS before any login")


@pytest.mark.parametrize(
    ("about", "bind", "others_refused"),
    [(b"7.2.4", b"0.0.0.0", True), (b"6.2.14", b"", True), (b"6.2.14", b"0.0.0.0", False)],
)
def test_protected_mode_before_redis_7_needs_that_no_address_is_bound(about, bind, others_refused):
    """`bind 0.0.0.0` switches it off there, whatever the setting says."""

    def redis(client: socket.socket) -> None:
        while said := client.recv(4096):
            if b"PING" in said:
                client.sendall(b"+PONG\r\n")
            elif b"INFO" in said:
                client.sendall(b"$%d\r\nredis_version:%s\r\n" % (len(about) + 14, about))
            elif b"protected-mode" in said:
                client.sendall(b"*2\r\n$14\r\nprotected-mode\r\n$3\r\nyes\r\n")
            else:
                client.sendall(b"*2\r\n$4\r\nbind\r\n$%d\r\n%s\r\n" % (len(bind), bind))

    with serving(redis) as port:
        seen = asked("redis", port)
    assert (seen.login, seen.refuses_others) == (Login.NOT_NEEDED, others_refused)


def test_a_shell_without_a_login_is_seen():
    """A prompt that waits, with no login before it, needs no login."""

    def shell(client: socket.socket) -> None:
        client.sendall(b"\xff\xfb\x01\r\nBusyBox v1.36\r\n/ # ")
        silent(client)

    with serving(shell) as port:
        assert asked("telnet", port).login is Login.NOT_NEEDED


def test_a_banner_that_looks_like_a_prompt_is_none():
    """Rows of # before the login are no shell."""

    def banner(client: socket.socket) -> None:
        client.sendall(b"\xff\xfb\x01\r\n######## #")
        time.sleep(0.1)
        client.sendall(b"\r\nrouter login: ")
        silent(client)

    with serving(banner) as port:
        assert asked("telnet", port).login is Login.REQUIRED


@pytest.mark.parametrize(
    ("packet", "login"),
    [
        (
            b"\x4a\0\0\0\xff\x6a\x04Host '192.0.2.1' is not allowed to connect to this MariaDB server" + b" " * 7,
            "refused",
        ),
        (b"\x17\0\0\0\xff\x10\x04Too many connections", "unknown"),
        (b"\x1b\0\0\0\xff\x69\x04Host 'x' is blocked because", "unknown"),  # ours only: no rule keeps others out
    ],
)
def test_a_database_that_turns_us_away_says_so_in_its_greeting(packet, login):
    """MySQL's error packets 1130 and 1040 come instead of the greeting."""
    with serving(lambda client: client.sendall(packet)) as port:
        assert asked("mysql", port).login == login


def test_a_service_nobody_can_ask_keeps_its_port():
    """When the authorization ended, or the port is shut by now, the port stays with the reason."""
    ended = Questioner(Target(gate(valid_until=NOW), "127.0.0.1", lambda: NOW, NOW + timedelta(minutes=1)))
    assert "MSA-7.1" in ended.ask(ReportedPort(6379, "redis"), "").login_reason
    with socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))
        port = ReportedPort(shut.getsockname()[1], "redis", "Redis")
        found = Questioner(Target(gate(), "127.0.0.1", lambda: NOW, NOW + timedelta(minutes=1))).ask(port, "")
    assert (found.service, found.product, found.login) == ("redis", "Redis", Login.UNKNOWN)
    assert "no connection" in found.login_reason


def test_when_time_is_over_nothing_more_is_asked():
    late = Questioner(Target(gate(), "127.0.0.1", lambda: NOW, NOW))
    assert "time" in late.ask(ReportedPort(6379), "").login_reason
    assert late.ask(ReportedPort(6379), "").maybe == "*"


def test_a_port_that_is_silent_to_its_usual_protocol_may_speak_it_all_the_same():
    """Nothing answers on Redis' port in time: that is not the absence of Redis."""
    asking = Questioner(Target(gate(), "127.0.0.1", lambda: NOW, NOW + timedelta(minutes=1)))
    assert asking.ask(ReportedPort(6379), "").maybe == "redis"
    assert asking.ask(ReportedPort(6379), "nmap was stopped").maybe == "*"
    assert asking.ask(ReportedPort(8080, "http"), "").maybe == ""
