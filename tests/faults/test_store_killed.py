"""A worker killed with SIGKILL in the middle of its commits. Run as a program, this file is the worker."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import posture
from posture.model.assessment import Assessment, CheckInfo
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.finding import Finding, FindingStatus, finding_id
from posture.model.run import Run
from posture.model.severity import Severity
from posture.model.unit import UnitResult
from posture.model.verdict import Evidence, Outcome, Verdict
from posture.store import Store, open_store

NOW = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
LEASE = timedelta(days=1)  # none lapses during the test: what was held is released because its worker is gone
RUN = Run("run1", NOW, "0.1.0", "Coma Cloud 2026")
HOSTS = [f"h{i:02}" for i in range(40)]
CHECKS = [CheckInfo(f"exposure.check-{i:02}", f"Check {i}", "4.4", Severity.HIGH) for i in range(14)]


def start(store: Store) -> None:
    grant = Authorization(AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", NOW, NOW + LEASE)
    work = [(Customer(name, name, grant), HOSTS) for name in ("bakery", "cafe")]
    store.start_run(RUN, "plan", work, NOW)


def assessments(resource: str, now: datetime) -> tuple[Assessment, ...]:
    verdict = Verdict(Outcome.FAIL, "open", "6379/tcp", None, (Evidence("probe", "+PONG" * 20, now),))
    return tuple(Assessment(check, resource, Outcome.FAIL, "", (verdict,)) for check in CHECKS)


def work(store: Store, worker: str) -> None:
    """Do what is left of the run, a line on standard output for every unit closed."""
    while store.run(RUN.id).ended is None:
        unit = store.claim(RUN.id, worker, LEASE, NOW)
        if unit is None:
            return
        now = NOW + timedelta(seconds=os.getpid())  # times differ from worker to worker
        found = [
            Finding(
                id=finding_id(unit.customer, unit.resource, check.id, "6379/tcp"), customer=unit.customer,
                resource=unit.resource, check=check, subject="6379/tcp", summary="open", severity=check.severity,
                status=FindingStatus.NEW, first_seen=now, last_seen=now, due=now, last_run=unit.run,
            )
            for check in CHECKS[:3]
        ]  # fmt: skip
        if unit.resource:
            result = UnitResult(f"facts of {unit.resource}".encode() * 200, assessments(unit.resource, now))
            done = store.commit(unit, result, lambda _p, _a, found=found: found, now)
        else:
            done = store.finish(unit, lambda previous, _a: [replace(f, summary="seen") for f in previous], now)
        print(unit.customer, unit.resource, done, flush=True)


def gone(worker: str) -> bool:
    """Whether the process of that id has ended."""
    return not Path(f"/proc/{worker}").exists()


@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_kill_the_next_process_ends_with_the_same_digest(tmp_path, seed):
    """Each worker is killed at some moment of some commit; the last one finishes: nothing lost, nothing twice."""
    with open_store(f"sqlite:///{tmp_path}/quiet.db") as quiet:
        start(quiet)
        work(quiet, str(os.getpid()))
        expected = quiet.digest(RUN.id)

    url, moments = f"sqlite:///{tmp_path}/posture.db", random.Random(seed)
    with open_store(url) as store:
        start(store)
    environment = {**os.environ, "PYTHONPATH": str(Path(posture.__file__).parents[1])}
    for _ in range(5):
        worker = subprocess.Popen([sys.executable, __file__, url], stdout=subprocess.PIPE, env=environment)
        for _ in range(moments.randint(1, 6)):
            worker.stdout.readline()
        time.sleep(moments.random() / 100)
        worker.send_signal(signal.SIGKILL)
        worker.communicate(timeout=60)
        assert worker.returncode == -signal.SIGKILL
    with open_store(url) as store:
        assert store.run(RUN.id).ended is None
        store.release_leases(RUN.id, gone, NOW)
        work(store, str(os.getpid()))
        assert store.run(RUN.id).ended is not None
        assert store.digest(RUN.id) == expected
        assert len(list(store.facts(RUN.id))) == 2 * len(HOSTS)
        assert len(store.findings()) == 2 * len(HOSTS) * 3
    plain = sqlite3.connect(tmp_path / "posture.db")
    assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    plain.close()


if __name__ == "__main__":
    with open_store(sys.argv[1]) as opened:
        opened.release_leases(RUN.id, gone, NOW)
        work(opened, str(os.getpid()))
