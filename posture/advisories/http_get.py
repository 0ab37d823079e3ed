"""One GET over HTTP or HTTPS that ends by a given instant, with redirects that never lead to a weaker scheme."""

from __future__ import annotations

import base64
import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Self
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from posture import __version__
from posture.advisories.errors import Refused, Unreachable
from posture.advisories.public_address import is_internal
from posture.model.text import visible

MOST_REDIRECTS = 5
SILENCE = 20.0  # seconds that a server may say nothing
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_NO_URL = re.compile(r"[^!-~]")  # RFC 3986, section 2: anything else comes percent-encoded


class _Clock:
    """Ends a connection at an instant, whatever is being waited for: a socket's own timeout starts with each byte."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._stopped = threading.Event()
        self._socket: Any = None
        self.connection: HTTPConnection | None = None
        self.rang = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, name="fetch-clock", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()

    def left(self) -> float:
        return self._until - time.monotonic()

    def check(self) -> None:
        """Raises TimeoutError where the end came early: http.client takes a head that was cut off for a whole one."""
        if self.rang:
            raise TimeoutError

    def connected(self) -> None:
        """Keep the socket: http.client forgets it once an answer has begun."""
        self._socket = self.connection.sock if self.connection else None

    def _watch(self) -> None:
        pause = self.left()
        while not self._stopped.wait(max(0.1, pause)):
            pause = self.left()
            if pause > 0:
                continue
            self.rang = True
            for open_socket in (self._socket, self.connection.sock if self.connection else None):
                if open_socket is not None:
                    with suppress(OSError, ValueError):
                        open_socket.shutdown(socket.SHUT_RDWR)


def _handlers(clock: _Clock) -> tuple[HTTPHandler, HTTPSHandler]:
    """Handlers whose connections the clock can end."""

    class Plain(HTTPConnection):
        def connect(self) -> None:
            clock.connection = self
            super().connect()
            clock.connected()

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            clock.connection = self
            super().connect()
            clock.connected()

    class OverPlain(HTTPHandler):
        def http_open(self, req: Request) -> HTTPResponse:
            return self.do_open(Plain, req)

    class OverSecure(HTTPSHandler):
        def https_open(self, req: Request) -> HTTPResponse:
            return self.do_open(Secure, req, context=ssl.create_default_context())

    return OverPlain(), OverSecure()


def _opener(clock: _Clock) -> OpenerDirector:
    opener = OpenerDirector()
    for handler in (ProxyHandler(), *_handlers(clock), HTTPErrorProcessor(), HTTPDefaultErrorHandler()):
        opener.add_handler(handler)
    return opener


def _checked(url: str, label: str) -> SplitResult:
    """The parts of a URL that can be asked for.

    Raises:
        Refused: it cannot.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not _NO_URL.search(url)
    except ValueError:
        usable = False
    if not usable:
        raise Refused(f"{label}: no address to fetch from; it is an http, https or file URL, or a path")
    return parts


def _request(parts: SplitResult, headers: Mapping[str, str]) -> Request:
    """A request without the login in the URL, which goes into its own header (RFC 7617)."""
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="")
    request = Request(urlunsplit(bare), headers=dict(headers))  # noqa: S310  its scheme was checked
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(login).decode()}")
    return request


def _behind(parts: SplitResult, target: str, label: str) -> SplitResult:
    """Where a redirect leads: to the same scheme or from http to https, and with the login of the same server only.

    Raises:
        Refused: anywhere else.
    """
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)", target)
    to = scheme[0].lower() if scheme else parts.scheme
    if to not in ("https", parts.scheme):
        raise Refused(f"{label}: a redirect from {parts.scheme} to {visible(to, 20)} is not followed")
    try:
        led = _checked(urljoin(urlunsplit(parts), target), f"{label}: redirected")
    except ValueError:
        raise Refused(f"{label}: redirected to no address") from None
    login, at, host = parts.netloc.rpartition("@")
    there = led.netloc.rpartition("@")[2]
    same = (led.scheme, there) == (parts.scheme, host)
    return led._replace(netloc=login + at + there if same else there)


def _check_inside(first: SplitResult, led: SplitResult, label: str) -> None:
    """Raises Refused where a server of the public internet would have the auditor ask one in its own network."""
    if led.hostname != first.hostname and is_internal(led.hostname or "") and not is_internal(first.hostname or ""):
        raise Refused(f"{label}: a redirect from the public internet to an internal address is not followed")


def _answer(url: str, headers: Mapping[str, str], label: str, clock: _Clock) -> HTTPResponse | None:
    first = parts = _checked(url, label)
    for _ in range(MOST_REDIRECTS + 1):
        if clock.left() <= 0:
            raise Unreachable(f"{label}: no time was left to fetch it")
        try:
            answer = _opener(clock).open(_request(parts, headers), timeout=min(SILENCE, clock.left()))
        except HTTPError as error:
            with error:
                if error.code == 304:
                    return None
                target = error.headers.get("Location")
                if error.code not in _REDIRECTS or not target:
                    said = visible(f"{error.code} {error.reason}", 80)
                    raise Unreachable(f"{label}: the server says {said}") from None
                parts = _behind(parts, target, label)
                _check_inside(first, parts, label)
                continue
        if not isinstance(answer, HTTPResponse) or answer.status != 200:
            raise Unreachable(f"{label}: the server sent no whole file")
        return answer
    raise Refused(f"{label}: more than {MOST_REDIRECTS} redirects")


@contextmanager
def answer_of(url: str, headers: Mapping[str, str], label: str, until: float) -> Iterator[HTTPResponse | None]:
    """The answer that carries the file; None for 304. At `until`, an instant of time.monotonic(), it ends where it is.

    `label` names the address in messages. Errors of reading inside the block are told like those of asking. Whether
    all of the announced length came is for the reader to see.

    Raises:
        Unreachable: it did not come, not whole, or not in time.
        Refused: the address or a redirect is not one to follow.
    """
    named = {"User-Agent": f"posture/{__version__}", "Accept-Encoding": "identity", "Connection": "close", **headers}
    with _Clock(until) as clock:
        try:
            answer = _answer(url, named, label, clock)
            if answer is None:
                yield None
                return
            with answer:
                yield answer
            clock.check()
        except (URLError, HTTPException, OSError, ValueError, Unreachable) as error:
            if clock.rang or clock.left() <= 0:
                raise Unreachable(f"{label}: not fetched within the time that was left") from None
            if isinstance(error, Unreachable):
                raise
            raise Unreachable(f"{label}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """What happened, without addresses that may carry a login."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, ssl.SSLError):
        return visible(f"TLS failed: {getattr(cause, 'verify_message', '') or cause.reason or 'no reason given'}", 160)
    if isinstance(cause, TimeoutError):
        return f"no answer for {SILENCE:.0f} seconds"
    if isinstance(cause, http.client.IncompleteRead):
        return "cut short"
    if isinstance(cause, OSError):
        return visible(cause.strerror or str(cause), 160)
    return f"it does not speak HTTP ({type(cause).__name__})"
