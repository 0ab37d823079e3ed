"""`posture nightly` as it is installed: real sweeps of loopback, real PostgreSQL, real workers."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

INVENTORY = """
schedule: {every: 1}
customers:
  - id: bakery
    name: Example Bakery GmbH
    authorization: {reference: MSA-7.1, granted_by: Jane Doe, valid_until: 2299-03-02T00:00:00+01:00}
    networks: [127.0.20.0/24]
    resources: [{kind: host, id: web1, address: 127.0.20.2}]
  - id: cafe
    name: Example Cafe GmbH
    authorization: {reference: MSA-7.2, granted_by: Jane Doe, valid_until: 2299-03-02T00:00:00+01:00}
    networks: [127.0.21.0/24]
    resources: [{kind: host, id: web1, address: 127.0.21.2}]
    schedule: {blackouts: [{start: "2020-01-01T00:00", end: "2298-01-01T00:00"}]}
  - id: gone
    name: Gone GmbH
    authorization: {reference: MSA-7.3, granted_by: Jane Doe, valid_until: 2020-03-02T00:00:00+01:00}
    networks: [127.0.22.0/24]
    resources: [{kind: host, id: web1, address: 127.0.22.2}]
"""


@pytest.fixture(autouse=True)
def inventory(tmp_path):
    (tmp_path / "customers.yaml").write_text(INVENTORY)


def test_a_night_looks_at_who_is_due_and_says_who_was_not(posture, tmp_path):
    """One refusal stops nobody else; the next start tells the same again and writes nothing anew."""
    ended = posture("nightly", "--format", "json", "--json", "--metrics", "night.prom")
    assert ended.returncode == 3, ended.stderr
    summary = json.loads(ended.stdout)
    assert summary["customers"]["reported"] == 1
    assert list(summary["customers"]["refused"]) == ["gone"]
    assert sum(summary["customers"]["not_due"].values()) == 1
    assert json.loads((tmp_path / "audit/bakery.json").read_text())["customer"]["id"] == "bakery"
    assert not (tmp_path / "audit/cafe.json").exists()
    assert "127.0.21" not in posture("log").stdout
    assert 'posture_night_units{state="looked_at"} 1.0' in (tmp_path / "night.prom").read_text()
    assert (tmp_path / "night.prom").stat().st_mode & 0o004, "whoever gathers metrics is another user"
    written = (tmp_path / "audit/bakery.json").stat().st_mtime_ns
    again = posture("nightly", "--format", "json", "--json")
    assert again.returncode == 3
    assert json.loads(again.stdout)["run"] == summary["run"]
    assert (tmp_path / "audit/bakery.json").stat().st_mtime_ns == written
    told = posture("nights", "--json")
    assert [one["state"] for one in json.loads(told.stdout)] == ["ended"]
    night = summary["night"]
    assert f"Night of {night}" in posture("nights", night).stdout
    assert summary["exit"]["code"] == 3
    assert summary["exit"]["why"].startswith("1 customers must not be contacted, ")
    counted = {"due": 1, "customers": 1, "finished": 1, "complete": 1, "reported": 1}
    assert counted.items() <= summary["customers"].items()
    # Months later, when findings have moved on and old rows are gone, the same is told.
    with closing(sqlite3.connect(tmp_path / "posture.db")) as database, database:
        database.execute("UPDATE customer_run SET gist = '', reported = NULL")
    assert json.loads(posture("nights", night, "--json", "--metrics", "again.prom").stdout) == summary
    counts = re.compile(r"^posture_(?!night_seen).*$", re.MULTILINE)
    told = [counts.findall((tmp_path / name).read_text()) for name in ("night.prom", "again.prom")]
    assert told[0] == told[1]


def test_a_night_under_way_is_told_from_beside_it_and_a_stopped_one_is_interrupted(posture, tmp_path):
    """The log is objects alone, to the last word, so that a program can read why."""
    (tmp_path / "metrics").mkdir()
    environment = {**os.environ, "POSTURE_CACHE": str(tmp_path / "cache"), "POSTURE_DATA": str(tmp_path / "data")}
    environment |= {"POSTURE_RESOLVER": "127.0.0.1#9", "POSTURE_LOG_FORMAT": "json"}
    command = [sys.executable, "-m", "posture.cli.main", "nightly", "--format", "json", "--grace", "0"]
    with subprocess.Popen(
        [*command, "--metrics", "metrics/night.prom"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    ) as night:
        try:
            seen = {}
            while night.poll() is None and not seen.get("units", {}).get("under_way"):
                listed = posture("nights", "--json")
                seen = json.loads(listed.stdout)[0] if listed.returncode == 0 else {}
            told = posture("nights").stdout
            assert (tmp_path / "metrics/night.prom").exists()
        finally:
            night.send_signal(signal.SIGTERM)
        log = [json.loads(line) for line in night.stderr]
    assert night.returncode == 130
    assert (seen["state"], seen["workers"]) == ("under way", 1)
    assert seen["networks"] == [{"network": "127.0.20.0/24", "under_way": 1, "waiting": 0}]
    assert f"led by {socket.gethostname()}, process {night.pid}" in told
    assert "network 127.0.20.0/24: 1 under way, 0 wait" in told
    assert log[-1]["level"] == "error"
    assert "was told to stop" in log[-1]["event"]
    assert json.loads(posture("nights", "--json").stdout)[0]["state"] == "interrupted"


def test_outside_its_window_nothing_is_sent(posture):
    hour = time.gmtime().tm_hour
    window = f"{(hour + 3) % 24:02}:00-{(hour + 4) % 24:02}:00"
    ended = posture("nightly", "--window", window)
    assert ended.returncode == 4
    assert "outside the window" in ended.stderr
    assert "127." not in ended.stderr


def test_a_dry_run_says_who_is_due_and_makes_nothing(posture, tmp_path):
    ended = posture("nightly", "--dry-run")
    rows = {line.split()[0]: line for line in ended.stdout.splitlines()}
    assert "at once" in rows["bakery"]
    assert "not due" in rows["cafe"]
    assert "refused" in rows["gone"]
    assert {path.name for path in tmp_path.iterdir()} <= {"customers.yaml", "cache", "data"}


def test_the_log_is_json_where_programs_read_it(posture):
    ended = posture("--log-format", "json", "nightly", "--format", "json")
    events = [json.loads(line) for line in ended.stderr.splitlines()]
    assert {"time", "level", "event"} <= events[0].keys()
    (done,) = (event for event in events if event.get("resource") == "web1" and "seconds" in event)
    assert {"night", "run", "customer", "unit", "attempt", "worker"} <= done.keys()
    assert (done["customer"], done["attempt"]) == ("bakery", 1)
    assert events[-1]["event"].startswith("night ended: ")
    assert events[-1]["exit_code"] == ended.returncode == 3


def test_mistakes_are_told_before_anything_begins(posture):
    assert posture("nightly", "--executor", "processes").returncode == 2
    assert posture("nightly", "--window", "nine to five").returncode == 2
    assert posture("nightly", "--timezone", "Europe/Nowhere").returncode == 2
    assert posture("nightly", "--inventory", "none.yaml").returncode == 2
    assert posture("nightly", "--metrics", "nowhere/night.prom").returncode == 2
    assert posture("nights").returncode == 2


@pytest.mark.postgresql
@pytest.mark.parametrize("executor", ["processes", "workers"])
def test_processes_and_workers_do_the_night_on_postgresql(posture, tmp_path, postgresql, executor):
    """The program's own role works with what its owner upgraded; the report is the leader's."""
    owner = postgresql.new(role="auditor")
    upgraded = posture("db", "upgrade", "--app-role", "posture_app", POSTURE_DATABASE=owner)
    assert upgraded.returncode == 0, upgraded.stderr
    url = owner.replace("auditor@", "posture_app@")
    status = posture("db", "status", POSTURE_DATABASE=url)
    assert status.returncode == 0, status.stdout
    worker = None
    if executor == "workers":
        environment = {**os.environ, "POSTURE_DATABASE": url, "POSTURE_CACHE": str(tmp_path / "cache")}
        environment |= {"POSTURE_DATA": str(tmp_path / "data"), "POSTURE_RESOLVER": "127.0.0.1#9"}
        worker = subprocess.Popen(
            [sys.executable, "-m", "posture.cli.main", "worker", "--threads", "2"],
            cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    try:
        ended = posture("nightly", "--executor", executor, "--format", "json", "--json", POSTURE_DATABASE=url)
    finally:
        if worker is not None:
            worker.send_signal(signal.SIGTERM)
            log = worker.communicate(timeout=60)[1]
    assert ended.returncode == 3, ended.stderr
    assert json.loads(ended.stdout)["units"]["looked_at"] == 1
    assert (tmp_path / "audit/bakery.json").exists()
    if worker is not None:
        assert worker.returncode == 0, log
        assert "worker leaves" in log
