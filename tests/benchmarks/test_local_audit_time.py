"""How long an audit of this machine takes after set-up, what share of it nmap has, beside one bare nmap sweep."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

POSTURE = (sys.executable, "-m", "posture.cli.main")


def seconds_of_nmap(log: list[dict[str, str]]) -> float:
    """From the auditor's own log: each nmap has an entry when it begins and one when it ends."""
    begun: dict[str, datetime] = {}
    total = 0.0
    for row in log:
        if row["what"].startswith("nmap"):
            at = datetime.fromisoformat(row["at"])
            if row["result"].startswith("begins"):
                begun[row["what"]] = at
            else:
                total += (at - begun.pop(row["what"])).total_seconds()
    return total


def test_local_audit_time(tmp_path: Path) -> None:
    """The figures are printed; that there is a report is asserted."""
    if not shutil.which("nmap"):
        pytest.skip("nmap is not installed")
    environment = os.environ | {"POSTURE_CACHE": str(tmp_path / "cache")}

    def run(*words: str) -> tuple[float, subprocess.CompletedProcess[str]]:
        started = time.perf_counter()
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return time.perf_counter() - started, done

    formats = ("--format", "pdf", "--format", "html", "--format", "json")
    first, done = run(*POSTURE, "audit", "--local", *formats)
    assert done.returncode in {0, 3}, done.stderr
    second, _ = run(*POSTURE, "audit", "--local", *formats)
    assert (tmp_path / "audit" / "this-machine.pdf").exists()
    log = json.loads(run(*POSTURE, "log", "--json", "--limit", "10000")[1].stdout)
    runs = {row["run"]: [r for r in log if r["run"] == row["run"]] for row in log}
    nmap = [seconds_of_nmap(rows) for rows in runs.values()]
    bare, _ = run("nmap", "-n", "-Pn", "-p-", "-T4", "--min-rate", "5000", "127.0.0.1")
    print(
        f"\nlocal audit: {first:.1f} s with an empty cache, {second:.1f} s after; nmap {nmap[0]:.1f} s"
        f" ({nmap[0] / first:.0%}) and {nmap[-1]:.1f} s ({nmap[-1] / second:.0%}); a bare nmap sweep {bare:.1f} s,"
        f" ratio {second / bare:.1f}"
    )
