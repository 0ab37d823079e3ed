"""One request and its answer over an open connection, in HTTP/1.1 (RFC 9112): bounded in every direction.

The bytes are h11's to understand; this module decides how much of them is listened to.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import h11

from posture.collect.network.conversation import Conversation, wants_certificate
from posture.collect.network.web.answer import Answer, Request, unpacked

HEAD_LIMIT = 16_384  # bytes of the head of an answer
WIRE_LIMIT = 131_072  # bytes on the wire beyond the head of one answer: chunks have heads of their own
MOST_INTERIM = 5  # 1xx answers before the real one
_PIECE = 16_384

WANTS_CERTIFICATE = "asks for a TLS client certificate"
NOT_HTTP = "answered something that is not HTTP"


class Failed(Exception):
    """No answer came. The message follows "it"."""


class HungUp(Failed):
    """The connection was closed before the answer began: a kept one may just have grown old."""


@dataclass(slots=True)
class Line:
    """A connection that carries one request after the other, for as long as both sides keep it.

    `wire` are the bytes that one answer may take on the wire.
    """

    talk: Conversation
    host: str
    agent: str
    clock: Callable[[], datetime]
    protocol: h11.Connection = field(
        default_factory=lambda: h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)
    )
    kept: bool = False
    wire: int = WIRE_LIMIT

    def ask(self, request: Request) -> Answer:
        """Send a request and read the answer. `kept` tells afterwards whether the connection can be used again.

        Raises:
            Failed: no answer, or none that could be understood.
        """
        at = self.clock()
        self.kept, begins = False, self.talk.read
        with suppress(OSError):  # who answers early and hangs up is heard all the same
            self.talk.send(self._words(request))
        head = self._head(begins)
        headers = tuple((name.decode("ascii").lower(), _value(value)) for name, value in head.headers)
        body, whole = self._body(request.most, self.talk.read)
        self.kept = whole and self._ready_for_more()
        encoding = next((value for name, value in headers if name == "content-encoding"), "")
        content = unpacked(body, encoding, request.most)
        return Answer(request, head.status_code, headers, content or b"", not whole or content is None, at)

    def _words(self, request: Request) -> bytes:
        headers = {"Host": self.host, "User-Agent": self.agent, "Accept": "*/*"}
        if request.body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(request.body))}
        headers |= dict(request.headers)
        asked = self.protocol.send(
            h11.Request(method=request.method, target=request.path, headers=list(headers.items()))
        )  # fmt: skip
        body = self.protocol.send(h11.Data(data=request.body)) if request.body else b""
        return (asked or b"") + (body or b"") + (self.protocol.send(h11.EndOfMessage()) or b"")

    def _head(self, begins: int) -> h11.Response:
        for _ in range(MOST_INTERIM + 1):
            event = self._next(begins)
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise Failed(NOT_HTTP)
        raise Failed(f"sent more than {MOST_INTERIM} interim answers")

    def _body(self, most: int, begins: int) -> tuple[bytes, bool]:
        """The body up to the limit, and whether it came to its end: what broke off is an answer all the same."""
        body = b""
        try:
            while isinstance(event := self._next(begins), h11.Data):
                body += event.data
                if len(body) > most:
                    return body[:most], False
        except Failed:
            return body, False
        return body, isinstance(event, h11.EndOfMessage)

    def _next(self, begins: int) -> h11.Event:
        """What comes next.

        Raises:
            Failed: nothing came in time, or it is not HTTP, or too much.
        """
        try:
            while True:
                event = self.protocol.next_event()
                if isinstance(event, (h11.Event, h11.ConnectionClosed)):
                    return event
                if event is h11.PAUSED:
                    raise Failed(NOT_HTTP)
                if self.talk.read - begins > self.wire:
                    raise Failed(f"sent more than {self.wire} bytes")
                self._listen(begins)
        except h11.RemoteProtocolError as error:
            raise Failed(NOT_HTTP) from error

    def _listen(self, begins: int) -> None:
        try:
            piece = self.talk.receive(_PIECE)
        except TimeoutError as error:
            heard = "more " if self.talk.read > begins else ""
            raise Failed(f"said nothing {heard}within {max(1, round(self.talk.limit))} s") from error
        except OSError as error:
            if wants_certificate(error):
                raise Failed(WANTS_CERTIFICATE) from error
            piece = b""
        if not piece and self.talk.read == begins:
            raise HungUp("closed the connection without a word")
        self.protocol.receive_data(piece)

    def _ready_for_more(self) -> bool:
        """Whether both sides keep the connection, and nothing was sent that nobody asked for."""
        if self.protocol.trailing_data[0] or self.protocol.states != {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
            return False
        self.protocol.start_next_cycle()
        return True


def _value(raw: bytes) -> str:
    return raw[:4096].decode("latin-1")
