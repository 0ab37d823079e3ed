"""A password of letters that mean something in URLs: the store and the queue take it alike, and nothing tells it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from owner import OWNER
from postgresql_server import running
from sqlalchemy import text
from web_lab import free_port

from posture.execute.procrastinate_schema import NoQueue, apply, require
from posture.execute.procrastinate_wake import wake_for_urgent, wake_workers
from posture.store import open_store
from posture.store.database import EVERYONE, connect_to
from posture.store.errors import DatabaseUnreachable, StoreError
from posture.store.roles import APP_ROLE

pytestmark = pytest.mark.postgresql

PASSWORD = "lemon%tree@sour/grape:azure plum "
BARE = PASSWORD.replace("@", "%40")
"""As people write it who know of the @ alone."""
WORDS = ("lemon", "tree", "sour", "grape", "azure", "plum")


@dataclass(frozen=True)
class Guarded:
    """A server that asks for the password."""

    port: int

    def url(self, password: str, more: str = "") -> str:
        return f"postgresql://{APP_ROLE}:{password}@127.0.0.2:{self.port}/posture_0{more}"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    port = free_port()

    def prepared(place: Path) -> dict[str, str]:
        (place / "data" / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.0/8 scram-sha-256\n")
        return {"listen_addresses": "127.0.0.2", "port": str(port)}

    with running(prepared) as server:
        apply(server.url("posture_0", OWNER), APP_ROLE)
        database = connect_to(server.url("postgres", OWNER))
        with database.writing(EVERYONE) as connection:
            connection.execute(text(f"ALTER ROLE {APP_ROLE} PASSWORD '{PASSWORD}'"))
        database.engine.dispose()
        yield Guarded(port)


def tells_nothing(said: str) -> bool:
    return not any(word in said for word in WORDS)


def posture(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "posture.cli.main", *arguments]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("password", [quote(PASSWORD, safe=""), BARE], ids=["encoded", "bare"])
def test_store_and_queue_take_the_same_url(guarded: Guarded, password: str) -> None:
    """libpq's own reader of URLs refuses a bare % or space that the store's takes, and repeats the text."""
    with open_store(guarded.url(password)):
        require(guarded.url(password))
        assert wake_workers(guarded.url(password), 1) == 0
        wake_for_urgent(guarded.url(password))


@pytest.mark.parametrize(
    "wrong",
    [
        PASSWORD,
        PASSWORD.replace("@", "@@"),
        BARE + "x",
        "lemon@tree/sour",
        "lemon@tree:sour",
        "lemon@tree/?sour",
        "lemon%zz",
    ],
)
def test_a_url_that_does_not_work_is_not_repeated(guarded: Guarded, wrong: str, caplog: pytest.LogCaptureFixture):
    """By the store, the queue, or what the queue's library logs; nor are parts of it taken for a host."""
    caplog.set_level(0)
    queue = (lambda url: wake_workers(url, 1), wake_for_urgent) if "@" in wrong else ()  # else it tries for a while
    for refused in (open_store, require, apply, *queue):
        with pytest.raises((StoreError, NoQueue, DatabaseUnreachable)) as said:
            refused(guarded.url(wrong))
        assert tells_nothing(str(said.value))
        assert not isinstance(said.value, NoQueue) or tells_nothing(said.value.step)
    assert tells_nothing(caplog.text)


def test_a_parameter_that_postgresql_does_not_know_is_told_without_the_url(guarded: Guarded) -> None:
    """What follows a bare & of a password in the query, too."""
    with pytest.raises(NoQueue, match="does not understand") as said:
        require(guarded.url(BARE, "?password=lemon&tree=1"))
    assert tells_nothing(str(said.value))


@pytest.mark.parametrize("password", [BARE, PASSWORD, BARE + "x"], ids=["bare", "with-an-at", "wrong"])
def test_a_worker_says_nothing_of_it(guarded: Guarded, password: str) -> None:
    """Whether it can begin or not; in words or as JSON."""
    how = {"POSTURE_DATABASE": guarded.url(password), "POSTURE_LOG_FORMAT": "json"}
    done = posture("worker", "--until-done", "none", **how)
    assert (done.returncode == 0) is (password == BARE), done.stderr
    queued = posture("worker", "--threads", "1", **how) if password != BARE else done
    assert tells_nothing(done.stdout + done.stderr + queued.stdout + queued.stderr)
