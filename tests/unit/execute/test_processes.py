"""Worker processes of one machine: started again, never left behind, told to leave in order."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from posture.execute.processes import NobodyLeft, Processes, worker_command

QUICK = 0.01


def ends_with(code: int) -> list[str]:
    return [sys.executable, "-c", f"raise SystemExit({code})"]


def until(what) -> None:
    late = time.monotonic() + 20
    while not what():
        assert time.monotonic() < late, "it never came"
        time.sleep(0.02)


def test_a_process_that_dies_is_started_again_five_times_and_then_given_up() -> None:
    """A defect must not start processes all night long; the log says what became of each."""
    said: list[str] = []
    with pytest.raises(NobodyLeft):
        Processes(ends_with(5), 2, 1.0, said.append, pause=QUICK)(threading.Event())
    assert said.count("worker process 1 ended with 5: it is started again") == 5
    assert "ended with 5, after 5 new starts: the night goes on with 0 of 2 processes" in said[-1]


def test_a_process_that_refuses_to_work_is_not_asked_again() -> None:
    """Another policy, another clock: it would refuse again."""
    said: list[str] = []
    with pytest.raises(NobodyLeft):
        Processes(ends_with(2), 1, 1.0, said.append, pause=QUICK)(threading.Event())
    assert said == ["worker process 1 refused to work: the night goes on with 0 of 1 processes"]


def test_the_night_goes_on_with_the_others(tmp_path: Path) -> None:
    """One that always dies stops nobody; the work is over when the others say so."""
    program = (
        "import os, sys, time\n"
        f"try: os.mkdir({str(tmp_path / 'one')!r})\n"
        "except FileExistsError: os.abort()\n"
        "time.sleep(0.5)"
    )
    said: list[str] = []
    Processes([sys.executable, "-c", program], 2, 1.0, said.append, pause=QUICK)(threading.Event())
    assert any("was killed by SIGABRT: it is started again" in line for line in said)


def test_when_told_to_stop_it_tells_its_processes_and_kills_those_that_stay() -> None:
    """SIGTERM is passed on; after the grace whatever is left goes with all it started."""
    deaf = "import signal, subprocess, time; signal.signal(15, signal.SIG_IGN); subprocess.Popen(['sleep', '99']); "
    deaf += "print(flush=True); time.sleep(99)"
    processes = Processes([sys.executable, "-c", deaf], 1, 0.2, print, after_grace=0.3)
    stop = threading.Event()
    work = threading.Thread(target=processes, args=[stop])
    work.start()
    until(lambda: processes.pids and group_of(processes.pids[0]) == 2)
    (pid,) = processes.pids
    stop.set()
    work.join(20)
    assert not work.is_alive()
    until(lambda: group_of(pid) == 0)  # what was killed is there until its new parent has asked how it ended


def group_of(leader: int) -> int:
    """How many processes are in that group."""
    found = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found += int(fields[2]) == leader and fields[0] != "Z"
    return found


def test_the_databases_password_is_in_no_command() -> None:
    """ps(1) shows commands to everybody."""
    assert not any("://" in word for word in worker_command("run-1", 4, 60.0, "--policy", "p.toml"))
