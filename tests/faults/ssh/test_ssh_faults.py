"""What hosts, networks and people do wrong, or on purpose: always a reason, never a hang, an exception or a guess."""

from __future__ import annotations

import contextlib
import errno
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import ssh_server
from ssh_server import NOW, Clock, Log, customer, free_port, gate, make_key

from posture.collect.host import collect_inside
from posture.collect.host.ssh_faults import unreachable
from posture.facts.factset import INSIDE
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages
from posture.facts.ssh_trust import SshHostTrust
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource, ResourceKind, SshAccess
from posture.model.revocation import Revocation
from posture.model.secret import SecretRef

SOON = NOW + timedelta(seconds=2.5)
LATER = NOW + timedelta(minutes=1)


def reason(facts) -> str:
    """The one reason for which all facts are unavailable, but for whether it is the right host."""
    assert set(facts) == set(INSIDE)
    lacking = [fact for kind, fact in facts.items() if kind is not SshHostTrust or isinstance(fact, Unavailable)]
    assert all(isinstance(fact, Unavailable) for fact in lacking), facts
    (only,) = {fact.reason for fact in lacking}
    return only


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("sleep 60", "ran out"),
        ("cat >/dev/null; sleep 60", "ran out"),
        ("yes", "8 MiB"),
        ("yes >&2", "ran out"),
        ("head -c 300000 /dev/urandom", "did not start"),
        ("echo This account is currently not available.; exit 1", "This account is currently not available."),
        ("exit 0", "It said nothing"),
        ("kill -9 $PPID", "did not start"),
    ],
)
def test_a_host_that_runs_something_else_is_not_assessed(sshd, command, expected):
    """Silence, floods and noise instead of the collector end in time with a reason that says what came."""
    clock = Clock()
    deadline = SOON if expected == "ran out" else LATER
    facts = collect_inside(sshd(f"ForceCommand {command}").resource(), gate(Log(), clock), clock, deadline)
    assert expected in reason(facts)
    assert clock() < deadline + timedelta(seconds=5)


def test_a_connection_lost_in_the_middle_keeps_what_had_arrived_whole(sshd):
    """Sections that ended count; the one that was cut and those behind it do not, and say so."""
    clock = Clock()
    server = sshd("ForceCommand sh -s | head -c 20000")
    facts = collect_inside(server.resource(), gate(Log(), clock), clock, LATER)
    assert isinstance(facts[OsRelease], OsRelease)
    assert "ended" in facts[InstalledPackages].reason


def test_another_host_key_ends_it_before_the_login(sshd):
    """Both fingerprints are named; the server never saw a user name."""
    clock = Clock()
    server = sshd("LogLevel VERBOSE")
    facts = collect_inside(server.resource(host_key="SHA256:" + "A" * 43), gate(Log(), clock), clock, LATER)
    told = reason(facts)
    assert ssh_server.fingerprint(server.folder / "host") in told
    assert "SHA256:" + "A" * 43 in told
    assert "Nothing was sent beyond the key exchange" in told
    time.sleep(0.3)
    assert "root" not in (server.folder / "sshd.log").read_text()


def test_a_refused_key_is_tried_once(sshd, tmp_path: Path):
    """One attempt: hosts lock out who guesses."""
    clock = Clock()
    server = sshd("LogLevel VERBOSE")
    stranger = make_key(tmp_path / "stranger")
    facts = collect_inside(server.resource(key=stranger), gate(Log(), clock), clock, LATER)
    assert ssh_server.fingerprint(stranger) in reason(facts)
    assert "authorized_keys" in reason(facts)
    time.sleep(0.3)
    assert (server.folder / "sshd.log").read_text().count("Failed publickey") == 1


def test_a_host_that_wants_a_second_factor_is_not_assessed(sshd):
    clock = Clock()
    server = sshd("AuthenticationMethods publickey,publickey")
    assert "wants more than a key" in reason(collect_inside(server.resource(), gate(Log(), clock), clock, LATER))


def test_a_host_without_modern_algorithms_is_named_as_such(sshd):
    clock = Clock()
    server = sshd("Ciphers 3des-cbc")
    assert "strong" in reason(collect_inside(server.resource(), gate(Log(), clock), clock, LATER))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda key: key.unlink(), "cannot be read"),
        (lambda key: key.chmod(0o644), "chmod 600"),
        (lambda key: key.write_text("not a key\n"), "no Ed25519, ECDSA or RSA private key"),
        (lambda key: key.write_text(""), "is empty"),
        (lambda key: subprocess.run(["ssh-keygen", "-q", "-p", "-N", "secret", "-f", key], check=True), "passphrase"),
    ],
)
def test_a_key_that_cannot_be_used_sends_nothing(tmp_path: Path, spoil, expected):
    """Found out before the connection: the log has none."""
    clock, log = Clock(), Log()
    key = make_key(tmp_path / "key")
    spoil(key)
    access = SshAccess("root", SecretRef.parse(f"file:{key}"), ("SHA256:x",), free_port())
    resource = Resource(ResourceKind.HOST, "web1", "127.0.0.1", access)
    assert expected in reason(collect_inside(resource, gate(log, clock), clock, LATER))
    assert not log.actions


@contextlib.contextmanager
def tcp_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A TCP server that treats its one visitor as told."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                visitor, _ = listener.accept()
                with visitor:
                    talk(visitor)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
    thread.join(5)


def silence(visitor: socket.socket) -> None:
    while visitor.recv(4096):
        pass


def tarpit(visitor: socket.socket) -> None:
    while True:
        visitor.sendall(b"\x1b]0;owned\x07 welcome\r\n")
        time.sleep(0.05)


