"""A server on loopback whose answers a test writes byte by byte."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[[socket.socket, str], None]
"""Gets the connection and the head of the request; the connection is closed behind it."""


def plain(body: bytes, *headers: str, status: str = "200 OK") -> Answer:
    """An answer with a length."""

    def answer(connection: socket.socket, _: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
        connection.sendall("\r\n".join(lines).encode() + body)

    return answer


def _head(connection: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head and (piece := connection.recv(4096)):
        head += piece
    return head.decode("latin-1")


@contextmanager
def serving(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[str]]]:
    """The server's address, ``http://127.0.0.1:PORT``, and the heads of the requests so far."""
    listener = socket.create_server(("127.0.0.1", 0))
    heads: list[str] = []
    stopped = threading.Event()

    def one(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(10)
            with suppress(OSError):
                secure = context.wrap_socket(connection, server_side=True) if context else connection
                with secure:
                    heads.append(_head(secure))
                    answer(secure, heads[-1])

    def loop() -> None:
        while not stopped.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{listener.getsockname()[1]}", heads
    finally:
        stopped.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
