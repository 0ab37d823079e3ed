"""The SSH connection: which algorithms it takes, the key that the host shows, and that it ends in time."""

from __future__ import annotations

import logging
import select
import struct
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import paramiko
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm

from posture.collect.host.capture import Capture, Limit, NotCollected
from posture.collect.host.ssh_faults import NO_ANSWER, said, why
from posture.collect.host.trust import ShownKey
from posture.collect.host.trust_certificate import fingerprint
from posture.collect.scope import Connection
from posture.model.text import visible

LOGIN_SECONDS = 30.0  # for each of connecting, key exchange, login and opening the session
STEP = 0.3  # seconds between looks at the clock and for a revocation, which has to be felt within one

# Cheap and strong first; SHA-1, MD5, CBC and 3DES, which paramiko still offers, are left out.
_KEX = (
    "curve25519-sha256@libssh.org", "curve25519-sha256", "mlkem768x25519-sha256", "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512",
)  # fmt: skip
_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
_DIGESTS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")
_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "ed25519": ("ssh-ed25519",),
    "ecdsa": ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    "rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
_SUFFIX = "-cert-v01@openssh.com"

# What paramiko raises for what the other side sends: its parsers hand on whatever they stumbled over.
FAULTS = (
    paramiko.SSHException, OSError, EOFError, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError,
    ValueError, struct.error, InvalidTag, UnsupportedAlgorithm,
)  # fmt: skip

logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)  # it logs what hosts send, as they send it


class Transport(paramiko.Transport):
    """A connection that asks for host keys of some families only, and knows which families the host has."""

    def __init__(self, connection: Connection, without: Collection[str], *, certificates: bool) -> None:
        super().__init__(connection)
        plain = tuple(name for family, names in _FAMILIES.items() if family not in without for name in names)
        signed = tuple(f"{name}{_SUFFIX}" for name in plain) if certificates else ()
        self._host_key_algorithms = (*signed, *plain)
        self.families: tuple[str, ...] = ()

    @property
    def preferred_keys(self) -> tuple[str, ...]:
        """HostKeyAlgorithms, certificates first: a server sends one only where it is preferred."""
        return self._host_key_algorithms

    def _really_parse_kex_init(self, m: paramiko.Message, ignore_first_byte: bool = False) -> Any:  # noqa: FBT002
        parsed = super()._really_parse_kex_init(m, ignore_first_byte)  # type: ignore[misc]
        offered = {name.removesuffix(_SUFFIX) for name in parsed["server_key_algo_list"]}
        self.families = tuple(family for family, names in _FAMILIES.items() if offered & set(names))
        return parsed

    def shown(self) -> ShownKey:
        """The host's key, which it has proved to have."""
        key = self.get_remote_server_key()
        blob = getattr(key, "public_blob", None)
        return ShownKey(key.get_name(), fingerprint(key.asbytes()), blob.key_blob if blob else b"")


def family(kind: str) -> str:
    """Of a type of key (``ssh-rsa``) the family that it stands for in a key exchange."""
    return next((family for family in _FAMILIES if family in kind), kind)


@contextmanager
def open_transport(
    connection: Connection, capture: Capture, limit: Limit, without: Collection[str], *, certificates: bool
) -> Iterator[Transport]:
    """A transport that is closed at the end, at the limit at the latest, and leaves no thread behind."""
    done = threading.Event()
    try:
        transport = Transport(connection, without, certificates=certificates)
    except FAULTS as error:
        connection.close()
        raise NotCollected(f"the SSH connection broke at once: {said(error)}") from error

    def watch() -> None:
        while not done.wait(limit.seconds(STEP)):
            if reason := limit.reached:
                capture.end(reason)
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


def _configure(transport: Transport) -> None:
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = LOGIN_SECONDS
    transport.channel_timeout = LOGIN_SECONDS
    options = transport.get_security_options()
    options.kex = tuple(name for name in _KEX if name in options.kex)
    options.ciphers = tuple(name for name in _CIPHERS if name in options.ciphers)
    options.digests = tuple(name for name in _DIGESTS if name in options.digests)


def says_something(connection: Connection, seconds: float) -> bool:
    """Whether the server sends, or ends it, within the time: who keeps silent holds up nobody else's login."""
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(1000 * seconds))


def exchange_keys(transport: Transport, place: str, limit: Limit, capture: Capture) -> ShownKey:
    """Exchange keys; nothing is proved to the host by that.

    Raises:
        NotCollected: it did not come about.
    """
    try:
        transport.start_client(timeout=limit.seconds(LOGIN_SECONDS))
        if not transport.initial_kex_done:
            raise TimeoutError(NO_ANSWER)  # which start_client leaves unsaid
        return transport.shown()
    except paramiko.ssh_exception.IncompatiblePeer as error:
        detail = visible(str(error), 200)
        raise NotCollected(
            f"the SSH server on {place} knows no algorithm that is still considered strong ({detail}); "
            "update it or its configuration"
        ) from error
    except FAULTS as error:
        raise NotCollected(f"no SSH key exchange with {place}: {why(error, capture)}") from error
