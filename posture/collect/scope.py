"""The scope gate: no valid authorization, no contact.

Every packet of a collector leaves under a :class:`Permit`, and this module is the only one that has names resolved and
connections opened. A name is resolved once a run; each address is checked against the customer's `networks` and
`exclude`, and the one that passed is pinned, so that no later answer of a DNS server moves a probe elsewhere. The clock
is read again at every connection: an authorization or a window that ends mid-run ends the contact.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address

from posture.collect.action_log import ActionLog
from posture.collect.addresses import plain
from posture.collect.connection import Connection, connected, own_address, system_resolver
from posture.collect.pace import PACKETS_OF_A_CONNECTION, Pace, for_questions
from posture.collect.permits import (
    PROOF_PORT,
    NotAuthorized,
    NotResolved,
    OutOfScope,
    OutsideWindow,
    Permit,
    ProofPermit,
    ScopeError,
    ServicePermit,
)
from posture.model.action import Action
from posture.model.challenge import Challenge
from posture.model.customer import Customer, IPAddress
from posture.model.revocation import Revocation
from posture.model.text import visible

__all__ = [
    "Connection",
    "Datagrams",
    "NotAuthorized",
    "NotResolved",
    "OutOfScope",
    "OutsideWindow",
    "Permit",
    "ProofPermit",
    "Revoked",
    "ScopeError",
    "ScopeGate",
    "ServicePermit",
    "never_revoked",
    "own_address",
    "system_resolver",
]


NEW_PERIOD = "agree on a new period and set valid_from and valid_until in the inventory"
AFRESH = "agree on it afresh, under another reference"
IN_WINDOW = "audit while it is open, or agree on other hours and set window in the inventory"


Resolver = Callable[[str], tuple[IPAddress, ...]]

Revoked = Callable[[str, str], Revocation | None]
"""Customer and reference -> the authorization's end before its time, as it is known now; None while it holds."""


def never_revoked(_customer: str, _reference: str) -> Revocation | None:
    """Where nothing can have been revoked: no database is there yet."""
    return None


