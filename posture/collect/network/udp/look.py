"""The UDP services of one address: who answers, what it is, and how much it sends for how little."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from posture.collect.network.conversation import shown_text
from posture.collect.network.target import Target
from posture.collect.network.udp.exchange import Asked, ask_all
from posture.collect.network.udp.request import Recognised, UdpService
from posture.collect.network.udp.table import SERVICES
from posture.facts.network import Amplification, Login, OpenPort, Transcript
from posture.model.text import visible

_SHOWN = 1024  # bytes of an answer that are shown
_FIELD = 100  # characters of a product or version


def look_at_udp(
    target: Target, services: Sequence[UdpService] = SERVICES
) -> tuple[tuple[OpenPort, ...], tuple[int, ...], tuple[tuple[int, str], ...]]:
    """Ask each UDP service on its usual port with small requests that change nothing.

    Args:
        target: the address; loopback for the local machine.
        services: one a port.

    Returns:
        The ports that answered, all ports that were asked, and those that were not with the reason, each in order. A
        port was asked when all its requests went out: where the network, this machine or the end of the authorization
        kept one back, what that would have shown is not known. A port that stayed silent was asked: closed, filtered
        and ignored look the same.
    """
    every = ask_all(target, services)
    by_port = [list(group) for _, group in groupby(every, key=lambda one: one.service.port)]
    asked = sorted(group[0].service.port for group in by_port if all(one.sent for one in group))
    unasked = sorted((group[0].service.port, _unsent(group)) for group in by_port if not all(one.sent for one in group))
    found = [_open_port(target.address, group) for group in by_port if any(one.datagrams for one in group)]
    return tuple(sorted(found, key=lambda port: port.port)), tuple(asked), tuple(unasked)


def contacts(services: Sequence[UdpService] = SERVICES) -> Iterator[tuple[int, str, str]]:
    """Port, service and what it is asked, for a plan of what would be sent."""
    for service in services:
        yield service.port, service.name, "; ".join(request.asked for request in service.requests)


def _unsent(requests: Sequence[Asked]) -> str:
    """Why not all requests of a service were sent."""
    kept_back = [one for one in requests if not one.sent]
    count = (
        f"{len(kept_back)} of its {len(requests)} requests were not sent: " if len(kept_back) < len(requests) else ""
    )
    return visible(f"{count}{kept_back[0].unsent}")


def _open_port(address: str, requests: Sequence[Asked]) -> OpenPort:
    service = requests[0].service
    seen = service.read([tuple(one.datagrams) for one in requests])
    heard = [one for one in requests if one.datagrams]
    most = max(heard, key=lambda one: one.factor)
    known = seen or Recognised(Login.UNKNOWN, f"it answered something that is not {service.name}")
    return OpenPort(
        address=address,
        port=service.port,
        service=service.name if seen else "",
        product=visible(known.product, _FIELD),
        version=visible(known.version, _FIELD),
        login=known.login,
        login_reason=known.reason,
        transcript=tuple(_transcript(one, one.answered_at) for one in heard if one.answered_at),
        protocol="udp",
        amplification=Amplification(most.request.asked, most.sent, most.received, len(most.datagrams)),
        weakness=known.weakness,
    )


def _transcript(one: Asked, at: datetime) -> Transcript:
    count = len(one.datagrams)
    size = f"{one.received} bytes in {count} datagram{'' if count == 1 else 's'} for {one.sent}"
    said = shown_text(one.datagrams[0][:_SHOWN])
    return Transcript(one.request.asked, f"{size}:\n{said}" if said else size, at)
