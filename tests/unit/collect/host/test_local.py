"""This very machine, without SSH."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dpkg_at_rest import at_rest

from posture.collect.host import collect_inside, local
from posture.facts.factset import INSIDE
from posture.facts.host import KernelState, ListeningSockets
from posture.facts.packages import InstalledPackages
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource, ResourceKind

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HERE = Resource(ResourceKind.HOST, "this-machine", local=True)


@pytest.fixture
def clock():
    started = time.monotonic()
    return lambda: NOW + timedelta(seconds=time.monotonic() - started)


def test_this_machine_agrees_with_its_own_tools(clock):
    """Packages as dpkg counts them, ports as ss lists them, the kernel as uname says."""
    with at_rest() as listed:
        facts = collect_inside(HERE, None, clock, NOW + timedelta(minutes=2))
    assert set(facts) == set(INSIDE)
    assert facts[KernelState].running == Path("/proc/sys/kernel/osrelease").read_text().strip()
    told = [line for line in listed.splitlines() if line.startswith("installed ")]
    assert len(facts[InstalledPackages].packages) == len(told)
    assert not isinstance(facts[ListeningSockets], Unavailable)


def test_the_time_limit_ends_it_and_all_it_started(clock, monkeypatch):
    """A collector that hangs is ended with its children, also those that made process groups of their own."""
    monkeypatch.setattr(local, "program", lambda _nonce, _key: b"timeout 987 sleep 987 & sleep 987\n")
    facts = collect_inside(HERE, None, clock, NOW + timedelta(seconds=0.5))
    assert "ran out" in facts[KernelState].reason
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "sleep 987" not in running
