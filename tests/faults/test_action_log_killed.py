"""Processes that append to the log of actions at once, some of them killed. Run as a program, this file is one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

import posture
from posture.model.action import Action
from posture.store import StoreError, open_store

THREADS = 4
SOME = 15  # entries of each writer between two events
NOW = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)


def append(url: str, name: str, most: int) -> None:
    """Append from several threads until killed, or so many each; tell an entry once it is surely there."""
    with open_store(url) as store, ThreadPoolExecutor(THREADS) as threads:

        def one(thread: int) -> None:
            for number in count() if not most else range(most):
                what = f"{name} {thread} {number}"
                try:
                    store.record(Action(NOW, "run", "bakery", "MSA-7.1", what, "", "198.51.100.2", "ok"))
                except StoreError:  # cut off: nothing is known of this entry, so nothing would be sent
                    time.sleep(0.02)
                    continue
                os.write(1, f"{what}\n".encode())

        list(threads.map(one, range(THREADS)))


class Writers:
    """Processes that append, and what each has told."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder, self.numbers = url, folder, count()
        self.running: list[tuple[subprocess.Popen[bytes], Path]] = []
        self.files: list[Path] = []

    def start(self, most: int = 0) -> None:
        number = next(self.numbers)
        file = self.folder / f"told-{number}"
        environment = {**os.environ, "PYTHONPATH": str(Path(posture.__file__).parents[1])}
        with file.open("wb") as out:
            command = [sys.executable, __file__, self.url, str(number), str(most)]
            self.running.append((subprocess.Popen(command, stdout=out, env=environment), file))
        self.files.append(file)

    def told(self) -> list[str]:
        return [line for file in self.files for line in file.read_text().splitlines()]

    def go_on(self, entries: int = SOME) -> None:
        """Until every writer that runs has told so many more."""
        before = {file: file.stat().st_size for _, file in self.running}
        until = time.monotonic() + 60
        while any(file.stat().st_size < size + entries * 5 for file, size in before.items()):
            assert all(process.poll() is None for process, _ in self.running)
            assert time.monotonic() < until
            time.sleep(0.01)

    def kill(self, index: int) -> None:
        process, _ = self.running.pop(index)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        while self.running:
            self.kill(0)


@pytest.fixture
def writers(url, tmp_path):
    made = Writers(url, tmp_path)
    with open_store(url):
        pass  # the tables
    yield made
    made.end()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/posture.db"
    return request.getfixturevalue("postgresql").new("posture_0")


def unbroken(url: str, told: list[str]) -> None:
    """Everything that was told is there once, nothing is there twice, each thread's entries are in its order."""
    with open_store(url) as store:
        assert store.verify_actions() is None
        head = store.actions_head()
        there = [action.what for action in store.actions(limit=head.entries + 1)]
    assert len(there) == head.entries
    assert [what for what, times in Counter(there).items() if times > 1] == []
    assert sorted(set(told) - set(there)) == []
    last: dict[str, int] = {}
    for what in there:
        thread, number = what.rsplit(" ", 1)
        assert int(number) > last.get(thread, -1)
        last[thread] = int(number)


def test_killed_writers_leave_an_unbroken_log(writers, url):
    """Whenever one is killed, the others go on at once; no entry that a packet was sent on is lost."""
    moments = random.Random(1)
    for _ in range(3):
        writers.start()
    for _ in range(4):
        writers.go_on()
        time.sleep(moments.random() / 50)
        writers.kill(moments.randrange(len(writers.running)))
        writers.start()
    writers.go_on()
    writers.end()
    unbroken(url, writers.told())


def test_a_log_of_several_processes_has_no_gap(writers, url):
    """None is killed: exactly what was told is there."""
    for _ in range(3):
        writers.start(most=40)
    for process, _ in writers.running:
        assert process.wait(60) == 0
    unbroken(url, writers.told())
    assert len(writers.told()) == 3 * 40 * THREADS


@pytest.mark.postgresql
def test_a_server_that_crashes_loses_nothing_that_was_told(postgresql, tmp_path):
    """Its recovery brings every entry back that a writer was told of; those cut off go on."""
    url = postgresql.new("posture_0")
    writers = Writers(url, tmp_path)
    try:
        for _ in range(2):
            writers.start()
        writers.go_on()
        postgresql.restart()
        writers.go_on()
        postgresql.cut_off()
        writers.go_on()
    finally:
        writers.end()
    unbroken(url, writers.told())


if __name__ == "__main__":
    append(sys.argv[1], sys.argv[2], int(sys.argv[3]))
