"""A re-check and a pre-onboarding check wait for nothing that a night is at, however long that hangs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from simulator.fleet import customers
from simulator.inventory import written

import posture
from posture.engine.clock import utc_now
from posture.model.customer import AuthorizationMethod
from posture.model.finding import FindingStatus
from posture.model.grant import Grant, Proof
from posture.model.resource import ALL_HOSTS
from posture.store import open_store

TESTS = Path(__file__).parents[1]
HERE = [str(Path(posture.__file__).parents[1]), str(TESTS)]
CUSTOMERS, EACH = 3, 2
A_SECOND = 1.0
TRIES = 3  # by itself it takes a thirtieth of it; what else the machine is at takes its time, too


@dataclass
class Place:
    """A folder with an inventory and the database of some nights."""

    folder: Path
    url: str

    @property
    def hold(self) -> Path:
        return self.folder / "hold"

    def start(self, program: str, *arguments: object, error: int = subprocess.PIPE) -> subprocess.Popen[str]:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(HERE), "POSTURE_DATABASE": self.url, "POSTURE_LOG_FORMAT": "json",
            "POSTURE_CACHE": str(self.folder), "POSTURE_DATA": str(self.folder), "POSTURE_RESOLVER": "127.0.0.1#9",
        }  # fmt: skip
        command = [sys.executable, str(TESTS / program), *map(str, arguments)]
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=error
        )

    def night(self, *arguments: object, error: int = subprocess.PIPE) -> subprocess.Popen[str]:
        return self.start("night_program.py", "customers.yaml", *arguments, error=error)

    def looks_after(self, *command: str) -> float:
        """Seconds from when `posture` was ready to its first look, by its log; the check comes to its end."""
        process = self.start("urgent_program.py", *command)
        try:
            _, log = process.communicate(timeout=120)
        finally:
            process.kill()
        assert process.returncode in {0, 1, 3}, log
        told = [json.loads(line) for line in log.splitlines()]
        at = {one["event"].partition(" at ")[0]: datetime.fromisoformat(one["time"]) for one in reversed(told)}
        return (at["looking"] - at["ready"]).total_seconds()

    def begins_at_once(self, *command: str) -> bool:
        """Whether a look begins within a second, in one of some tries."""
        return any(self.looks_after(*command) < A_SECOND for _ in range(TRIES))

    @contextmanager
    def held_night(self) -> Iterator[list[str]]:
        """A night whose threads, networks and looks at once are all taken by looks that hang; what they look at."""
        self.hold.touch()
        process = self.night(
            "--night", 1, "--hold", self.hold, "--threads", CUSTOMERS, "--per-network", 1, "--at-once", CUSTOMERS
        )
        looked_at: list[str] = []
        try:
            for line in process.stderr or ():
                event = json.loads(line)["event"]
                looked_at += [event.partition(" at ")[2]] if event.startswith("looking at ") else []
                if len(looked_at) == CUSTOMERS:
                    break
            assert len(looked_at) == CUSTOMERS
            yield looked_at
        finally:
            self.hold.unlink()
            _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """After a first night, which found something everywhere."""
    written(tmp_path / "customers.yaml", customers(CUSTOMERS, EACH))
    server = request.param == "postgresql" and request.getfixturevalue("postgresql")
    made = Place(tmp_path, server.new("posture_0") if server else f"sqlite:///{tmp_path}/posture.db")
    process = made.night()
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return made


def contract(place: Place) -> str:
    """Of a prospect in the network of a customer."""
    now = utc_now()
    (network,) = next(iter(customers(1, 1))).networks
    address = ip_network(f"{network[200]}/32")
    proof = Proof(str(address), AuthorizationMethod.CONTRACT, now - timedelta(days=9), "signed by Jane Doe")
    with open_store(place.url) as store:
        store.save_grant(
            Grant("MSA-43", "new-gmbh", "New GmbH", AuthorizationMethod.CONTRACT, "Jane Doe", now - timedelta(days=9),
                  now + timedelta(days=90), (), (address,), (proof,))
        )  # fmt: skip
    return "MSA-43"


def test_they_begin_to_look_within_a_second_and_come_to_their_end_while_a_whole_night_hangs(place: Place) -> None:
    """At a host that hangs just now, in a network that is at its bound, while no slot and no thread is free."""
    grant = contract(place)
    with open_store(place.url) as store:
        found = {
            f"{one.customer}/{one.resource}": one.id
            for one in store.findings()
            if one.status is not FindingStatus.RESOLVED and one.resource != ALL_HOSTS.id
        }
        with place.held_night() as looked_at:
            finding = next(found[resource] for resource in looked_at if resource in found)
            assert place.begins_at_once("recheck", finding)
            assert place.begins_at_once(
                "precheck", "--name", "New GmbH", "--authorization", grant, "--format", "json", "--out", "precheck"
            )
            units = store.progress(store.night("2026-11-02").run, utc_now())
            assert (units.leased, units.done, units.networks) == (CUSTOMERS, 0, CUSTOMERS), "it hung all the while"
