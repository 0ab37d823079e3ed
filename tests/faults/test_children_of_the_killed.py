"""What a killed process had started ends with it: no nmap and no git goes on at a customer's, watched by nobody."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import posture

pytestmark = pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv is not installed")

NMAP = """
from ipaddress import ip_address
from posture.collect.network.nmap_run import scan_together
slowly = ["-n", "-Pn", "-sT", "--unprivileged", "-p", "1-900", "--scan-delay", "1s", "-oX", "-"]
scan_together([ip_address("127.0.0.9")], slowly, 600)
"""
GIT = """
import time
from pathlib import Path
from posture.collect.repository.git import running
with running(Path("none"), "fetch", over=lambda: False) as git:
    git.output.read()
"""
COLLECTOR = """
from datetime import timedelta
from posture.collect.host import local
from posture.collect.host.capture import Capture, Limit
from posture.engine.clock import utc_now
waits = b"trap 'touch tidied; exit 1' TERM; cd $here; touch ready; while :; do sleep 0.1; done; "
local.program = lambda *_: waits.replace(b"$here", HERE.encode())
local.run_here(Capture("nonce"), Limit(utc_now, utc_now() + timedelta(minutes=9)))
"""
IN_A_THREAD = """
import threading
HERE = {here!r}
one = threading.Thread(target=exec, args=[{code!r}, globals()])
one.start()
one.join()
"""
PATIENCE = 30.0


def children(pid: int) -> list[int]:
    found = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in listing.read_text().split()]
    return found


def runs(pid: int, name: str = "") -> bool:
    """Whether it does, under that name: what has ended may wait to be counted."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX" and f"({name}" in stat


def until(what, why: str) -> None:
    late = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < late, why
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("code", "name"), [(NMAP, "nmap"), (GIT, "sleep"), (COLLECTOR, "sh")], ids=["nmap", "git", "sh"]
)
def test_it_ends_with_the_process_that_started_it(tmp_path: Path, code: str, name: str) -> None:
    """Killed with -9 while a thread of it waits for the program."""
    if name == "nmap" and not shutil.which("nmap"):
        pytest.skip("nmap is not installed")
    (tmp_path / "git").write_text("#!/bin/sh\nexec sleep 600\n")  # a server that sends nothing, and no end
    (tmp_path / "git").chmod(0o755)
    environment = os.environ | {"PYTHONPATH": str(Path(posture.__file__).parents[1])}
    if name == "sleep":
        environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    program = IN_A_THREAD.format(here=str(tmp_path), code=code)
    killed = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, env=environment)
    started: list[int] = []
    try:
        until(lambda: started or started.extend(c for c in children(killed.pid) if runs(c, name)), "it never started")
        until(lambda: name != "sh" or (tmp_path / "ready").exists(), "it never began")
        assert all(runs(one) for one in started)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        until(lambda: not any(runs(one) for one in started), f"{name} goes on")
    finally:
        killed.kill()
        killed.wait()
        for one in started:
            if runs(one):
                os.kill(one, signal.SIGKILL)
    if name == "sh":
        until((tmp_path / "tidied").exists, "it left what it had made")
