"""A night over the real servers, through the queue, by two workers on PostgreSQL, one of which is killed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from lab import Lab
from lab_boot import PATH
from lab_namespaces import MARK
from postgresql_server import Server
from test_audit_matches_truth import POSTURE, Audited, archive, expected, found
from truth import IN_SCOPE

from posture.store import open_store, upgrade
from posture.store.roles import APP_ROLE

__all__ = ["archive"]  # the fixture is this module's too


@pytest.fixture
def database(postgresql: Server) -> str:
    """A database whose owner upgraded it, for the role that the program works as."""
    procrastinate_schema = pytest.importorskip("posture.execute.procrastinate_schema")
    owner = postgresql.new(role="auditor")
    upgrade(owner, APP_ROLE)
    procrastinate_schema.apply(owner, APP_ROLE)
    return owner.replace("auditor@", f"{APP_ROLE}@")


@pytest.mark.postgresql
def test_two_workers_of_which_one_is_killed_find_what_there_is(
    lab: Lab, archive: Path, tmp_path: Path, database: str
) -> None:
    """Nothing is missed or invented, nothing is done twice, and every customer has a report on paper."""
    lab.inventory(tmp_path)
    environment = os.environ | {
        "POSTURE_CACHE": str(tmp_path / "cache"),
        "POSTURE_DATA": str(tmp_path / "data"),
        "POSTURE_APT_SOURCES": str(archive),
        "POSTURE_DATABASE": database,
        "POSTURE_SESSIONS": "4",
        "NO_COLOR": "1",
        MARK: str(lab.folder),
        "PATH": f"{os.environ['PATH']}:{PATH}",
    }

    def start(*words: str, log: str) -> subprocess.Popen[bytes]:
        command = lab.words([*POSTURE, *words], cwd=tmp_path)
        with (tmp_path / log).open("wb") as output:
            return subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=output, stderr=subprocess.STDOUT)

    workers = [start("worker", "--threads", "8", log=f"worker{n}") for n in range(2)]
    night = start(
        *("nightly", "--executor", "workers", "--share-networks", "--ports", "all"),
        *("--format", "json", "--format", "pdf", "--out", "audit", "--json"),
        log="night",
    )
    try:
        with open_store(database) as store:
            until = time.monotonic() + 300
            while (done := _done(store)) < 5 and night.poll() is None and time.monotonic() < until:
                time.sleep(0.5)
            assert 5 <= done < len(IN_SCOPE), (tmp_path / "night").read_text()
            _kill(workers[0])
            night.wait(timeout=500)
            (known,) = store.nights(2)
            assert known.ended is not None, (tmp_path / "night").read_text()
            assert store.verify_actions() is None
            assert len(list(store.facts(known.run))) == len(IN_SCOPE) + 1
    finally:
        for process in (night, *workers):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in (night, *workers):
            process.wait(timeout=90)
    (report,) = (tmp_path / "audit").glob("*.json")
    audited = Audited(night.returncode, "", "", tmp_path, json.loads(report.read_text()))
    assert expected(lab) - found(audited) == set()
    assert found(audited) - expected(lab) == set()
    assert (tmp_path / "audit" / f"{report.stem}.pdf").read_bytes().startswith(b"%PDF-")
    told = json.loads(re.search(r"^{.*^}", (tmp_path / "night").read_text(), re.DOTALL | re.MULTILINE)[0])
    counted = {"total": len(IN_SCOPE), "looked_at": len(IN_SCOPE), "late": 0, "given_up": 0}
    assert counted.items() <= told["units"].items()


def _done(store) -> int:
    nights = store.nights(1)
    return store.progress(nights[0].run, nights[0].closes).done if nights else 0


def _kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 of the worker itself, wherever nsenter and its like put it."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in (*children, process.pid):
        os.kill(int(pid), signal.SIGKILL)
    process.wait(timeout=30)
