"""One signed POST to a system of the provider's: bounded in time and size, and never sent on to anywhere else.

Signed as Standard Webhooks 1.0 has it: ``webhook-id`` tells a second delivery of the same thing, ``webhook-timestamp``
(seconds) an old one, and ``webhook-signature`` is ``v1,`` and the base64 of HMAC-SHA256 over ``ID.TIMESTAMP.BODY``. A
secret that begins with ``whsec_`` is base64; any other is taken as its own bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from posture.deliver.outcome import Refused, Taken, TryLater
from posture.model.hook import Hook
from posture.model.text import decoded, visible

ANSWER = 2000  # bytes of an answer that are read
_PREFIX = "whsec_"
_TOO_SLOW = "no whole answer within {:.0f} seconds"


def post(hook: Hook, identity: str, body: bytes, secret: str, now: datetime) -> Taken:
    """Send a body to the hook's address, once.

    Args:
        hook: with an address.
        identity: the same for the same thing, however often it is sent.
        body: JSON.
        secret: the key of the signature.
        now: aware; by the clock that the receiver compares with.

    Raises:
        TryLater: no answer, or one of 408, 425, 429 and 5xx.
        Refused: any other answer; a redirect is one.
    """
    stamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "posture",
        "Connection": "close",
        "webhook-id": identity,
        "webhook-timestamp": stamp,
        "webhook-signature": signature(secret, identity, stamp, body),
    }
    late = threading.Event()
    try:
        status, said = _answer(hook, body, headers, late)
    except ssl.SSLCertVerificationError as error:
        raise Refused(f"its certificate is not valid: {visible(error.verify_message, 200)}") from error
    except (OSError, HTTPException, ValueError) as error:
        why = _TOO_SLOW.format(hook.timeout.total_seconds()) if late.is_set() else f"no answer: {_named(error)}"
        raise TryLater(why) from error
    if late.is_set():  # http.client takes an answer that was cut off for a whole one
        raise TryLater(_TOO_SLOW.format(hook.timeout.total_seconds()))
    return _judged(status, said)


def signature(secret: str, identity: str, stamp: str, body: bytes) -> str:
    """The value of ``webhook-signature``.

    Raises:
        Refused: the secret says that it is base64, and is not.
    """
    key = secret.encode()
    if secret.startswith(_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error as error:
            raise Refused("the secret begins with whsec_, but what follows is not base64") from error
    signed = hmac.new(key, f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def _judged(status: int, said: bytes) -> Taken:
    text = visible(f"{status} {decoded(said)}".strip(), 300)
    if 200 <= status < 300:
        return Taken(text)
    if status in {408, 425, 429} or status >= 500:
        raise TryLater(f"it answered {text}")
    if 300 <= status < 400:
        raise Refused(f"it answered {status}, which sends us elsewhere; name the right address in the policy")
    raise Refused(f"it answered {text}")


def _answer(hook: Hook, body: bytes, headers: dict[str, str], late: threading.Event) -> tuple[int, bytes]:
    parts = urlsplit(hook.url)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    with _connection(hook, late) as connection:
        connection.request("POST", target, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(ANSWER)


@contextmanager
def _connection(hook: Hook, late: threading.Event) -> Iterator[HTTPConnection]:
    """A connection that is cut when the hook's time is up, however slowly the other side drips."""
    parts = urlsplit(hook.url)
    host, seconds = parts.hostname or "", hook.timeout.total_seconds()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = HTTPConnection(host, port, timeout=seconds)
    connection.connect()
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection.sock = context.wrap_socket(connection.sock, server_hostname=host, do_handshake_on_connect=False)
    wire: Any = connection.sock
    timer = threading.Timer(seconds, _cut, [wire, late])
    timer.daemon = True
    timer.start()
    try:
        if isinstance(wire, ssl.SSLSocket):
            wire.do_handshake()
        yield connection
    finally:
        timer.cancel()
        wire.close()


def _cut(wire: Any, late: threading.Event) -> None:
    late.set()
    with suppress(OSError):
        # An SSLSocket's own shutdown would take its state from under whoever reads.
        shutdown = super(ssl.SSLSocket, wire).shutdown if isinstance(wire, ssl.SSLSocket) else wire.shutdown
        shutdown(socket.SHUT_RDWR)


def _named(error: Exception) -> str:
    return visible(str(error) or type(error).__name__, 200)
