"""One finding looked at again, on real servers in a network of their own: its port, and nothing else."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

POSTURE = Path(sys.executable).with_name("posture")
TARGET = "198.51.100.2"
CUSTOMERS = f"""\
customers:
  - id: bakery
    name: Example Bakery GmbH
    authorization: {{reference: MSA-7.1, granted_by: Jane Doe, valid_until: 2099-03-02T00:00:00+01:00}}
    networks: [198.51.100.0/28]
    resources: [{{kind: host, id: web1, address: {TARGET}}}]
"""
pytestmark = pytest.mark.lab


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def wire() -> Iterator[tuple[str, str]]:
    """Two machines on one wire: the auditor's namespace and the customer's."""
    lacking = [program for program in ("ip", "nmap", "redis-server") if not shutil.which(program)]
    if lacking or os.geteuid() != 0:
        pytest.skip(f"needs root and {', '.join(lacking or ['nothing else'])}")
    ours, theirs = (f"posture-{side}-{os.getpid()}" for side in ("o", "t"))
    with ExitStack() as stack:
        for name in (ours, theirs):
            ip("netns", "add", name)
            stack.callback(ip, "netns", "delete", name)
        ip("link", "add", "wire", "netns", ours, "type", "veth", "peer", "name", "wire", "netns", theirs)
        for name, address in ((ours, "198.51.100.1"), (theirs, TARGET)):
            ip("-n", name, "addr", "add", f"{address}/28", "dev", "wire")
            ip("-n", name, "link", "set", "lo", "up")
            ip("-n", name, "link", "set", "wire", "up")
        yield ours, theirs


@pytest.fixture
def redis(wire: tuple[str, str], tmp_path: Path) -> Iterator[Callable[[int], subprocess.Popen[bytes]]]:
    """redis(6379) -> one that lets everybody in, answering."""
    with ExitStack() as stack:

        def start(port: int) -> subprocess.Popen[bytes]:
            log = stack.enter_context((tmp_path / f"{port}.log").open("wb"))
            words = ["--bind", TARGET, "--protected-mode", "no", "--port", str(port), "--save", ""]
            server = subprocess.Popen(
                ["ip", "netns", "exec", wire[1], "redis-server", *words], stdout=log, stderr=log, cwd=tmp_path
            )
            stack.callback(server.wait, 10)
            stack.callback(server.kill)
            until = time.monotonic() + 10
            while b"eady to accept" not in Path(log.name).read_bytes():
                assert time.monotonic() < until, Path(log.name).read_text()
                time.sleep(0.02)
            return server

        yield start


def test_a_recheck_asks_one_port_and_moves_one_finding(wire, redis, tmp_path: Path) -> None:
    """Both servers are closed: the one that is asked about is fixed, of the other nothing is said."""
    servers = {port: redis(port) for port in (6379, 6380)}
    (tmp_path / "customers.yaml").write_text(CUSTOMERS)
    (tmp_path / "sources.list").write_text("deb [trusted=yes] file:/nowhere none main\n")
    environment = os.environ | {
        "POSTURE_CACHE": str(tmp_path), "POSTURE_DATA": str(tmp_path), "POSTURE_RESOLVER": "127.0.0.1#9",
        "POSTURE_APT_SOURCES": str(tmp_path / "sources.list"), "NO_COLOR": "1",
    }  # fmt: skip

    def posture(*words: str) -> subprocess.CompletedProcess[str]:
        command = ["ip", "netns", "exec", wire[0], str(POSTURE), *words]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200, check=False
        )

    def findings() -> dict[str, dict[str, str]]:
        every = (word for status in ("new", "open", "reopened", "resolved") for word in ("--status", status))
        listed = posture("findings", "bakery", "--format", "csv", *every).stdout
        return {row["subject"]: row for row in csv.DictReader(io.StringIO(listed))}

    audit = posture("audit", "bakery", "--check", "exposure.redis-no-auth", "--format", "json")
    first = findings()
    asked, other = (f"{TARGET}:{port}/tcp" for port in (6379, 6380))
    assert first.keys() == {asked, other}, audit.stderr
    sent = len(posture("log").stdout.splitlines())

    assert posture("recheck", first[asked]["id"]).returncode == 1
    for server in servers.values():
        server.kill()
        server.wait()
    again = posture("recheck", first[asked]["id"])
    assert (again.returncode, "is resolved" in again.stdout) == (0, True), again.stdout + again.stderr
    after = findings()
    assert after[asked]["status"] == "resolved"
    assert after[other] == first[other]
    contacts = "\n".join(posture("log").stdout.splitlines()[sent:-1])
    assert "6379" in contacts
    assert "6380" not in contacts
    assert "udp" not in contacts

    ip("-n", wire[1], "link", "set", "wire", "down")
    dark = posture("recheck", first[other]["id"])
    assert (dark.returncode, "could not be looked at again" in dark.stdout) == (3, True), dark.stdout
    assert findings()[other]["status"] in {"open", "new"}
