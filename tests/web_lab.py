"""Web servers for tests, on loopback: emulated applications in a thread of this process, and programs of Debian."""

from __future__ import annotations

import asyncio
import http.client
import importlib.util
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from types import ModuleType

from posture.collect.network.target import Target
from posture.collect.network.web.look import look_at_web
from posture.collect.scope import ScopeGate
from posture.facts.network import Application, OpenPort
from posture.facts.web import WebSite, WebSites
from posture.model.customer import Authorization, AuthorizationMethod, Customer

HERE = "127.0.0.1"


class Unlogged:
    def record(self, action) -> None:
        pass


class Logged:
    """Keeps what was contacted."""

    def __init__(self) -> None:
        self.actions: list = []

    def record(self, action) -> None:
        self.actions.append(action)


def now() -> datetime:
    return datetime.now(UTC)


def target(*names: str, log=None, seconds: float = 60) -> Target:
    """Loopback, as a customer's address."""
    grant = Authorization(
        AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", now() - timedelta(days=1), now() + timedelta(hours=1)
    )
    customer = Customer("bakery", "Bakery", grant, networks=(ip_network("127.0.0.0/8"),))
    gate = ScopeGate(customer, "run-1", now, log or Unlogged())
    return Target(gate, HERE, now, now() + timedelta(seconds=seconds), names)


def look(
    port: int, *names: str, tls: bool = False, service: str = "http", **more
) -> tuple[WebSites, tuple[Application, ...]]:
    """All that is seen of one port."""
    sites, applications = look_at_web(target(*names, **more), [OpenPort(HERE, port, service, tls=tls)])
    return sites, applications.get(port, ())


def site(port: int, *names: str, **more) -> WebSite:
    """The one site of a port."""
    sites, _ = look(port, *names, **more)
    assert not sites.not_looked_at, sites.not_looked_at
    (only,) = sites.sites
    return only


def emulated() -> ModuleType:
    """The lab's emulated applications."""
    if "servers_web" not in sys.modules:
        path = Path(__file__).parent / "lab" / "servers_web.py"
        spec = importlib.util.spec_from_file_location("servers_web", path)
        sys.modules["servers_web"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["servers_web"])
    return sys.modules["servers_web"]


@contextmanager
def answering(serve: Callable) -> Iterator[int]:
    """A server on loopback, as asyncio's start_server takes it, in a thread of its own; yields its port."""
    loop, ready, port = asyncio.new_event_loop(), threading.Event(), []
    stop = asyncio.Event()

    async def tracked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            writer.transport.abort() if stop.is_set() else writer.close()

    async def run() -> None:
        server = await asyncio.start_server(tracked, HERE, 0)
        port.append(server.sockets[0].getsockname()[1])
        ready.set()
        await stop.wait()
        server.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        for _ in range(3):  # transports are closed by calls that are put off
            await asyncio.sleep(0)

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    ready.wait()
    try:
        yield port[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@contextmanager
def running(command: Sequence[object], port: int, folder: Path) -> Iterator[None]:
    """A program that listens on a port of loopback."""
    log = folder / f"{Path(str(command[0])).name}-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(word) for word in command], stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=folder
        )
    try:
        end = time.monotonic() + 20
        while True:
            with socket.socket() as probe:
                if probe.connect_ex((HERE, port)) == 0:
                    break
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"it does not start: {log.read_text(errors='replace')[-800:]}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


def ready(port: int, path: str) -> None:
    """Wait until a path is answered, be it with a demand for a login."""
    end = time.monotonic() + 20
    while True:
        asking = http.client.HTTPConnection(HERE, port, timeout=5)
        try:
            asking.request("GET", path)
            status = asking.getresponse().status
        except OSError:
            status = 0
        finally:
            asking.close()
        if status in {200, 401}:
            return
        assert time.monotonic() < end, f"{path} is answered with {status}"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return probe.getsockname()[1]
