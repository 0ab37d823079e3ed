"""An authorization that is revoked while it is used: nothing is sent any more within a second.

Real connections and a real nmap, on loopback; what revokes is another store on the same database.
"""

import os
import shutil
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from posture.collect.network.conversation import Conversation
from posture.collect.network.nmap_run import ScanAbandoned
from posture.collect.network.sweep.pool import SweepPool
from posture.collect.network.sweep.wanted import Wanted
from posture.collect.revocations import PERIOD, Revocations
from posture.collect.scope import NotAuthorized, ScopeGate
from posture.model.action import Action
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.revocation import Revocation
from posture.store import Store, open_store

FELT = 1.0  # second


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Log:
    actions: list[Action] = field(default_factory=list)

    def record(self, action: Action) -> None:
        self.actions.append(action)


@dataclass
class World:
    """A database, and the gates of a process that looks at it through one poller."""

    store: Store
    revoked: Revocations
    log: Log = field(default_factory=Log)

    def gate(self, name: str, rate: int = 0, reference: str = "MSA-7.1") -> ScopeGate:
        grant = Authorization(
            AuthorizationMethod.CONTRACT, reference, "Jane Doe", now() - timedelta(days=1), now() + timedelta(days=1)
        )
        owner = Customer(name, name, grant, networks=(ip_network("127.0.0.0/8"),), rate=rate)
        return ScopeGate(owner, "run-1", now, self.log, revoked=self.revoked)

    def revoke(self, name: str, reference: str = "MSA-7.1") -> None:
        self.store.revoke(Revocation(name, reference, now(), "jane", "the customer left"))

    def results(self, name: str) -> list[str]:
        return [action.result for action in self.log.actions if action.customer == name]


@pytest.fixture
def world(tmp_path):
    url = f"sqlite:///{tmp_path / 'posture.db'}"
    with open_store(url) as scanning, open_store(url) as elsewhere:
        yield World(elsewhere, Revocations(scanning.revoked_since))


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_what_was_revoked_is_refused_and_others_are_not(world):
    """By customer and reference together; the refusal says when and why, and is in the log."""
    world.revoke("bakery")
    world.revoke("florist", "MSA-6")
    with pytest.raises(NotAuthorized, match=r"MSA-7\.1 was revoked at .* \(the customer left\); nothing was sent"):
        world.gate("bakery").permit("127.0.0.1", "port sweep")
    with pytest.raises(NotAuthorized):
        world.gate("bakery").permit_service("staff", "read accounts")
    assert world.results("bakery")[0].startswith("refused: authorization MSA-7.1 was revoked")
    assert world.gate("florist").permit("127.0.0.1", "port sweep")


def test_the_database_is_asked_twice_a_second_at_most_by_all_gates_together():
    """Before each packet the answer is at hand."""
    asked, at = [], [0.0]
    shared = Revocations(lambda number: asked.append(number) or (), lambda: at[0])
    for _ in range(100):
        assert shared("bakery", "MSA-7.1") is None
    at[0] = PERIOD
    shared("florist", "MSA-7.1")
    assert asked == [0, 0]


def test_where_it_cannot_be_known_nothing_is_sent(world):
    """A database that does not answer is no leave to go on."""

    def fails(_number):
        raise NotAuthorized("whether the authorization was revoked cannot be known")

    gate = world.gate("bakery")
    gate.revoked = Revocations(fails)
    with pytest.raises(NotAuthorized, match="cannot be known"):
        gate.permit("127.0.0.1", "port sweep")


def test_an_open_connection_sends_nothing_more(world, listener):
    """Neither by itself nor in a conversation; what was sent before arrived."""
    gate = world.gate("bakery")
    permit = gate.permit("127.0.0.1", "confirm redis")
    connection = gate.connect(permit, listener.getsockname()[1], 5)
    there, _ = listener.accept()
    talk = Conversation(connection, now, time.monotonic() + 5)
    talk.say(b"before")
    world.revoke("bakery")
    gate.revoked._read_at = None  # half a second later
    for send in (talk.say, talk.send, connection.send, connection.sendall):
        with pytest.raises(NotAuthorized):
            send(b"after")
    talk.close()
    with there:
        assert b"".join(iter(lambda: there.recv(100), b"")) == b"before"


def put_on_path(folder: Path, monkeypatch, script: str) -> None:
    program = folder / "nmap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def wanted(gate: ScopeGate, address: str) -> Wanted:
    permit = gate.permit(address, "port sweep")
    return Wanted(gate, permit, "1-2000", "port sweep", now() + timedelta(minutes=5))


def scanning(address: str) -> list[int]:
    """The processes that have the address among their arguments."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if address.encode() in (folder / "cmdline").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def wait_until(done, seconds: float = 30) -> float:
    began = time.monotonic()
    while not done():
        assert time.monotonic() < began + seconds
        time.sleep(0.01)
    return time.monotonic() - began


@pytest.mark.skipif(shutil.which("nmap") is None, reason="needs nmap")
def test_a_running_sweep_is_stopped_within_a_second(world, tmp_path, monkeypatch):
    """A real nmap on loopback, slowed down; the host is told why, and the log says how it ended."""
    put_on_path(tmp_path, monkeypatch, f'exec {shutil.which("nmap")} "$@" --min-rate 5 --max-rate 20')
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(SweepPool(now).run, wanted(world.gate("bakery"), "127.0.0.2"))
        wait_until(lambda: scanning("127.0.0.2"))
        world.revoke("bakery")
        took = wait_until(lambda: not scanning("127.0.0.2"))
        with pytest.raises(NotAuthorized, match=r"was revoked at .*\(the customer left\)"):
            running.result()
    assert took < FELT
    assert [r.partition(":")[0] for r in world.results("bakery")] == ["begins", "refused", "failed"]


def test_who_shared_an_nmap_with_the_revoked_is_looked_at_again(world, tmp_path, monkeypatch):
    """One customer's end is no other's: nmap is a stand-in, so that nothing is sent."""
    hosts = {"bakery": "198.51.100.1", "florist": "198.51.100.2"}  # RFC 5737
    put_on_path(tmp_path, monkeypatch, f"echo $$ >>{tmp_path}/starts; sleep 60")
    pool, gates = SweepPool(now), {name: world.gate(name) for name in hosts}
    for gate in gates.values():
        gate.customer = replace(gate.customer, networks=(ip_network("198.51.100.0/24"),))
    with ThreadPoolExecutor(2) as threads:
        running = {name: threads.submit(pool.run, wanted(gates[name], host)) for name, host in hosts.items()}
        wait_until(lambda: scanning(hosts["bakery"]))
        together = scanning(hosts["bakery"])
        assert together == scanning(hosts["florist"])
        world.revoke("bakery")
        wait_until(lambda: not set(together) & set(scanning(hosts["bakery"])))
        with pytest.raises(NotAuthorized):
            running["bakery"].result()
        wait_until(lambda: scanning(hosts["florist"]))
        assert not scanning(hosts["bakery"])
        pool.stop()
        assert isinstance(running["florist"].exception(), ScanAbandoned)
    assert [r.partition(":")[0] for r in world.results("florist")] == ["begins", "failed", "begins", "failed"]
