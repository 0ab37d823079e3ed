"""What a process in an account's hands may cost and say, and which file systems are not entered."""

from __future__ import annotations

import os
import signal
import time

import pytest

from posture.collect.leaks.on_host import heard
from posture.collect.leaks.on_host.apart import apart
from posture.collect.leaks.on_host.lines import encoded, record
from posture.collect.leaks.on_host.way import barred_mounts

FIND = ("anna", "600", "-", "npm-token", "1", "npm_", "hmac:" + "0a" * 16, "high", "", "", "")


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_who_ends_or_stops_it_is_not_waited_for(sent):
    """What was said before counts."""

    def work(tell, until):
        tell(b"first\n")
        os.kill(os.getpid(), sent)
        tell(b"second\n")

    assert apart(work, 1.5, 1000).startswith(b"first\n")


def test_a_flood_is_cut():
    def work(tell, until):
        while True:
            tell(b"x" * 4096)

    assert len(apart(work, 20, 100_000)) < 200_000


def test_what_goes_wrong_there_stays_there():
    """No second copy of this program goes on; memory and written files have limits."""

    def work(tell, until):
        tell(b"first\n")
        assert len(b"x" * (4 << 30)) == time.monotonic()

    assert apart(work, 20, 1000) == b"first\n"


@pytest.mark.parametrize(
    "path", ["/home/bert/.npmrc", "/etc/shadow", "/home/anna/../bert/.npmrc", "/home/anna", "/home/annabelle/.npmrc"]
)
def test_a_find_elsewhere_is_not_believed(path):
    below = [b"/home/anna/", b"/srv/anna/"]
    line = record("S", path, *FIND).rstrip(b"\n")
    assert not heard.found(line, below)
    assert heard.found(line, None)
    assert heard.found(record("S", "/srv/anna/.npmrc", *FIND).rstrip(b"\n"), below)


@pytest.mark.parametrize("place", range(1, len(FIND)))
def test_a_find_of_another_form_is_not_believed(place):
    """A field that holds what it cannot hold, or one too many."""
    fields = [*FIND]
    fields[place] = "\t\x1b[31m"
    raw = b"S\t/home/anna/x\t" + "\t".join(fields).encode()
    assert not heard.found(raw, [b"/home/anna/"])


def test_names_travel_as_printable_ascii_and_come_back():
    name = os.fsdecode(bytes(range(1, 256)))
    there = encoded(name)
    assert there.isascii()
    assert all(0x20 <= byte < 0x7F for byte in there)
    assert heard.decoded(there) == name


def test_file_systems_that_may_hang_or_hold_no_files_are_not_entered():
    """A user's own FUSE, the network, the kernel's; those that root mounted by FUSE are."""
    lines = (
        "22 1 8:1 / / rw - ext4 /dev/vda1 rw",
        "23 22 0:5 / /proc rw - proc proc rw",
        "24 22 0:40 / /home/anna/a\\040b rw shared:1 - fuse.sshfs x:/ rw,user_id=1000,group_id=1000",
        "25 22 0:41 / /etc/pve rw - fuse /dev/fuse rw,user_id=0,group_id=0",
        "26 22 0:42 / /srv/share rw - nfs4 host:/x rw",
        "27 22 8:2 / /home rw - xfs /dev/vdb1 rw",
        "broken",
    )
    assert barred_mounts("\n".join(lines)) == {
        "/proc": "",
        "/home/anna/a b": "is a file system of an account's own (fuse.sshfs)",
        "/srv/share": "lies on the network (nfs4)",
    }
