"""Whether a server asks for a client certificate: up to TLS 1.2 it does so in clear (RFC 5246, 7.4.4)."""

from __future__ import annotations

from posture.collect.network.conversation import Conversation
from posture.collect.network.tls.answer import Malformed, asks_for_certificate
from posture.collect.network.tls.hello import client_hello
from posture.collect.network.tls.suites import TLS12, every_suite

MOST = 65_536  # bytes; certificates come first


def is_asked_for(talk: Conversation, server_name: str) -> bool:
    """Say hello in TLS 1.2 and read the answer up to the request for a certificate. `server_name` is sent as SNI."""
    said = talk.ask(client_hello(TLS12, every_suite(TLS12), server_name), _told, "ClientHello", lambda _: b"")
    try:
        return asks_for_certificate(said) is True
    except Malformed:
        return False


def _told(said: bytes) -> bool:
    try:
        return asks_for_certificate(said) is not None
    except Malformed:
        return True
