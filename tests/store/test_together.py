"""Threads that share a transaction: each learns of its own value, and none waits for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from time import sleep

import pytest

from posture.model.action import Action
from posture.store.errors import DatabaseFull, StoreError
from posture.store.together import MOST, Together


class Disk:
    """Commits what it gets; the first time only when it may, so that others come meanwhile."""

    def __init__(self):
        self.commits, self.may, self.first = [], Event(), Event()
        self.fails = {}

    def __call__(self, values):
        self.first.set()
        assert self.may.wait(30)
        if error := self.fails.get(len(self.commits)):
            self.commits.append([])
            raise error
        self.commits.append(list(values))


def all_at_once(together, disk, values, pool):
    """The first value is being committed while the others come."""
    first = pool.submit(together.write, values[0], disk)
    assert disk.first.wait(30)
    others = [pool.submit(together.write, value, disk) for value in values[1:]]
    while len(together._waiting) < len(others):
        sleep(0.001)
    disk.may.set()
    return [first, *others]


def test_those_who_come_while_somebody_writes_are_written_in_one_transaction():
    """Each once; no more than the most at a time."""
    together, disk = Together(), Disk()
    with ThreadPoolExecutor(MOST + 10) as pool:
        for waiting in all_at_once(together, disk, list(range(MOST + 10)), pool):
            waiting.result(30)
    assert [len(some) for some in disk.commits] == [1, MOST, 9]
    assert sorted(value for some in disk.commits for value in some) == list(range(MOST + 10))


def test_all_of_a_transaction_that_failed_are_told_why_and_later_ones_are_written():
    """A full disk: none of them may send what it wanted to log."""
    together, disk = Together(), Disk()
    disk.fails[1] = DatabaseFull("there is no space left")
    with ThreadPoolExecutor(8) as pool:
        first, *others = all_at_once(together, disk, "abcd", pool)
        first.result(30)
        for waiting in others:
            with pytest.raises(DatabaseFull, match="no space left"):
                waiting.result(30)
    together.write("e", disk)
    assert disk.commits == [["a"], [], ["e"]]


def test_an_interrupted_writer_leaves_nobody_waiting():
    """Ctrl-C falls into the thread that writes for the others: they know that nothing is known."""
    together, disk = Together(), Disk()
    disk.fails[1] = KeyboardInterrupt()
    with ThreadPoolExecutor(8) as pool:
        _, *others = all_at_once(together, disk, "abcd", pool)
        errors = [waiting.exception(30) for waiting in others]
    assert sorted(type(error) is KeyboardInterrupt for error in errors) == [False, False, True]
    assert all(isinstance(error, StoreError | KeyboardInterrupt) for error in errors)
    together.write("e", disk)
    assert disk.commits[-1] == ["e"]


def test_actions_of_many_threads_are_one_chain_and_each_is_there(store, make):
    """The log of what was written together reads as if each had been alone."""
    action = Action(make.now, "run", "bakery", "MSA-7.1", "connect", "", "198.51.100.2", "")
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda n: store.record(replace(action, result=str(n))), range(400)))
    assert sorted(int(one.result) for one in store.actions()) == list(range(400))
    assert store.verify_actions() is None
    assert store.actions_head().entries == 400
    logged = store.logged("bakery", "run", lambda _: True, 500)
    assert all(entry.holds for entry in logged)
    assert [entry.before for entry in logged[1:]] == [entry.hash for entry in logged[:-1]]


def test_an_action_without_a_time_zone_fails_alone(store, make):
    """What others wanted to write with it is written."""
    action = Action(make.now, "run", "bakery", "MSA-7.1", "connect", "", "198.51.100.2", "")

    def record(number):
        at = make.now if number % 4 else make.now.replace(tzinfo=None)
        try:
            store.record(replace(action, at=at, result=str(number)))
        except ValueError:
            return 1
        return 0

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(record, range(80))) == 20
    assert store.actions_head().entries == 60
    assert store.verify_actions() is None
