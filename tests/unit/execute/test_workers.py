"""Who holds a lease, and whether they are gone: too early and two do one unit, too late and nobody does."""

import subprocess
import sys

from posture.execute.workers import is_gone, this_worker


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


def test_who_worked_before_the_last_boot_is_gone() -> None:
    """Though a process with that number runs now."""
    assert is_gone(changed(1, "00000000-0000-0000-0000-000000000000"))


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
    boot = this_worker().rsplit(":", 3)[1].partition(".")[0]
    assert not is_gone(changed(1, f"{boot}.1"))
    elsewhere = this_worker().rsplit(":", 3)
    assert not is_gone(":".join([elsewhere[0], f"{boot}.1", "4194305", "1"]))


def test_what_is_no_workers_name_is_left_alone() -> None:
    assert not is_gone("somebody")
