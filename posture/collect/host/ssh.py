"""Runs the collector on a host over SSH: one login, one key, one attempt, one script.

The host is held against what is known of it before anything is proved to it. A watch closes the connection when the
time, or the customer's authorization, is over: several of paramiko's waits know no limit of their own.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from functools import partial

import paramiko

from posture.collect.host.capture import Capture, Limit, NotCollected
from posture.collect.host.program import COMMAND, program
from posture.collect.host.ssh_faults import NO_ANSWER, said, unreachable, why
from posture.collect.host.ssh_key import key_for
from posture.collect.host.ssh_transport import (
    FAULTS,
    LOGIN_SECONDS,
    STEP,
    Transport,
    exchange_keys,
    family,
    open_transport,
    says_something,
)
from posture.collect.host.trust import HostTrust, ShownKey
from posture.collect.host.trust_certificate import fingerprint
from posture.collect.host.turns import LOGINS
from posture.collect.scope import Connection, Permit, ScopeError, ScopeGate
from posture.model.text import visible

PURPOSE = "host audit over SSH"
_STEP_SENDING = 0.05  # seconds to wait for output while there is more to send


def run_over_ssh(trust: HostTrust, gate: ScopeGate, capture: Capture, limit: Limit) -> None:
    """Log in, run the collector and gather what it says until the limit or the end of the permit.

    Raises:
        ScopeError: the address may not be contacted; nothing was sent.
        NotCollected: no connection, a host that is not believed, or no login.
    """
    access = trust.access
    permit = gate.permit(trust.resource.address, PURPOSE)
    key = key_for(access, permit, limit.clock())
    if permit.expires <= limit.deadline:
        ended = f"{permit.ends_with} ended at {permit.expires.isoformat()} and the connection was cut"
        limit = Limit(limit.clock, permit.expires, ended)
    limit = replace(limit, halted=partial(_halted, gate))
    result = "failed"
    try:
        with ExitStack() as session:
            transport = _Visit(trust, gate, permit, capture, limit).log_in(key, session)
            trust.logged_in(fingerprint(key.asbytes()))
            _collect(transport, capture)
        result = capture.ended or f"{len(capture.output)} bytes read"
    finally:
        gate.record(permit, f"{PURPOSE}: {access.user} ran the collector", f"port {access.port}/tcp", result)


def _halted(gate: ScopeGate) -> str:
    """Why the session has to end at once."""
    try:
        end = gate.withdrawn()
    except ScopeError as error:
        return f"{error}; the connection was cut"
    return f"the authorization {end}, and the connection was cut" if end else ""


@dataclass(slots=True)
class _Visit:
    """The way to a login at a host that is believed.

    A connection shows one key of the host, of our choice of type. Where that one is not known, the next connection asks
    for another type: the one that is known may be among them, and whoever confirms the host should see them all.
    """

    trust: HostTrust
    gate: ScopeGate
    permit: Permit
    capture: Capture
    limit: Limit
    shown: list[ShownKey] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"{self.permit.address} port {self.trust.access.port}"

    def log_in(self, key: paramiko.PKey, session: ExitStack) -> Transport:
        """A transport that is logged in, closed with the session.

        Raises:
            NotCollected: no connection, a host that is not believed, or no login.
        """
        while True:
            seen = {family(each.type) for each in self.shown}
            connection = self._connected()
            with ExitStack() as attempt, LOGINS.one(self.limit.seconds(LOGIN_SECONDS / 2)):
                transport = attempt.enter_context(self._opened(connection, seen))
                if self._believes(transport):
                    _log_in(transport, self.trust.access.user, key, self.limit, self.capture)
                    session.enter_context(attempt.pop_all())
                    return transport
            if not set(transport.families) - seen - {family(self.shown[-1].type)}:
                raise NotCollected(self._refused())

    def _connected(self) -> Connection:
        access = self.trust.access
        try:
            connection = self.gate.connect(self.permit, access.port, self.limit.seconds(LOGIN_SECONDS))
        except OSError as error:
            told = f"no SSH connection to {self.place}: {unreachable(error)}"
            raise NotCollected(self._refused() if self.shown else told) from error
        if not says_something(connection, self.limit.seconds(LOGIN_SECONDS)):
            connection.close()
            told = f"no SSH key exchange with {self.place}: {said(TimeoutError(NO_ANSWER))}"
            raise NotCollected(self._refused() if self.shown else told)
        return connection

    def _opened(self, connection: Connection, seen: Collection[str]) -> AbstractContextManager[Transport]:
        certificates = bool(self.trust.access.host_authorities)
        return open_transport(connection, self.capture, self.limit, seen, certificates=certificates)

    def _believes(self, transport: Transport) -> bool:
        try:
            self.shown.append(exchange_keys(transport, self.place, self.limit, self.capture))
        except NotCollected as error:
            if not self.shown:
                raise
            raise NotCollected(self._refused()) from error  # what the earlier connections showed stands
        return self.trust.believes(self.shown[-1], self.limit.clock())

    def _refused(self) -> str:
        return self.trust.refuse(self.shown, self.place, self.limit.clock())


def _log_in(transport: paramiko.Transport, user: str, key: paramiko.PKey, limit: Limit, capture: Capture) -> None:
    """One attempt with one key: more would look like guessing, and hosts lock out who guesses."""
    transport.auth_timeout = limit.seconds(LOGIN_SECONDS)
    who, name = visible(user, 64), fingerprint(key.asbytes())
    try:
        further = transport.auth_publickey(user, key)
    except paramiko.BadAuthenticationType as error:
        offered = ", ".join(visible(kind, 40) for kind in error.allowed_types[:8])
        raise NotCollected(f"the host takes no key from {who}, only: {offered}. Allow publickey for it") from error
    except paramiko.AuthenticationException as error:
        refused = f"it refused the key {name}; add its public half to {who}'s authorized_keys"
        raise NotCollected(f"the login as {who} failed: {why(error, capture, refused)}") from error
    except FAULTS as error:
        raise NotCollected(f"the login as {who} failed: {why(error, capture)}") from error
    if further:
        kinds = ", ".join(visible(kind, 40) for kind in further[:8])
        raise NotCollected(f"the host wants more than a key from {who} ({kinds}); exempt the audit's account from it")


def _collect(transport: paramiko.Transport, capture: Capture) -> None:
    """Run the collector and gather both its streams until its last line; a broken connection only ends the capture."""
    try:
        channel = transport.open_session()
        channel.settimeout(_STEP_SENDING)
        channel.exec_command(COMMAND)
        _gather(channel, program(capture.nonce, capture.key), capture)
    except FAULTS as error:
        capture.end(f"the SSH session broke: {said(error)}")


def _gather(channel: paramiko.Channel, text: bytes, capture: Capture) -> None:
    """Feed and read at the same time, both streams: whichever is left alone fills up and stops the other."""
    while not capture.over:
        if text and channel.send_ready():
            text = text[channel.send(text[:32768]) :]
            if not text:
                channel.shutdown_write()
                channel.settimeout(STEP)
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
