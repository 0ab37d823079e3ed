"""Which of a host's listening sockets count: one a port, and one more for each address that was not swept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from posture.engine.programs import speaks
from posture.facts.host import Socket
from posture.model.customer import IPAddress, unmapped

ANY_ADDRESS = {"0.0.0.0": "IPv4", "::": "IPv6"}  # noqa: S104  as ss prints them; "*" is both
_GIVEN_OUT = 32_768  # net.ipv4.ip_local_port_range begins here (ip(7))
_NOT_ROUTED = tuple(  # RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291: no stranger's packet names them
    map(
        ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10"),
    )
)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a service is. `address` is empty for the address that was swept, else another one of the host's own."""

    protocol: str
    port: int
    address: str = ""


def worth_telling(sockets: Iterable[Socket], answered: Collection[Place]) -> Iterator[Socket]:
    """All of TCP; of UDP what answered, and what others can reach and whose program says what it speaks.

    Programs with a service of their own open further UDP ports of the range that the system gives out, to ask others
    from (named, unbound, avahi-daemon): those serve nobody.

    Args:
        sockets: of the host.
        answered: places where something answered.
    """
    every = tuple(sockets)
    serving = {s.process.pid for s in every if s.process and s.port < _GIVEN_OUT and _speaks_udp(s)}
    for socket in every:
        if socket.protocol == "tcp" or Place("udp", socket.port) in answered:
            yield socket
        elif _speaks_udp(socket) and not on_loopback(socket):
            asks = socket.port >= _GIVEN_OUT and socket.process is not None and socket.process.pid in serving
            if not asks:
                yield socket


def _speaks_udp(socket: Socket) -> bool:
    return socket.protocol == "udp" and bool(speaks(socket.process, "udp", socket.port))


def by_place(sockets: Iterable[Socket], swept: str) -> dict[Place, Socket]:
    """One socket a place: the one that most addresses reach; of equals the one whose process is known.

    Args:
        sockets: of the host.
        swept: the literal address that was swept or would have been; empty when it is not known, and then every socket
            is taken for one of that address.
    """
    every = tuple(sockets)
    looked_at = _parsed(swept)
    near = {
        (s.protocol, s.port, s.process.pid) for s in every if s.process and (_takes(s, looked_at) or on_loopback(s))
    }
    wide = {(s.protocol, s.port, _program(s)) for s in every if _takes(s, looked_at)}
    best: dict[Place, Socket] = {}
    for socket in every:
        place = Place(socket.protocol, socket.port, _elsewhere(socket, looked_at, near, wide))
        known = best.get(place)
        if known is None or _width(socket, swept) > _width(known, swept):
            best[place] = socket
    return best


def on_loopback(socket: Socket) -> bool:
    """Whether only the host itself can connect to it."""
    address = _parsed(socket.address)
    return address is not None and address.is_loopback


def _takes(socket: Socket, looked_at: IPAddress | None) -> bool:
    """Whether it takes what comes to every address of the family that was looked at.

    ss prints ``*`` for a socket of both families, and ``[::]`` only for one of IPv6 alone (ipv6(7), IPV6_V6ONLY).
    """
    if looked_at is None:
        return socket.address == "*" or socket.address in ANY_ADDRESS
    return socket.address in {"*", "0.0.0.0" if looked_at.version == 4 else "::"}  # noqa: S104


def _program(socket: Socket) -> str:
    return socket.process.name if socket.process else ""


def _elsewhere(
    socket: Socket,
    looked_at: IPAddress | None,
    near: Collection[tuple[str, int, int]],
    wide: Collection[tuple[str, int, str]],
) -> str:
    """The socket's own address, where looking at another says nothing of it; empty otherwise.

    What listens on a private address is reached, if at all, through the public one that was swept. On the machine
    itself, which is looked at through loopback, a port that answers there is the same port on its other addresses, as
    long as the same process holds both. A program that listens on all addresses of either family, with a socket for
    each, is one service (docker-proxy does so with two processes).
    """
    own = _parsed(socket.address)
    if own is None or looked_at is None or _takes(socket, looked_at) or own.is_loopback or own == looked_at:
        return ""
    if own.is_unspecified and (socket.protocol, socket.port, _program(socket)) in wide:
        return ""
    if looked_at.is_loopback:
        held = socket.process is not None and (socket.protocol, socket.port, socket.process.pid) in near
        return "" if held else str(own)
    return "" if _private(own) and not _private(looked_at) else str(own)


def _width(socket: Socket, swept: str) -> tuple[int, bool, bool]:
    """How far a socket reaches; of equals, the one of the address that was swept gave the answer."""
    reach = 2 if socket.address == "*" or socket.address in ANY_ADDRESS else 0 if on_loopback(socket) else 1
    return reach, socket.address == swept, socket.process is not None


def _parsed(address: str) -> IPAddress | None:
    try:
        return unmapped(ip_address(address.partition("%")[0]))
    except ValueError:
        return None


def _private(address: IPAddress) -> bool:
    return any(address in network for network in _NOT_ROUTED if network.version == address.version)
