"""Sockets and the system's resolver, for the scope gate alone: everybody else gets them from it, under a permit."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING

from posture.model.customer import IPAddress

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


Connection = socket.socket  # noqa: TID251
"""For annotations elsewhere: only this module makes one."""


def _always() -> None:
    """Nothing ends it."""


class _Guarded(Connection):
    """A socket that sends nothing any more once `still` raises: what it was opened under has ended or was revoked.

    TLS takes the socket over; then whoever speaks over it asks `still` (posture.collect.network.conversation does).
    """

    still: Callable[[], object] = staticmethod(_always)

    def send(self, data: ReadableBuffer, flags: int = 0, /) -> int:
        """As socket.send; raises ScopeError, too."""
        self.still()
        return super().send(data, flags)

    def sendall(self, data: ReadableBuffer, flags: int = 0, /) -> None:
        """As socket.sendall; raises ScopeError, too."""
        self.still()
        super().sendall(data, flags)


def still_of(connection: Connection) -> Callable[[], object]:
    """What to ask before something is sent over the connection in another way than by its own methods."""
    return connection.still if isinstance(connection, _Guarded) else _always


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


def connected(address: IPAddress, port: int, timeout: float, still: Callable[[], object]) -> Connection:
    """A TCP connection that sends while `still` does not raise; `timeout` in seconds stays the socket's.

    Raises:
        OSError: there is none.
    """
    connection = _Guarded(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        connection.connect((str(address), port))
    except OSError:
        connection.close()
        raise
    connection.still = still
    return connection
