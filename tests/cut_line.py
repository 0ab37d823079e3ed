"""A line to PostgreSQL that can be cut and mended: a socket that forwards to the server's own."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
import threading
from pathlib import Path

NAME = ".s.PGSQL.5432"


class Line:
    """Clients name `folder` as their host. Cut, it has no socket, and every connection ends at once."""

    def __init__(self, server: Path) -> None:
        self.server = server / NAME
        self.folder = Path(tempfile.mkdtemp(prefix="posture-line-"))
        self._ends: list[socket.socket] = []
        self._listening: socket.socket | None = None

    def mend(self) -> None:
        (self.folder / NAME).unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(self.folder / NAME))
        listening.listen(64)
        self._listening = listening
        threading.Thread(target=self._serve, args=[listening], daemon=True).start()

    def cut(self) -> None:
        if self._listening is not None:
            self._end(self._listening)
            self._listening = None
        (self.folder / NAME).unlink(missing_ok=True)
        for end in self._ends:
            self._end(end)
        self._ends.clear()

    def close(self) -> None:
        self.cut()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self.server))
            self._ends += [client, server]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=[source, sink], daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        self._end(source)
        self._end(sink)

    @staticmethod
    def _end(one: socket.socket) -> None:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
