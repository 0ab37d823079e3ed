"""SSH on all ports of a host that speak it: algorithms offered, host keys shown, nobody logged in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from posture.collect.network.conversation import Conversation
from posture.collect.network.ssh.host_key import PUBLIC_KEYS, exchange, host_key_in, worth_asking
from posture.collect.network.ssh.wire import (
    KEX_REPLY,
    KEXINIT,
    Disconnected,
    Lists,
    Malformed,
    identification_in,
    kexinit,
    lists_in,
    packet,
    payload_of,
)
from posture.collect.network.target import Target
from posture.collect.scope import ScopeError
from posture.facts.network import OpenPort
from posture.facts.ssh_offers import HostKey, SshOffer, SshOffers
from posture.model.text import decoded, visible

PORTS_AT_ONCE = 2
MOST_PORTS = 20  # of one host
MOST_KEYS = 3  # connections for host keys to one port
SECONDS = 8.0  # of one conversation; sshd may look up our name first
MOST = 65_536  # bytes of one conversation


class _Silent(Exception):
    """No answer to judge; the message follows "it"."""


def look_at_ssh(target: Target, ports: Sequence[OpenPort]) -> SshOffers:
    """Read the algorithms of SSH servers, and up to three host keys of each: four connections to a port, one at a time.

    Args:
        target: the host.
        ports: its open ports; those that speak something else are left out.
    """
    chosen = [port.port for port in ports if port.service == "ssh" and port.protocol == "tcp"]
    offers: list[SshOffer] = []
    left = [(port, f"only {MOST_PORTS} SSH servers of a host are asked") for port in chosen[MOST_PORTS:]]
    with ThreadPoolExecutor(PORTS_AT_ONCE) as pool:
        looked = pool.map(lambda port: _looked(target, port), chosen[:MOST_PORTS])
        for port, found in zip(chosen, looked, strict=False):
            if isinstance(found, SshOffer):
                offers.append(found)
            else:
                left.append((port, found))
    return SshOffers(tuple(offers), tuple(left), target.clock())


def _looked(target: Target, port: int) -> SshOffer | str:
    observed = target.clock()
    try:
        banner, lists = _offered(target, port)
    except (_Silent, Malformed, Disconnected) as error:
        return visible(f"asked for its algorithms, it {error}")
    except ScopeError as error:
        return str(error)
    keys, why_not = _keys(target, port, lists)
    return SshOffer(
        target.address,
        port,
        visible(decoded(banner), 255),
        _shown(lists.key_exchange),
        _shown(lists.host_key),
        _shown(dict.fromkeys((*lists.ciphers[0], *lists.ciphers[1]))),
        _shown(dict.fromkeys((*lists.macs[0], *lists.macs[1]))),
        keys,
        why_not,
        observed,
    )


def _offered(target: Target, port: int) -> tuple[bytes, Lists]:
    """The identification and the lists; what can be told is read twice before it is given up."""
    try:
        with _begun(target, port, "read the SSH algorithms") as (_, banner, lists):
            return banner, lists
    except _Silent:
        with _begun(target, port, "read the SSH algorithms") as (_, banner, lists):
            return banner, lists


@contextmanager
def _begun(target: Target, port: int, purpose: str) -> Iterator[tuple[Conversation, bytes, Lists]]:
    """A conversation in which the server has said who it is and what it offers."""
    if target.late:
        raise _Silent("was not asked: the time for this host was over")
    try:
        with target.approach(port, purpose, seconds=SECONDS, most=MOST).open() as talk:
            said = talk.ask(f"{target.identity.ssh}\r\n".encode(), _has_lists)
            found = identification_in(said)
            if found is None:
                raise _Silent(talk.ended())
            if not found[0].startswith((b"SSH-2.0-", b"SSH-1.99-")):
                raise Malformed("speaks SSH 1 only")
            payload = payload_of(KEXINIT, found[1])
            if payload is None:
                raise _Silent(talk.ended())
            yield talk, found[0], lists_in(payload)
    except OSError as error:
        raise _Silent(f"took no connection: {error}") from error


def _has_lists(said: bytes) -> bool:
    try:
        found = identification_in(said)
        return found is not None and payload_of(KEXINIT, found[1]) is not None
    except (Malformed, Disconnected):
        return True


def _keys(target: Target, port: int, lists: Lists) -> tuple[tuple[HostKey, ...], str]:
    """One connection for each type of key, and why some are missing."""
    method = next((name for name in PUBLIC_KEYS if name in lists.key_exchange), "")
    if not method:
        return (), "it offers no key exchange that this version can begin"
    found: list[HostKey] = []
    reasons: dict[str, None] = {}
    for algorithm in worth_asking(lists.host_key, MOST_KEYS):
        try:
            found.append(_key(target, port, method, algorithm))
        except (_Silent, Malformed, Disconnected) as error:
            reasons[f"asked for its {visible(algorithm, 64)} key, it {error}"] = None
        except ScopeError as error:
            reasons[str(error)] = None
    return tuple(dict.fromkeys(found)), visible("; ".join(reasons))


def _key(target: Target, port: int, method: str, algorithm: str) -> HostKey:
    with _begun(target, port, "read an SSH host key") as (talk, _, lists):
        ours = packet(kexinit(method, algorithm, lists)) + packet(exchange(method))
        said = talk.ask(ours, _has_reply, "KEXINIT and a public key", lambda _: b"")
        reply = payload_of(KEX_REPLY, said)
        if reply is None:
            raise _Silent(talk.ended())
        return host_key_in(reply)


def _has_reply(said: bytes) -> bool:
    try:
        return payload_of(KEX_REPLY, said) is not None
    except (Malformed, Disconnected):
        return True


def _shown(names: Sequence[str] | dict[str, None]) -> tuple[str, ...]:
    return tuple(visible(name, 64) for name in names)
