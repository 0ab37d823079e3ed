"""A real PostgreSQL of the tests' own, on a socket in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from owner import OWNER
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from posture.store import upgrade
from posture.store.roles import APP_ROLE


def programs() -> Path | None:
    """The folder of PostgreSQL's server programs, the newest of those Debian has installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    plain = shutil.which("initdb")
    return found[-1].parent if found else Path(plain).parent if plain else None


def unprivileged() -> str | None:
    """The user to run the server as when this is root, which PostgreSQL refuses; None: as oneself."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL that listens on a socket in its own folder only."""

    folder: Path
    numbers: Iterator[int]
    port: int = 5432

    def url(self, database: str, role: str = APP_ROLE) -> str:
        """The URL of a database, for the role that the program works as, or another."""
        port = "" if self.port == 5432 else f"&port={self.port}"
        return f"postgresql://{role}@/{database}?host={self.folder}{port}"

    def restart(self) -> None:
        """Crash the server's processes as an immediate shutdown does, and let it recover and serve again."""
        engine = create_engine(self.url("postgres", OWNER).replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            os.kill(pid, signal.SIGKILL)  # the postmaster takes all others down and starts crash recovery
        engine.dispose()

    def cut_off(self) -> None:
        """End every other connection at once."""
        engine = create_engine(self.url("postgres", OWNER).replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename <> ''"
            )
        engine.dispose()

    def await_recovery(self) -> None:
        """Wait until it serves again."""
        engine = create_engine(self.url("postgres", OWNER).replace("://", "+psycopg://"))
        late = time.monotonic() + 60
        while True:
            try:
                engine.connect().close()
                break
            except OperationalError:
                assert time.monotonic() < late, "PostgreSQL does not come back"
                time.sleep(0.05)
        engine.dispose()

    def new(self, template: str = "template1", role: str = APP_ROLE) -> str:
        """A new database; its URL."""
        name = f"posture_{next(self.numbers)}"
        engine = create_engine(self.url("postgres", OWNER).replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        engine.dispose()
        return self.url(name, role)


def nothing_more(folder: Path) -> dict[str, str]:
    """No settings of one's own."""
    return {}


@contextmanager
def running(prepared: Callable[[Path], dict[str, str]] = nothing_more) -> Iterator[Server]:
    """A server until the block ends; skips the test where there is none.

    Args:
        prepared: given the server's folder, with a fresh cluster in `data`; puts files there and returns settings.
    """
    bin_folder = programs()
    if bin_folder is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: apt-get install postgresql)")
    user = unprivileged()
    as_user = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    folder = Path(tempfile.mkdtemp(prefix="posture-pg-"))
    if user:
        shutil.chown(folder, user)
    data, log = folder / "data", folder / "log"
    try:
        subprocess.run(
            [bin_folder / "initdb", "-D", data, "-U", "auditor", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
            check=True, capture_output=True, cwd=folder, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, **as_user,
        )  # fmt: skip
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": folder,
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "80",
        } | prepared(folder)
        if user:
            subprocess.run(["chown", "-R", user, folder], check=True)
        with log.open("wb") as output:
            server = subprocess.Popen(
                [bin_folder / "postgres", "-D", data, *(f"--{k}={v}" for k, v in settings.items())],
                stdout=output, stderr=output, cwd=folder, **as_user,
            )  # fmt: skip
        try:
            until = time.monotonic() + 60
            while not list(folder.glob(".s.PGSQL.*[0-9]")) or b"ready to accept connections" not in log.read_bytes():
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.02)
            made = Server(folder, count(), int(settings.get("port", "5432")))
            engine = create_engine(made.url("postgres", OWNER).replace("://", "+psycopg://"))
            with engine.begin() as connection:
                connection.exec_driver_sql(f"CREATE ROLE {APP_ROLE} LOGIN")
            engine.dispose()
            upgrade(made.new(role=OWNER), APP_ROLE)  # posture_0: the template of the others
            yield made
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.send_signal(signal.SIGQUIT)
                server.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