def flood(visitor: socket.socket) -> None:
    while True:
        visitor.sendall(b"A" * 65536)


def noise(visitor: socket.socket) -> None:
    visitor.sendall(b"SSH-2.0-OpenSSH_9.2\r\n" + bytes(range(256)) * 64)
    silence(visitor)


def huge_packet(visitor: socket.socket) -> None:
    visitor.sendall(b"SSH-2.0-x\r\n" + b"\xff\xff\xff\xff" * 16)
    silence(visitor)


@pytest.mark.parametrize("talk", [silence, tarpit, flood, noise, huge_packet, lambda visitor: visitor.close()])
def test_a_server_that_is_no_ssh_server_ends_in_time(tmp_path: Path, talk):
    """Silence, banners without end, noise: over at the deadline, with a reason free of terminal escapes."""
    clock = Clock()
    with tcp_server(talk) as port:
        access = SshAccess("root", SecretRef.parse(f"file:{make_key(tmp_path / 'key')}"), ("SHA256:x",), port)
        resource = Resource(ResourceKind.HOST, "web1", "127.0.0.1", access)
        told = reason(collect_inside(resource, gate(Log(), clock), clock, SOON))
    assert "key exchange" in told
    assert told.isprintable()
    assert clock() < SOON + timedelta(seconds=5)


def web_page(visitor: socket.socket) -> None:
    visitor.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"<p>no\r\n" * 200)


def tls(visitor: socket.socket) -> None:
    visitor.sendall(b"\x15\x03\x01\x9b\xff" * 9 + b"\n")


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        (web_page, "not an SSH server: correct the address or the port"),
        (tls, "not an SSH server: correct the address or the port"),
        (lambda visitor: visitor.sendall(b"SSH-1.5-old\r\n"), "update it or its configuration"),
        (lambda visitor: visitor.close(), "let the auditor's address in"),
        (lambda visitor: visitor.sendall(b"SSH-2.0-x\r\n"), "let the auditor's address in"),
        (silence, "an SSH server"),
    ],
)
def test_a_failed_key_exchange_says_what_would_change_it(tmp_path: Path, talk, expected):
    """In words for whoever keeps the inventory, not those of a library."""
    clock = Clock()
    with tcp_server(talk) as port:
        access = SshAccess("root", SecretRef.parse(f"file:{make_key(tmp_path / 'key')}"), ("SHA256:x",), port)
        resource = Resource(ResourceKind.HOST, "web1", "127.0.0.1", access)
        told = reason(collect_inside(resource, gate(Log(), clock), clock, SOON))
    assert expected in told
    assert "banner" not in told
    assert "codec" not in told


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            TimeoutError("timed out"),
            "timed out: let the auditor's address through the firewall, or correct the address",
        ),
        (OSError(errno.ETIMEDOUT, "Connection timed out"), "timed out: let the auditor's address through the firewall"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "No route to host: correct the address in the inventory"),
    ],
)
def test_a_host_that_cannot_be_reached_says_what_would_change_it(error, expected):
    assert expected in unreachable(error)


def test_a_closed_port_says_so(tmp_path: Path):
    clock = Clock()
    access = SshAccess("root", SecretRef.parse(f"file:{make_key(tmp_path / 'key')}"), ("SHA256:x",), free_port())
    resource = Resource(ResourceKind.HOST, "web1", "127.0.0.1", access)
    assert "refused" in reason(collect_inside(resource, gate(Log(), clock), clock, LATER))


def test_an_authorization_that_ends_cuts_the_connection(sshd):
    """Mid-run: the clock passes valid_until, and the session is over within a moment."""
    clock, log = Clock(), Log()
    server = sshd("ForceCommand sleep 60")
    leap = threading.Timer(1.0, lambda: setattr(clock, "ahead", timedelta(minutes=30)))
    leap.start()
    facts = collect_inside(
        server.resource(), gate(log, clock, customer(timedelta(minutes=10))), clock, NOW + timedelta(hours=1)
    )
    leap.join()
    assert re.search(r"authorization \S+ ended at", reason(facts))
    assert clock() < NOW + timedelta(minutes=30, seconds=20)
    assert re.search(r"authorization \S+ ended", log.actions[-1].result)


def test_an_authorization_that_is_revoked_cuts_the_connection(sshd):
    """Mid-run: the collector's session is over within a moment, and the reason is told."""
    clock, log, end = Clock(), Log(), []
    opened = gate(log, clock)
    opened.revoked = lambda customer, reference: end[0] if end else None
    leap = threading.Timer(
        1.0, lambda: end.append(Revocation(opened.customer.id, "MSA-7.1", clock(), "jane", "the customer left"))
    )
    leap.start()
    facts = collect_inside(sshd("ForceCommand sleep 60").resource(), opened, clock, NOW + timedelta(hours=1))
    leap.join()
    assert "was revoked at" in reason(facts)
    assert "the customer left" in log.actions[-1].result
    assert clock() < NOW + timedelta(seconds=20)


def test_an_address_out_of_scope_is_never_contacted(sshd):
    clock, log = Clock(), Log()
    server = sshd()
    resource = server.resource()
    elsewhere = Resource(ResourceKind.HOST, "web1", "127.0.0.2", resource.ssh)
    assert "outside the networks" in reason(collect_inside(elsewhere, gate(log, clock), clock, LATER))
    assert all("refused" in action.result for action in log.actions)


def test_a_host_without_access_says_how_to_give_it():
    facts = collect_inside(Resource(ResourceKind.HOST, "web1", "127.0.0.1"), gate(Log(), Clock()), Clock(), LATER)
    assert "add ssh: {user, key, host_key}" in reason(facts)
