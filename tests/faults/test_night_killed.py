"""Nights that are killed, stopped, begun twice or run out of time: the end is that of an undisturbed one."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from owner import OWNER
from simulator.fleet import customers
from simulator.inventory import written
from sqlalchemy import func, select, update

import posture
from posture.execute.procrastinate_schema import apply
from posture.store import open_store, schema
from posture.store.database import EVERYONE
from posture.store.roles import APP_ROLE

PROGRAM = Path(__file__).parents[1] / "night_program.py"
HERE = [str(Path(posture.__file__).parents[1]), str(PROGRAM.parent)]
CUSTOMERS, EACH = 6, 4


@dataclass
class Nights:
    """`posture nightly` over the invented fleet, in one folder with one database."""

    folder: Path
    url: str

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(HERE), "POSTURE_DATABASE": self.url}
        command = [sys.executable, str(PROGRAM), "customers.yaml", *map(str, arguments)]
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, *arguments: object) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def files(self) -> dict[str, int]:
        """The reports there are, and when each was written, in nanoseconds."""
        return {file.name: file.stat().st_mtime_ns for file in self.folder.glob("out/*.json")}

    def end(self, night: str = "2026-11-01") -> tuple[str, int, set[str]]:
        """Digest of the night's run, its findings, the customers whose report was written."""
        with open_store(self.url) as store:
            known = store.night(night)
            assert known.ended is not None
            assert store.unreported(known.run) == ()
            assert store.verify_actions() is None
            return store.digest(known.run), len(store.findings()), {name.partition(".")[0] for name in self.files()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What a night comes to that nothing happens to."""
    folder = tmp_path_factory.mktemp("undisturbed")
    written(folder / "customers.yaml", customers(CUSTOMERS, EACH))
    nights = Nights(folder, f"sqlite:///{folder}/posture.db")
    code, out, err = nights.run()
    assert code == 0, err
    assert json.loads(out)["units"]["late"] == 0
    return nights.end()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def nights(request, tmp_path):
    written(tmp_path / "customers.yaml", customers(CUSTOMERS, EACH))
    server = request.param == "postgresql" and request.getfixturevalue("postgresql")
    return Nights(tmp_path, server.new("posture_0") if server else f"sqlite:///{tmp_path}/posture.db")


def until(process: subprocess.Popen[str], done: int) -> None:
    """Wait until so many resources are done."""
    for line in process.stderr:
        if " done after " in line and int(line.split()[0]) >= done:
            return


def test_killed_at_any_moment_it_ends_the_same_with_each_report_once(nights, undisturbed):
    """kill -9 of the process that leads the night and does its units, again and again."""
    moments = random.Random(nights.url)
    for done in (2, 9, 17):
        process = nights.start("--latency", 0.01)
        until(process, done)
        time.sleep(moments.random() / 20)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
    code, _, err = nights.run()
    assert code == 0, err
    assert "Going on with the night" in err
    assert nights.end() == undisturbed
    before = nights.files()
    code, out, err = nights.run()
    assert "has ended already" in err
    assert json.loads(out)["customers"]["reported"] == CUSTOMERS
    assert nights.files() == before, "no report is written twice"


def test_killed_between_reports_it_writes_only_the_others(nights, undisturbed):
    process = nights.start()
    while len(nights.files()) < 2 and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    before = nights.files()
    with open_store(nights.url) as store:
        left = set(store.unreported(store.night("2026-11-01").run))
    assert nights.run()[0] == 0
    assert nights.end() == undisturbed
    kept = {name: at for name, at in before.items() if name.partition(".")[0] not in left}
    assert kept
    assert {name: nights.files()[name] for name in kept} == kept


def test_told_to_stop_it_ends_what_is_under_way_and_goes_on_later(nights, undisturbed):
    """SIGTERM, as a deploy or a shutdown sends it: no unit is left half done, and none counts as an attempt."""
    process = nights.start("--latency", 0.05)
    until(process, 5)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    with open_store(nights.url) as store:
        night = store.night("2026-11-01")
        assert night.holder == ""
        assert store.progress(night.run, night.closes).lapsed == 0
    assert nights.run()[0] == 0
    assert nights.end() == undisturbed


def test_two_that_are_started_at_once_are_one_night(nights, undisturbed):
    """cron and a timer, or two machines: one leads, the other says so and does nothing."""
    both = [nights.start("--latency", 0.02) for _ in range(2)]
    ended = [process.communicate(timeout=120) for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 3], [0, 0]), [err for _, err in ended]
    if codes == [0, 3]:
        assert any("is led by a process" in err for _, err in ended)
    assert nights.end() == undisturbed


def led_elsewhere(nights: Nights, seconds: float) -> None:
    """A night whose leader was on another machine, and was killed: its word holds for so long."""
    process = nights.start("--latency", 0.05)
    until(process, 5)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    held = {"holder": "node-7:c0ffee.boot.1:1:1", "lease_until": datetime.now(UTC) + timedelta(seconds=seconds)}
    with open_store(nights.url) as store, store.database.writing(EVERYONE) as connection:
        connection.execute(update(schema.night).values(held))


def test_who_comes_after_a_leader_killed_on_another_machine_goes_on_once_its_word_ran_out(nights, undisturbed):
    """The next pod of a Job ended with 3 and was not tried again: reports were missing until the next evening."""
    led_elsewhere(nights, 5.0)
    code, _, err = nights.run()
    assert code == 0, err
    assert "led by a process on node-7, which cannot be asked" in err
    assert nights.end() == undisturbed


def test_told_to_stop_while_it_waits_for_another_leaders_word_it_ends_at_once(nights):
    led_elsewhere(nights, 3600.0)
    process = nights.start()
    assert any("which cannot be asked" in line for line in process.stderr)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "told to stop" in err


def test_a_night_without_time_closes_what_it_began_and_lets_go_of_the_rest(nights):
    """Nobody gets an empty report for a good one, and who was late comes first the next time."""
    code, out, err = nights.run("--latency", 3.0, "--seconds", 12, "--threads", 1)
    assert code == 0, err
    summary = json.loads(out)
    late, reported = set(summary["customers"]["late"]), summary["customers"]["reported"]
    assert len(late) + reported == CUSTOMERS
    assert late
    assert summary["units"]["late"] > 0
    assert not {name.partition(".")[0] for name in nights.files()} & late
    assert not summary["complete"]
    with open_store(nights.url) as store:
        assert all("before its turn" in reason for reason in summary["customers"]["late"].values())
        wholly = set(store.last_nights())
    code, _, err = nights.run("--night", 1, "--threads", 1)
    assert code == 0, err
    order = [line.split()[-1].split("/")[0] for line in err.splitlines() if " done after " in line]
    first = len(order) - (EACH + 3) * len(wholly)  # of a customer one host may be new in a night
    assert not set(order[:first]) & wholly
    assert nights.end("2026-11-02")[0]


def test_a_night_that_nobody_brought_to_its_end_is_ended_by_the_next(nights):
    """Its reports are written, of what it saw; then the next night begins."""
    process = nights.start("--latency", 0.05, "--seconds", 3600)
    until(process, 6)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    code, out, err = nights.run("--night", 1)
    assert code == 0, err
    assert "did not come to its end" in err
    assert json.loads(out)["night"] == "2026-11-02"
    with open_store(nights.url) as store:
        assert all(night.ended for night in store.nights(10))
        assert store.open_nights() == ()
        first = store.night("2026-11-01")
        assert store.progress(first.run, first.closes).late > 0


@pytest.mark.postgresql
def test_a_night_of_workers_of_whom_none_is_alive_ends_all_the_same(postgresql, tmp_path):
    """Wound up, it needs no worker: else it never ended, and no later night began. Nobody is looked at any more."""
    owner = postgresql.new("posture_0", OWNER)
    apply(owner, APP_ROLE)
    written(tmp_path / "customers.yaml", customers(CUSTOMERS, EACH))
    nights = Nights(tmp_path, owner.replace(f"//{OWNER}@", f"//{APP_ROLE}@"))
    process = nights.start("--latency", 0.05, "--seconds", 3600)
    until(process, 6)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    with open_store(nights.url) as store:
        with store.database.writing(EVERYONE) as connection:
            connection.execute(update(schema.night).values(closes=datetime.now(UTC) + timedelta(seconds=8)))
        night = store.night("2026-11-01")
        seen = store.progress(night.run, night.closes).done
    code, out, err = nights.run("--executor", "workers")
    assert code == 0, err
    assert "No worker is alive: the night waits" in err
    assert "closes what is left of the night; it contacts nobody" in err
    with open_store(nights.url) as store:
        assert store.open_nights() == ()
        progress = store.progress(night.run, night.closes)
        assert progress.done - progress.late == seen
    assert json.loads(out)["customers"]["reported"] == len(nights.files()) > 0


def test_interrupted_and_the_window_has_closed_it_is_reported_and_nobody_is_contacted(nights):
    """Without it the customers of half a night would wait for their reports until the next evening."""
    process = nights.start("--latency", 0.05)
    until(process, 9)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    with open_store(nights.url) as store:
        night = store.night("2026-11-01")
        seen = store.progress(night.run, night.closes).done
    code, out, err = nights.run("--closed")
    assert code == 0, err
    summary = json.loads(out)
    with open_store(nights.url) as store:
        assert store.open_nights() == ()
        progress = store.progress(night.run, night.closes)
        assert progress.done - progress.late == seen, "what was closed afterwards was closed without a look"
    assert summary["customers"]["reported"] == len(nights.files()) > 0
    code, _, err = nights.run("--closed")
    assert code == 4
    assert "nothing was sent" in err


def test_what_is_kept_of_one_customer_is_damaged_and_all_others_get_their_reports(nights):
    """And the next nights begin: one report that fails once failed this and every later night."""
    process = nights.start("--latency", 0.1)
    until(process, 12)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    with open_store(nights.url) as store:
        run = store.night("2026-11-01").run
        content = schema.content
        with store.database.writing(EVERYONE) as connection:
            damaged = connection.execute(select(func.min(content.c.customer))).scalar_one()
            theirs = update(content).where(content.c.customer == damaged)
            connection.execute(theirs.values(body=b"\x00 not what it was"))
    code, out, err = nights.run()
    assert code == 0, err
    summary = json.loads(out)
    assert summary["ended"]
    assert list(summary["reports"]["failed"]) == [damaged]
    with open_store(nights.url) as store:
        others = {customer.id for customer in store.customers_of(run)} - {damaged}
    assert {name.partition(".")[0] for name in nights.files()} == others
    assert nights.run("--night", 1)[0] == 0


def test_a_night_is_held_against_the_policy_it_was_begun_with(nights, undisturbed):
    """Half of it judged by one and half by another would be nobody's."""
    shipped = files("posture.policy").joinpath("coma_cloud.toml").read_text(encoding="utf-8")
    (nights.folder / "stricter.toml").write_text(shipped.replace("critical = 2", "critical = 1"))
    process = nights.start("--latency", 0.05)
    until(process, 5)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    code, _, err = nights.run("--policy", "stricter.toml")
    assert code == 2
    assert "begun with another policy" in err
    code, _, err = nights.run()
    assert code == 0, err
    assert nights.end() == undisturbed
    assert nights.run("--night", 1, "--policy", "stricter.toml")[0] == 0
