"""Who holds a lease, and whether they are gone: too early and two do one unit, too late and nobody does."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from posture.execute import workers
from posture.execute.workers import Place, has_gone_from, identity, is_gone, this_worker

HERE = Place("auditor", "c0ffee", "this-boot", "4026531836")


def changed(place: int, value: str) -> str:
    """This process's name with one of its four parts (host, boot, pid, start) replaced."""
    parts = this_worker().rsplit(":", 3)
    assert parts[place] != value
    parts[place] = value
    return ":".join(parts)


def test_this_process_is_not_gone() -> None:
    assert not is_gone(this_worker())


def test_a_process_is_gone_once_it_has_ended() -> None:
    """Not before: the child waits until it has been asked about."""
    program = "from posture.execute.workers import this_worker; print(this_worker(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        name = child.stdout.readline().strip()
        assert not is_gone(name)
        child.stdin.write("\n")
        child.stdin.close()
        child.wait()
    assert is_gone(name)


def test_who_worked_before_the_last_boot_of_this_very_machine_is_gone() -> None:
    """Though a process with that number runs now."""
    assert has_gone_from(HERE, f"{replace(HERE, boot='an-earlier-one')}:{os.getpid()}:1")


def test_a_machine_of_the_same_name_is_another_machine() -> None:
    """Two that were named alike, and a clone with its copied identity: each boots by itself, and both live."""
    other = replace(HERE, boot="their-own", machine="another")
    assert not has_gone_from(HERE, f"{other}:{os.getpid()}:1")
    assert not has_gone_from(other, f"{HERE}:{os.getpid()}:1")
    nameless = replace(HERE, machine=""), replace(HERE, machine="", boot="their-own")
    assert not has_gone_from(nameless[0], f"{nameless[1]}:{os.getpid()}:1"), "without an identity nobody can tell"


@pytest.mark.parametrize("here", [HERE, replace(HERE, room="4026532201")], ids=["machine", "container"])
def test_a_container_of_the_same_image_and_name_on_another_machine_lives(here: Place) -> None:
    """It has its machine-id from the image; which machine it runs on cannot be told."""
    other = replace(HERE, room="4026532201", boot="of-another-machine")
    assert not has_gone_from(here, f"{other}:7:1")
    assert not has_gone_from(other, f"{here}:7:1")


def test_a_clone_has_another_identity_than_its_model() -> None:
    """A copied disk brings the machine-id along, but not the network cards."""
    copied = "3d1219c7c4c5404aaa1f6d2a48adfda4"
    named = {identity(copied, cards) for cards in ([], ["02:00:00:00:00:01"], ["02:00:00:00:00:02"])}
    assert len(named) == 3
    assert not any(copied[:8] in name for name in named), "machine-id(5): it is not to leave the machine as it is"
    assert identity(copied, ["b", "a"]) == identity(copied, ["a", "b"])


def test_what_cannot_be_read_makes_nobody_dead() -> None:
    """Without /proc nothing is known, of oneself or of others."""
    for blind in (replace(HERE, boot=""), replace(HERE, room="")):
        for there in (blind, HERE):
            assert not has_gone_from(blind, f"{there}:4194305:1")


def test_a_process_that_may_not_be_seen_is_there_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of another user, where /proc is mounted with hidepid."""
    name = this_worker()
    monkeypatch.setattr(workers, "_started", lambda _: "")
    assert not is_gone(name)


def test_a_number_that_came_round_is_another_process() -> None:
    """Numbers are used again: the start time tells which process it was."""
    assert is_gone(changed(3, "1"))
    assert is_gone(changed(2, "none"))


def test_another_machines_worker_is_never_known_to_be_gone() -> None:
    """Its processes cannot be seen from here: its lease has to run out."""
    assert not is_gone(f"another-{this_worker()}")
    assert not is_gone(f"another-{changed(2, str(2**22 + 1))}")
    assert not is_gone("another:an-earlier-boot:1:1")


def test_a_container_of_this_machine_with_its_name_is_never_known_to_be_gone() -> None:
    """With the host's network a container has the host's name, but numbers of processes of its own."""
    host, place, pid, started = this_worker().rsplit(":", 3)
    elsewhere = f"{place.rpartition('.')[0]}.1"
    assert not is_gone(f"{host}:{elsewhere}:{pid}:{started}")
    assert not is_gone(f"{host}:{elsewhere}:4194305:1")


def test_what_is_no_workers_name_is_left_alone() -> None:
    assert not is_gone("somebody")
    assert not is_gone(f"{HERE.host}:boot.room:1:1")
