"""Runs the collector on a host over SSH: one connection, one key, one attempt, one round trip.

The host's key is compared with the inventory before anything is proved to it. A watch closes the connection when the
time, or the customer's authorization, is over: several of paramiko's waits know no limit of their own.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import paramiko
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm

from posture.collect.host.capture import Capture, Limit, NotCollected
from posture.collect.host.program import COMMAND, program
from posture.collect.host.ssh_faults import NO_ANSWER, said, unreachable, why
from posture.collect.host.ssh_key import login_key
from posture.collect.scope import Connection, Permit, ScopeGate
from posture.model.resource import SshAccess
from posture.model.text import visible

PURPOSE = "host audit over SSH"
LOGIN_SECONDS = 30.0  # for each of connecting, key exchange, login and opening the session
_STEP = 0.2  # seconds between looks at the clock

# Cheap and strong first; SHA-1, MD5, CBC and 3DES, which paramiko still offers, are left out.
_KEX = (
    "curve25519-sha256@libssh.org", "curve25519-sha256", "mlkem768x25519-sha256", "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512",
)  # fmt: skip
_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
_DIGESTS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")

# What paramiko raises for what the other side sends: its parsers hand on whatever they stumbled over.
_FAULTS = (
    paramiko.SSHException, OSError, EOFError, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError,
    ValueError, struct.error, InvalidTag, UnsupportedAlgorithm,
)  # fmt: skip

logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)  # it logs what hosts send, as they send it


def run_over_ssh(address: str, access: SshAccess, gate: ScopeGate, capture: Capture, limit: Limit) -> None:
    """Log in, run the collector and gather what it says until the limit or the end of the permit.

    Raises:
        ScopeError: the address may not be contacted; nothing was sent.
        NotCollected: no connection, another host's key, or no login.
    """
    permit = gate.permit(address, PURPOSE)
    key = login_key(access.key)
    if permit.expires <= limit.deadline:
        ended = f"{permit.ends_with} ended at {permit.expires.isoformat()} and the connection was cut"
        limit = Limit(limit.clock, permit.expires, ended)
    connection = _connected(gate, permit, access.port, limit)
    result = "failed"
    try:
        with _transport(connection, capture, limit) as transport:
            _check_host_key(transport, access, _place(permit, access.port), limit, capture)
            _log_in(transport, access.user, key, limit, capture)
            _collect(transport, capture)
        result = capture.ended or f"{len(capture.output)} bytes read"
    finally:
        gate.record(permit, f"{PURPOSE}: {access.user} ran the collector", f"port {access.port}/tcp", result)


def _place(permit: Permit, port: int) -> str:
    return f"{permit.address} port {port}"


def _connected(gate: ScopeGate, permit: Permit, port: int, limit: Limit) -> Connection:
    try:
        return gate.connect(permit, port, limit.seconds(LOGIN_SECONDS))
    except OSError as error:
        raise NotCollected(f"no SSH connection to {_place(permit, port)}: {unreachable(error)}") from error


@contextmanager
def _transport(connection: Connection, capture: Capture, limit: Limit) -> Iterator[paramiko.Transport]:
    """A transport that is closed at the end, at the limit at the latest, and leaves no thread behind."""
    done = threading.Event()
    try:
        transport = paramiko.Transport(connection)
    except _FAULTS as error:
        connection.close()
        raise NotCollected(f"the SSH connection broke at once: {said(error)}") from error

    def watch() -> None:
        while not done.wait(_STEP):
            if limit.reached:
                capture.end(limit.reason)
                break
        transport.close()
        transport.packetizer.complete_handshake()  # stops a timer that paramiko forgets when the handshake fails
        connection.close()

    watcher = threading.Thread(target=watch, name="ssh-watch", daemon=True)
    watcher.start()
    try:
        _configure(transport)
        yield transport
    finally:
        done.set()
        watcher.join()
        if transport.is_alive():
            transport.join(5)


def _configure(transport: paramiko.Transport) -> None:
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = LOGIN_SECONDS
    transport.channel_timeout = LOGIN_SECONDS
    options = transport.get_security_options()
    options.kex = tuple(name for name in _KEX if name in options.kex)
    options.ciphers = tuple(name for name in _CIPHERS if name in options.ciphers)
    options.digests = tuple(name for name in _DIGESTS if name in options.digests)


def _check_host_key(
    transport: paramiko.Transport, access: SshAccess, place: str, limit: Limit, capture: Capture
) -> None:
    """Exchange keys and refuse a host that is not the one in the inventory."""
    try:
        transport.start_client(timeout=limit.seconds(LOGIN_SECONDS))
        if not transport.initial_kex_done:
            raise TimeoutError(NO_ANSWER)  # which start_client leaves unsaid
        found = fingerprint(transport.get_remote_server_key())
    except paramiko.ssh_exception.IncompatiblePeer as error:
        detail = visible(str(error), 200)
        raise NotCollected(
            f"the SSH server on {place} knows no algorithm that is still considered strong ({detail}); "
            "update it or its configuration"
        ) from error
    except _FAULTS as error:
        raise NotCollected(f"no SSH key exchange with {place}: {why(error, capture)}") from error
    if found not in {key.rstrip("=") for key in access.host_keys}:
        expected = ", ".join(visible(key) for key in access.host_keys) or "none"
        raise NotCollected(
            f"{place} is not the host of the inventory: its key is {found}, expected {expected}. Nothing was sent "
            "beyond the key exchange. If the host was set up anew, confirm its key on its console "
            "(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub, or ECDSA or RSA without it) and change host_key"
        )


def fingerprint(key: paramiko.PKey) -> str:
    """``SHA256:`` and unpadded base64, as ``ssh-keygen -l`` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def _log_in(transport: paramiko.Transport, user: str, key: paramiko.PKey, limit: Limit, capture: Capture) -> None:
    """One attempt with one key: more would look like guessing, and hosts lock out who guesses."""
    transport.auth_timeout = limit.seconds(LOGIN_SECONDS)
    who, name = visible(user, 64), fingerprint(key)
    try:
        further = transport.auth_publickey(user, key)
    except paramiko.BadAuthenticationType as error:
        offered = ", ".join(visible(kind, 40) for kind in error.allowed_types[:8])
        raise NotCollected(f"the host takes no key from {who}, only: {offered}. Allow publickey for it") from error
    except paramiko.AuthenticationException as error:
        refused = f"it refused the key {name}; add its public half to {who}'s authorized_keys"
        raise NotCollected(f"the login as {who} failed: {why(error, capture, refused)}") from error
    except _FAULTS as error:
        raise NotCollected(f"the login as {who} failed: {why(error, capture)}") from error
    if further:
        kinds = ", ".join(visible(kind, 40) for kind in further[:8])
        raise NotCollected(f"the host wants more than a key from {who} ({kinds}); exempt the audit's account from it")


def _collect(transport: paramiko.Transport, capture: Capture) -> None:
    """Run the collector and gather both its streams until its last line; a broken connection only ends the capture."""
    try:
        channel = transport.open_session()
        channel.settimeout(_STEP)
        channel.exec_command(COMMAND)
        _gather(channel, program(capture.nonce, capture.key), capture)
    except _FAULTS as error:
        capture.end(f"the SSH session broke: {said(error)}")


def _gather(channel: paramiko.Channel, text: bytes, capture: Capture) -> None:
    """Feed and read at the same time, both streams: whichever is left alone fills up and stops the other."""
    while not capture.over:
        if text and channel.send_ready():
            text = text[channel.send(text[:32768]) :]
            if not text:
                channel.shutdown_write()
        _drain_errors(channel, capture)
        try:
            data = channel.recv(65536)
        except TimeoutError:
            continue
        if data:
            capture.add(data)
        else:
            _drain_errors(channel, capture)
            capture.end("the host ended the session early")


def _drain_errors(channel: paramiko.Channel, capture: Capture) -> None:
    for _ in range(64):
        if not channel.recv_stderr_ready():
            break
        capture.add_error(channel.recv_stderr(65536))
