"""What collecting from 200 hosts costs the auditor's machine, beside nothing but logging in to each of them.

Real servers on loopback, 64 sessions at once. The servers send what the whole collector sent once, so that its volume
flows and their own processors' time, which a fleet brings along, does not rule the measurement. Client CPU only.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Self

import paramiko
import pytest

from posture.collect.host.capture import Capture, Limit
from posture.collect.host.collect import facts
from posture.collect.host.local import run_here
from posture.collect.host.program import new_nonce
from posture.collect.host.ssh import run_over_ssh
from posture.collect.host.trust import NOBODY_KNOWN, HostTrust
from posture.facts.host import OsRelease

HOSTS, WIDE = 200, 64
MOST_CPU = 2.0  # times a bare login
MOST_MEMORY = 512  # MiB at 64 wide, beyond the program itself


def load(name: str) -> ModuleType:
    path = Path(__file__).parents[1] / "faults" / "ssh" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class Fleet:
    """One server that stands for all hosts: each login is a host of its own."""

    def __init__(self, servers: ModuleType, folder: Path) -> None:
        self.servers, self.clock = servers, servers.Clock()
        said = Capture(new_nonce(), "0" * 64)
        run_here(said, Limit(self.clock, self.clock() + timedelta(minutes=5)))
        assert said.complete, said.ended
        (folder / "said").write_bytes(bytes(said.output).replace(said.nonce.encode(), b"@NONCE@"))
        # Each run has a number of its own in its frame: the first line of what is sent gives it.
        answer = f'read -r _ _ nonce _; cat >{os.devnull}; exec sed "s/@NONCE@/$nonce/g" {folder}/said'
        (folder / "answer").write_text(f'[ "$SSH_ORIGINAL_COMMAND" = true ] && exit 0\n{answer}\n')
        self.server = servers.start(
            folder, f"ForceCommand /bin/sh {folder}/answer", "MaxStartups 400", "MaxSessions 400", "UseDNS no"
        )
        self.size = len(said.output)

    def collect(self, _: int) -> Capture:
        """A whole session of ours."""
        host = self.server.resource()
        gate = self.servers.gate(self.servers.Log(), self.clock)
        capture = Capture(new_nonce(), "0" * 64)
        limit = Limit(self.clock, self.clock() + timedelta(minutes=5))
        run_over_ssh(HostTrust("bakery", host, host.ssh, NOBODY_KNOWN), gate, capture, limit)
        return capture

    def bare(self, _: int) -> None:
        """The least that a login with paramiko can be: its own defaults but for the cheap key exchange."""
        transport = paramiko.Transport(("127.0.0.1", self.server.port))
        transport.get_security_options().kex = ("curve25519-sha256@libssh.org",)
        try:
            transport.connect(username="root", pkey=paramiko.Ed25519Key.from_private_key_file(self.login))
            channel = transport.open_session()
            channel.exec_command("true")
            assert channel.recv_exit_status() == 0
        finally:
            transport.close()

    @property
    def login(self) -> str:
        return str(self.server.folder / "login")


def used(work: Callable[[int], object], times: int, wide: int) -> tuple[float, float, list[object]]:
    """CPU seconds of this process and seconds on the clock for each of these, so many at once."""
    gc.collect()
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    with ThreadPoolExecutor(wide) as pool:
        results = list(pool.map(work, range(times)))
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu / times, (time.monotonic() - begun) / times, results


def memory() -> int:
    """MiB of this process in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() >> 20


class Peak:
    """The most memory while it runs."""

    def __enter__(self) -> Self:
        self.before = self.most = memory()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            self.most = max(self.most, memory())

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


@pytest.mark.filterwarnings("ignore")
def test_collecting_costs_at_most_twice_a_bare_login(tmp_path: Path) -> None:
    """CPU of this machine for each host, and the memory 64 sessions take; what is read is whole and understood."""
    servers = load("ssh_server")
    if why := servers.missing():
        pytest.skip(why)
    fleet = Fleet(servers, tmp_path)
    try:
        fleet.bare(0)
        fleet.collect(0)
        bare, bare_wall, _ = used(fleet.bare, HOSTS, WIDE)
        with Peak() as peak:
            ours, wall, captures = used(fleet.collect, HOSTS, WIDE)
        assert all(capture.complete for capture in captures), {capture.ended for capture in captures}
        begun = time.process_time()
        understood = facts(captures[0].sections(), fleet.clock())
        reading = time.process_time() - begun
    finally:
        fleet.server.stop()
    assert isinstance(understood[OsRelease], OsRelease)
    mib = peak.most - peak.before
    print(f"\n{HOSTS} hosts, {WIDE} at once, {fleet.size / 1024:.0f} KiB each, client CPU for each host")
    print("(hosts/s with the server on the same processors):")
    print(f"  bare paramiko login running true  {bare * 1000:6.1f} ms  {1 / bare_wall:5.0f} hosts/s")
    print(
        f"  our session                       {ours * 1000:6.1f} ms  {1 / wall:5.0f} hosts/s  {ours / bare:.2f} times"
    )
    print(f"  understanding what it said        {reading * 1000:6.1f} ms")
    print(f"  memory: {mib} MiB more at {WIDE} wide")
    print(f"  10,000 hosts: {10_000 * (ours + reading) / 60:.1f} CPU minutes")
    assert ours <= MOST_CPU * bare
    assert mib <= MOST_MEMORY
