"""Who comes after a leader that was killed elsewhere takes the night; who comes beside a living one does not."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from posture.cli import night_wait
from posture.cli.night_lease import Lease
from posture.cli.night_wait import take_lead
from posture.engine.clock import utc_now
from posture.execute.workers import can_be_asked, this_worker
from posture.model.night import Night, NightRules, Turn, Turns

ELSEWHERE = "node-7:c0ffee.boot.4026532201:1:1"
SOON = timedelta(seconds=0.6)
LONG = timedelta(hours=1)


@pytest.fixture
def night(store, make) -> Night:
    run = make.run(1)
    night = Night("2026-11-01", run.id, run.started, run.started + timedelta(hours=8))
    assert store.begin_night(night, run, [Turns(make.customer(), (Turn("web1"),))], NightRules(), run.started)
    return night


def leads(store, night, holder=ELSEWHERE, holds=SOON) -> Lease:
    lease = Lease(store, night.id, holder, utc_now, holds=holds, every=timedelta(seconds=0.1))
    assert lease.take()
    return lease


def comes(store, night, stop=None) -> bool:
    lease = Lease(store, night.id, this_worker(), utc_now)
    return take_lead(store, night, lease, stop or threading.Event(), every=0.02)


def test_the_word_of_a_leader_that_was_killed_elsewhere_is_waited_for(store, night, capsys):
    """A Job of Kubernetes is not tried again once a start said that another leads."""
    leads(store, night)
    known = store.night(night.id).lease_until
    assert comes(store, night)
    assert store.night(night.id).holder == this_worker()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "is led by a process on node-7, which cannot be asked" in said
    assert f"{known:%H:%M:%S} UTC" in said


def test_a_leader_that_lives_elsewhere_is_not_waited_for_longer_than_its_next_sign(store, night):
    """It renews its word for as long as it lives: else this test would not end within its hour."""
    with leads(store, night, holds=LONG):
        assert not comes(store, night)


def test_a_leader_that_lives_on_this_machine_is_known_to(store, night, capsys):
    """Nobody waits for it."""
    program = "from posture.execute.workers import this_worker; print(this_worker(), flush=True); input()"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as living:
        name = living.stdout.readline().strip()
        assert can_be_asked(name)
        assert not can_be_asked(ELSEWHERE)
        leads(store, night, name, LONG)
        assert not comes(store, night)
        assert capsys.readouterr().err == ""
        living.communicate("\n")
    assert comes(store, night), "its end is seen at once"


def test_of_two_that_wait_for_a_dead_leader_one_has_the_night(store, night):
    """Each has a name of its own; the other sees whose word it is now."""
    leads(store, night)
    names = [f"node-{n}:c0ffee.boot.4026532201:1:1" for n in (8, 9)]
    took = {}

    def wait(name: str) -> None:
        lease = Lease(store, night.id, name, utc_now)
        took[name] = take_lead(store, night, lease, threading.Event(), every=0.02)

    both = [threading.Thread(target=wait, args=[name]) for name in names]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(took.values()) == [False, True]
    assert took[store.night(night.id).holder]


def test_a_night_that_ended_meanwhile_is_not_led(store, night):
    held = leads(store, night, holds=LONG)
    ending = threading.Timer(0.2, store.end_night, [night.id, "{}", utc_now(), held.holder])
    ending.start()
    assert not comes(store, night)
    ending.join()


def test_told_to_stop_it_waits_no_longer(store, night):
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    leads(store, night, holds=LONG)
    assert not comes(store, night, stop)


def test_a_leader_whose_clock_is_ahead_is_waited_for_within_bounds(store, night, monkeypatch):
    monkeypatch.setattr(night_wait, "_MOST", timedelta(seconds=0.2))
    leads(store, night, holds=LONG)
    assert not comes(store, night)
