"""The scope gate: no valid authorization, no contact.

Every packet of a collector leaves under a :class:`Permit`, and this module is the only one that resolves names and
opens connections. A name is resolved once a run; each address is checked against the customer's `networks` and
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
from posture.collect.pace import PACKETS_OF_A_CONNECTION, Pace, for_questions
from posture.model.action import Action
from posture.model.customer import Customer, IPAddress
from posture.model.text import visible

Connection = socket.socket  # noqa: TID251
"""For annotations elsewhere: only this module makes one."""

NEW_PERIOD = "agree on a new period and set valid_from and valid_until in the inventory"
IN_WINDOW = "audit while it is open, or agree on other hours and set window in the inventory"


class ScopeError(Exception):
    """Nothing was sent. The message says why and what would change that."""


class NotAuthorized(ScopeError):
    """The customer's authorization does not cover this moment."""


class OutsideWindow(ScopeError):
    """The customer may not be looked at at this hour."""


class OutOfScope(ScopeError):
    """The address is none that may be contacted for this customer."""


class NotResolved(ScopeError):
    """The name has no address."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to contact one address of one customer for one purpose until it expires.

    It expires with the authorization or the customer's window, whichever ends first: `ends_with` names it (it "ended"),
    `remedy` says what would change that. `others` are the target's further addresses in scope: this permit is not for
    them.
    """

    customer: str
    run: str
    target: str
    address: IPAddress
    purpose: str
    authorization: str
    expires: datetime
    ends_with: str
    remedy: str
    others: tuple[IPAddress, ...] = ()


@dataclass(frozen=True, slots=True)
class ServicePermit:
    """Leave to ask a provider's API about one of the customer's accounts there, until the authorization or window ends.

    No address of the customer's is contacted. `account` is the account as the inventory names it, which is the scope:
    the login that is used reaches no other.
    """

    customer: str
    account: str
    purpose: str


def system_resolver(name: str) -> tuple[IPAddress, ...]:
    """The addresses of a name by the system's resolver, in its order, each once.

    Raises:
        OSError: the name cannot be resolved.
    """
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)  # noqa: TID251
    return tuple(dict.fromkeys(ip_address(str(entry[4][0])) for entry in found))


def own_address(target: IPAddress) -> str:
    """The address of this machine that the system would contact the target from; empty when there is no way to it.

    Connecting a UDP socket only looks the way up (connect(2)): nothing is sent.
    """
    family = socket.AF_INET6 if target.version == 6 else socket.AF_INET
    try:
        with Connection(family, socket.SOCK_DGRAM) as asking:
            asking.connect((str(target), 9))
            return str(asking.getsockname()[0])
    except OSError:
        return ""


def _connected(address: IPAddress, port: int, timeout: float) -> Connection:
    connection = Connection(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        connection.connect((str(address), port))
    except OSError:
        connection.close()
        raise
    return connection


Resolver = Callable[[str], tuple[IPAddress, ...]]


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
    _told: set[tuple[Permit, str, str, str]] = field(default_factory=set)

    def permit(self, target: str, purpose: str) -> Permit:
        """Leave to contact `target` (an IP address or a name) for `purpose`.

        Raises:
            NotAuthorized: the authorization does not cover this moment.
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
            connection = _connected(permit.address, port, timeout)
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
        return _connected(addresses[0], port, timeout)

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
        if not self.customer.windows:
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
        if grant.covers(now):
            return
        when = (
            f"starts only at {grant.valid_from.isoformat()}"
            if now < grant.valid_from
            else f"ended at {grant.valid_until.isoformat()}"
        )
        reason = f"authorization {visible(grant.reference)} {when}; nothing was sent"
        self._note(purpose, target, f"refused: {reason}")
        raise NotAuthorized(f"{reason}. {NEW_PERIOD[0].upper()}{NEW_PERIOD[1:]}")

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
