"""A small HTTP server on loopback that answers as the API of a source of accounts does, and fails on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Query = Mapping[str, str]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: Query
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    data: Any = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes | None = None
    cut: int = 0


Route = Callable[[Asked], Any]


@dataclass
class AccountsServer:
    """`routes` by path: JSON, or what makes it of a question. `faults` by path: what is answered instead."""

    routes: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, Callable[[Asked], Reply | None]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        fault = self.faults.get(asked.path)
        if fault and (instead := fault(asked)) is not None:
            return instead
        if asked.path not in self.routes:
            return Reply({"error": "not found"}, 404)
        route = self.routes[asked.path]
        answer = route(asked) if callable(route) else route
        return answer if isinstance(answer, Reply) else Reply(answer)

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


def started(tls: Any = None) -> tuple[AccountsServer, ThreadingHTTPServer]:
    """A server that listens; to be shut down with `stopped`."""
    emulated = AccountsServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = emulated.reply(Asked(self.command, parts.path, query, headers, body))
            raw = reply.raw if reply.raw is not None else json.dumps(reply.data).encode()
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw) + reply.cut))
            self.end_headers()
            try:
                self.wfile.write(raw)
            except OSError:
                self.close_connection = True
            if reply.cut:
                self.close_connection = True

        do_POST = do_GET  # noqa: N815  as http.server names it

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    emulated.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return emulated, server


def stopped(server: ThreadingHTTPServer) -> None:
    server.shutdown()
    server.server_close()
