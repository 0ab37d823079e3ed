"""PgBouncer in transaction mode between the program and PostgreSQL: each transaction may meet another connection."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest
from postgresql_server import Server, unprivileged
from sqlalchemy import select, text
from web_lab import free_port

from posture.store import Store, open_store
from posture.store.database import EVERYONE
from posture.store.roles import APP_ROLE
from posture.store.schema import finding

pytestmark = pytest.mark.postgresql

SETTINGS = """
[databases]
* = host={server} user={role}
[pgbouncer]
pool_mode = transaction
default_pool_size = 2
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
auth_type = any
auth_file = {folder}/users
logfile = {folder}/log
pidfile = {folder}/pid
"""


@pytest.fixture
def pooled(postgresql: Server) -> Iterator[str]:
    """The URL of a database through a pooler that has two connections to it."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed (Debian: apt-get install pgbouncer)")
    folder, port = postgresql.folder / "pooler", free_port()
    folder.mkdir()
    (folder / "users").write_text(f'"{APP_ROLE}" ""\n')
    settings = folder / "pgbouncer.ini"
    settings.write_text(SETTINGS.format(server=postgresql.folder, role=APP_ROLE, folder=folder, port=port))
    user = unprivileged()
    if user:
        subprocess.run(["chown", "-R", user, folder], check=True)
    who = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    server = subprocess.Popen([program, "--quiet", settings], **who)
    try:
        until = time.monotonic() + 20
        while not (folder / f".s.PGSQL.{port}").exists():
            assert server.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < until
            time.sleep(0.02)
        database = postgresql.new("posture_0").partition("@/")[2].partition("?")[0]
        yield f"postgresql://{APP_ROLE}@/{database}?host={folder}&port={port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def test_audits_go_on_and_customers_stay_apart(pooled, make):
    """No statement or setting of one transaction is looked for in the next one, which another connection does."""
    names = ("bakery", "cafe")
    customers = [make.customer(name, ["a", "b"]) for name in names]

    def seen(store: Store, name: str) -> set[str]:
        with store.database.reading(name) as connection:
            return set(connection.execute(select(finding.c.customer)).scalars())

    with open_store(pooled) as store, open_store(pooled) as other:
        make.audit(store, 1, customers, "6379/tcp")
        for _ in range(12):  # more often than after which the driver would prepare a statement
            assert [seen(store, name) for name in names] == [{name} for name in names]
        with other.database.reading("cafe") as connection:
            connection.execute(text("SELECT 1"))  # has the connection that the others went through
            assert [seen(store, name) for name in names] == [{name} for name in names]
            assert seen(store, "") == set()
            make.audit(store, 2, customers, "6379/tcp")
        assert seen(other, "bakery") == {"bakery"}
        with store.database.engine.connect() as connection:
            assert connection.execute(select(finding.c.customer)).all() == []


def test_bounds_of_time_hold_within_a_transaction_and_are_nobody_elses(pooled):
    with open_store(pooled) as store:
        with store.database.reading(EVERYONE) as connection:
            assert connection.execute(text("SHOW lock_timeout")).scalar() == "30s"
            assert connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar() == "10min"
        with store.database.engine.connect() as connection:
            assert connection.execute(text("SHOW lock_timeout")).scalar() == "0"


def test_only_behind_a_pooler_is_nothing_prepared(postgresql, pooled):
    """Prepared statements spare a third of what a unit asks of the database."""
    for url, threshold in ((pooled, None), (postgresql.new("posture_0"), 5)):
        with open_store(url) as store, store.database.reading(EVERYONE) as connection:
            assert connection.connection.driver_connection.prepare_threshold == threshold