@dataclass(frozen=True, slots=True)
class Datagrams:
    """UDP with one address: what is sent goes there only, what comes from elsewhere is not heard.

    `answers_from_any_port` is for protocols that answer from a port of their own choice (TFTP, RFC 1350); without it a
    closed port shows as ConnectionRefusedError (ICMP port unreachable).
    """

    gate: ScopeGate
    permit: Permit
    port: int
    connection: Connection
    answers_from_any_port: bool = False

    def send(self, payload: bytes) -> None:
        """Send one datagram.

        Raises:
            ScopeError: the permit does not hold any more.
            OSError: the system cannot send it.
        """
        self.gate.take_turn(1)
        self.gate.still(self.permit)
        if self.answers_from_any_port:
            self.connection.sendto(payload, (str(self.permit.address), self.port))
        else:
            self.connection.send(payload)

    def receive(self, seconds: float) -> bytes | None:
        """The next datagram from the address, or None when none came in time.

        Raises:
            ConnectionRefusedError: nobody listens there.
            OSError: the system says that the address cannot be reached.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.connection.settimeout(left)
            try:
                payload, source = self.connection.recvfrom(65_535)
            except TimeoutError:
                return None
            if plain(ip_address(str(source[0]))) == self.permit.address:
                return payload
        return None


@dataclass(slots=True)
class ScopeGate:
    """Gives permits for one customer in one run, and opens connections with them."""

    customer: Customer
    run: str
    clock: Callable[[], datetime]
    log: ActionLog
    resolver: Resolver = system_resolver
    _resolved: dict[str, tuple[IPAddress, ...]] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    revoked: Revoked = never_revoked
    _told: set[tuple[Permit, str, str, str]] = field(default_factory=set)

    def permit(self, target: str, purpose: str) -> Permit:
        """Leave to contact `target` (an IP address or a name) for `purpose`.

        Raises:
            NotAuthorized: the authorization does not cover this moment, or was revoked.
            OutsideWindow: the customer may be looked at at other hours only.
            NotResolved: the name has no address.
            OutOfScope: none of its addresses may be contacted.
        """
        expires, ends_with, remedy = self._end(target, purpose)
        addresses = self._addresses(target)
        allowed = [address for address in addresses if self.customer.in_scope(address)]
        if not allowed:
            every = ", ".join(map(str, addresses[:5]))
            where = every if every == target else f"{visible(target)} ({every})"
            reason = f"{where} is outside the networks agreed with the customer; nothing was sent"
            self._note(purpose, str(addresses[0]), f"refused: {reason}")
            raise OutOfScope(f"{reason}. Add it to networks in the inventory if the customer agreed to it")
        grant = self.customer.authorization
        return Permit(
            self.customer.id,
            self.run,
            visible(target),
            allowed[0],
            purpose,
            grant.reference,
            expires,
            ends_with,
            remedy,
            tuple(allowed[1:]),
        )

    def permit_service(self, account: str, purpose: str) -> ServicePermit:
        """Leave to ask the API of a provider (AWS, GitHub, ...) about an account of the customer's there.

        Raises:
            NotAuthorized: the authorization does not cover this moment.
            OutsideWindow: the customer may be looked at at other hours only.
        """
        self._end(account, purpose)
        return ServicePermit(self.customer.id, account, purpose)

    def still_asking(self, permit: ServicePermit) -> None:
        """Before each call.

        Raises:
            NotAuthorized, OutsideWindow: the authorization or the window has ended since.
            OutOfScope: the permit is another customer's.
        """
        if permit.customer != self.customer.id:
            raise OutOfScope(f"the permit for {permit.account} is not this customer's; nothing was sent")
        self._end(permit.account, permit.purpose)

    def record_calls(self, permit: ServicePermit, what: str, result: str) -> None:
        """Write what was asked of an API to the log: `what` names the operation and where, `result` how it ended."""
        self._note(f"{permit.purpose}: {what}", permit.account, result)

    def permit_proof(self, challenge: Challenge, address: IPAddress, paths: tuple[str, ...]) -> ProofPermit:
        """Leave to look for a challenge's token at an address that nobody has proven yet: port 80, and these paths.

        The gate's customer has the challenge as authorization and no networks, so that it gives leave to nothing else.
        Whether the address is the target's, and how often it is asked, is for the caller to see to.

        Raises:
            NotAuthorized: the challenge is not open, was revoked, or is not what this gate is for.
        """
        if challenge.customer != self.customer.id or challenge.authorization != self.customer.authorization:
            raise NotAuthorized(f"the challenge for {visible(challenge.target)} is not this gate's; nothing was sent")
        permit = ProofPermit(self.customer.id, plain(address), f"http proof of {challenge.target}", paths)
        self._still_proving(permit)
        self._note(permit.purpose, f"{permit.address} port {PROOF_PORT}/tcp", "begins", own_address(permit.address))
        return permit

    def connect_proof(self, permit: ProofPermit, timeout: float) -> Connection:
        """Open a TCP connection to port 80 of the address.

        Raises:
            NotAuthorized: the challenge has expired since, or was revoked.
            OSError: no connection.
        """
        self._still_proving(permit)
        return connected(permit.address, PROOF_PORT, timeout, lambda: self._still_proving(permit))

    def record_proof(self, permit: ProofPermit, result: str) -> None:
        """Write to the log how the look for the token ended."""
        self._note(permit.purpose, f"{permit.address} port {PROOF_PORT}/tcp", result, own_address(permit.address))

    def _still_proving(self, permit: ProofPermit) -> None:
        if permit.customer != self.customer.id:
            raise OutOfScope(f"the permit for {permit.address} is not this customer's; nothing was sent")
        self._authorized(str(permit.address), permit.purpose, self.clock())

    def connect(self, permit: Permit, port: int, timeout: float) -> Connection:
        """Open a TCP connection to the permit's address.

        Args:
            permit: of this customer.
            port: TCP port.
            timeout: seconds until the connection stands; it stays the socket's timeout.

        Raises:
            NotAuthorized, OutsideWindow: the authorization or the window has ended since.
            OSError: no connection.
        """
        self.still(permit)
        what, ports = f"tcp connect: {permit.purpose}", f"port {port}/tcp"
        self._tell(permit, what, ports, "begins")
        try:
            connection = connected(permit.address, port, timeout, lambda: self.still(permit))
        except OSError as error:
            self._tell(permit, what, ports, f"failed: {error}")
            raise
        self._tell(permit, what, ports, "connected")
        return connection

    def connect_service(self, permit: ServicePermit, host: str, port: int, timeout: float) -> Connection:
        """Open a TCP connection to a provider's API; `host` is one that this program knows, never one it was told.

        Raises:
            NotAuthorized, OutsideWindow: the authorization or the window has ended since.
            NotResolved: the name has no address.
            OutOfScope: it leads to no public address, which no provider's API has.
            OSError: no connection.
        """
        self.still_asking(permit)
        addresses = [address for address in self._addresses(host) if address.is_global]
        if not addresses:
            raise OutOfScope(f"{visible(host)} leads to no public address; nothing was sent")
        return connected(addresses[0], port, timeout, lambda: self.still_asking(permit))

    @contextmanager
    def datagrams(self, permit: Permit, port: int, *, answers_from_any_port: bool = False) -> Iterator[Datagrams]:
        """UDP with one port of the permit's address; closed at the end.

        Raises:
            NotAuthorized, OutsideWindow: the authorization or the window has ended since.
            OSError: no way there.
        """
        self.still(permit)
        self._tell(permit, f"udp request: {permit.purpose}", f"port {port}/udp", "begins")
        family = socket.AF_INET6 if permit.address.version == 6 else socket.AF_INET
        try:
            with Connection(family, socket.SOCK_DGRAM) as connection:
                if not answers_from_any_port:
                    connection.connect((str(permit.address), port))
                yield Datagrams(self, permit, port, connection, answers_from_any_port)
        finally:
            self._tell(permit, f"udp request: {permit.purpose}", f"port {port}/udp", "ended")

    def take_turn(self, packets: int = PACKETS_OF_A_CONNECTION) -> None:
        """Wait until the customer's rate has room for what is about to be sent; sweeps keep to it by themselves."""
        self.pace.take(self.customer.id, for_questions(self.customer.rate), packets)

    def still(self, permit: Permit) -> timedelta:
        """How much longer the permit holds: until the authorization or the customer's window ends.

        Raises:
            NotAuthorized, OutsideWindow: no longer.
            OutOfScope: the permit is another customer's.
        """
        if permit.customer != self.customer.id or not self.customer.in_scope(permit.address):
            raise OutOfScope(f"the permit for {permit.address} is not this customer's; nothing was sent")
        end, _, _ = self._end(str(permit.address), permit.purpose)
        return end - self.clock()

    def record(self, permit: Permit, what: str, ports: str, result: str) -> None:
        """Write one action under a permit to the log."""
        self._note(what, f"{permit.address} {ports}".strip(), result, own_address(permit.address))

    def _tell(self, permit: Permit, what: str, ports: str, result: str) -> None:
        """Write one step of a contact to the log; contacts that repeat with the same end are told once."""
        told = (permit, what, ports, result)
        if told not in self._told:
            self._told.add(told)
            self.record(permit, what, ports, result)

    def _end(self, target: str, purpose: str) -> tuple[datetime, str, str]:
        """What has to end first for contacts to end: when, its name, and what would change it.

        Raises:
            NotAuthorized, OutsideWindow: it has ended, or not begun.
        """
        now = self.clock()
        self._authorized(target, purpose, now)
        grant = self.customer.authorization
        closes = self._in_window(target, purpose, now)
        if closes is None or grant.valid_until <= closes:
            return grant.valid_until, f"authorization {visible(grant.reference)}", NEW_PERIOD
        return closes, f"the window {visible(self.customer.hours)}", IN_WINDOW

    def _in_window(self, target: str, purpose: str, now: datetime) -> datetime | None:
        """When the customer's window closes; None where there is none to keep to."""
        if not self.customer.restricted:
            return None
        closes = self.customer.window_closes(now)
        if closes is not None:
            return closes
        opens = self.customer.window_opens(now)
        when = f"opens next at {opens.isoformat(timespec='minutes')}" if opens else "does not open within a week"
        reason = f"the customer's window {visible(self.customer.hours)} {when}; nothing was sent"
        self._note(purpose, target, f"refused: {reason}")
        raise OutsideWindow(f"{reason}. {IN_WINDOW[0].upper()}{IN_WINDOW[1:]}")

    def _authorized(self, target: str, purpose: str, now: datetime) -> None:
        grant = self.customer.authorization
        when, remedy = self.withdrawn(), AFRESH
        if not when:
            if grant.covers(now):
                return
            early = now < grant.valid_from
            when = f"starts only at {grant.valid_from.isoformat()}" if early else ""
            when, remedy = when or f"ended at {grant.valid_until.isoformat()}", NEW_PERIOD
        reason = f"authorization {visible(grant.reference)} {when}; nothing was sent"
        self._note(purpose, target, f"refused: {reason}")
        raise NotAuthorized(f"{reason}. {remedy[0].upper()}{remedy[1:]}")

    def withdrawn(self) -> str:
        """How the authorization was ended before its time (it "was revoked ..."); empty while it was not.

        Asks again each time, and writes nothing to the log: for what goes on between two contacts.

        Raises:
            NotAuthorized: it cannot be known.
        """
        end = self.revoked(self.customer.id, self.customer.authorization.reference)
        if end is None:
            return ""
        why = f" ({visible(end.reason, 200)})" if end.reason else ""
        return f"was revoked at {end.at.isoformat(timespec='seconds')}{why}"

    def _addresses(self, target: str) -> tuple[IPAddress, ...]:
        if target not in self._resolved:
            self._resolved[target] = self._lookup(target)
        return self._resolved[target]

    def _lookup(self, target: str) -> tuple[IPAddress, ...]:
        try:
            return (plain(ip_address(target)),)
        except ValueError:
            pass
        try:
            addresses = tuple(dict.fromkeys(map(plain, self.resolver(target))))
        except (OSError, ValueError) as error:  # ValueError: a NUL, or a label longer than DNS allows
            raise NotResolved(f"the name {visible(target)} cannot be resolved ({error}); nothing was sent") from error
        if not addresses:
            raise NotResolved(f"the name {visible(target)} has no address; nothing was sent")
        return addresses

    def _note(self, what: str, target: str, result: str, source: str = "") -> None:
        """Write to the log; `source` is the address that contacts come from, empty where there was none."""
        grant = self.customer.authorization
        self.log.record(
            Action(
                at=self.clock(),
                run=self.run,
                customer=self.customer.id,
                authorization=visible(grant.reference),
                what=visible(what),
                source=source,
                target=visible(target),
                result=visible(result),
            )
        )
