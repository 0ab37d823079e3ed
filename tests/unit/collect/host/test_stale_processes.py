"""The real script while processes run code that is gone: this system's own, containers', temporary."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime

import pytest

from posture.collect.host.sections import Section
from posture.collect.host.stale_processes import HIDDEN, stale_processes
from posture.facts.software import StaleProcess, StaleProcesses
from posture.facts.unavailable import Unavailable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")

LOADS = """import ctypes, os, sys, time
for path in sys.argv[2:]:
    if path == "memfd":
        memory = os.memfd_create("code")
        os.write(memory, open("/opt/lib/libone.so", "rb").read())
        path = f"/proc/self/fd/{memory}"
    ctypes.CDLL(path)
open(sys.argv[1], "w").close()
time.sleep(60)
"""
# Starts python3 in the background and waits until it has loaded what it was told to.
STARTS = """mount -t tmpfs -o mode=755 none /opt
mkdir /opt/lib; cp $0/libone.so /opt/lib/; cp $0/libone.so /opt/lib/libtwo.so; cp $0/libone.so /tmp/libjit.so-$$
running=
begin() { # COMMAND ... -- LIBRARY ...
  flag=/tmp/loaded-$$-$(echo $running | wc -w); command=
  while [ "$1" != -- ]; do command="$command $1"; shift; done; shift
  $command /usr/bin/python3 -S -c "$(cat $0/loads.py)" $flag "$@" & running="$running $!"
  for i in $(seq 100); do [ -e $flag ] && break; sleep 0.05; done; rm -f $flag
}
"""
ENDS = 'set -- sh -c \'"$@"; status=$?; kill \'"$running"\'; exit $status\' posture "$@"\n'


@pytest.fixture
def machine(machine):
    """A staged machine that runs the section this is about."""
    machine.only = ("stale-processes",)
    return machine


def started(machine, body: str) -> None:
    """A machine in which these processes run, until the collector is done."""
    source = machine.write("one.c", "int one(void) { return 1; }\n")
    for compiler in ("tcc", "gcc"):
        command = [compiler, "-shared", "-o", str(machine.root / "libone.so"), str(source)]
        try:
            subprocess.run(command, check=True, capture_output=True)
            break
        except FileNotFoundError:
            continue
    else:
        pytest.skip("needs tcc or gcc")
    machine.write("loads.py", LOADS)
    machine.before = f"{STARTS}{body}{ENDS}"
    machine.alone = True  # the same libraries may be stale beside it


def mine(found: StaleProcesses) -> list[StaleProcess]:
    """Other processes of this machine may run what an update replaced, too."""
    return [one for one in found.processes if any(file.startswith("/opt/lib/") for file in one.files)]


def test_a_process_that_runs_a_deleted_library_is_told(machine):
    """With the file's name; what it loaded from a temporary folder or from memory is nobody's update."""
    started(machine, "begin -- /opt/lib/libone.so /tmp/libjit.so-$$ memfd\nrm /opt/lib/libone.so /tmp/libjit.so-$$\n")
    found = machine.collect()[StaleProcesses]
    (one,) = mine(found)
    assert (one.name, one.user, one.unit, one.files) == ("python3", "root", "", ("/opt/lib/libone.so",))
    assert found.total >= found.readable > 1
    assert found.elsewhere == 0


def test_a_library_replaced_by_rename_is_told_and_one_still_there_is_not(machine):
    """As a package manager does it: the old file goes when the new one takes its name."""
    body = "begin -- /opt/lib/libone.so\nbegin -- /opt/lib/libtwo.so\n"
    body += "cp /opt/lib/libtwo.so '/opt/lib/libone.so;5f3a0b1c'; mv '/opt/lib/libone.so;5f3a0b1c' /opt/lib/libone.so\n"
    started(machine, body)
    assert [one.files for one in mine(machine.collect()[StaleProcesses])] == [("/opt/lib/libone.so",)]


def test_a_container_is_left_out_and_counted_and_a_chroot_is_not(machine):
    """Another root and other mounts are another world; a folder that a service locks itself into is this one."""
    root = (
        "mkdir -p /srv/root/opt/lib /srv/root/tmp; cp /opt/lib/*.so /srv/root/opt/lib/\n"
        "for name in usr lib lib64 bin dev proc; do [ -e /$name ] || continue; mkdir -p /srv/root/$name\n"
        "  mount --bind /$name /srv/root/$name; done; mount --bind /tmp /srv/root/tmp\n"
    )
    body = (
        f"{root}begin unshare -m chroot /srv/root -- /opt/lib/libone.so\nbegin chroot /srv/root -- /opt/lib/libtwo.so\n"
    )
    started(machine, f"{body}rm /srv/root/opt/lib/*.so\n")
    found = machine.collect()[StaleProcesses]
    assert found.elsewhere == 1
    assert [one.files for one in found.processes if "libtwo" in str(one.files)] == [("/srv/root/opt/lib/libtwo.so",)]
    assert "libone" not in str(found.processes)


def test_the_package_of_a_replaced_program_is_named(machine):
    """By its path, which the new file has now."""
    body = (
        "mkdir $0/upper $0/work; mount -t tmpfs none $0/upper || exit 1; mkdir $0/upper/new $0/upper/work\n"
        "mount -t overlay -o lowerdir=/usr/bin,upperdir=$0/upper/new,workdir=$0/upper/work none /usr/bin || exit 1\n"
        "/usr/bin/sleep 60 & running=$!; sleep 0.2; cp /usr/bin/sleep /usr/bin/sleep.dpkg-new\n"
        "mv /usr/bin/sleep.dpkg-new /usr/bin/sleep\n"
    )
    started(machine, body)
    if subprocess.run(["grep", "-q", "overlay", "/proc/filesystems"], check=False).returncode:
        pytest.skip("needs overlayfs")
    (one,) = [one for one in machine.collect()[StaleProcesses].processes if one.name == "sleep"]
    assert (one.files, one.packages) == (("/usr/bin/sleep",), ("coreutils",))


def test_without_root_the_processes_of_others_are_counted_as_unread(machine):
    """One's own can be read; of how many, is told."""
    found = machine.collect(*AS_NOBODY)[StaleProcesses]
    assert found.total > found.readable >= 1
    assert found.unread


def test_processes_that_nobody_may_see_are_a_gap(machine):
    """With hidepid the count of all is not the count of all."""
    mounts = 'mount -t proc -o hidepid=2 none /proc; exec "$@"'
    found = machine.collect("unshare", "-p", "-f", "sh", "-c", mounts, "x", *AS_NOBODY)[StaleProcesses]
    assert found.gap == HIDDEN


@pytest.mark.parametrize("body", [b"", b"T\t5\nR\t5\n", b"T\tx\nP\t1\nF\t/usr/lib/x\n"])
def test_an_answer_that_is_not_whole_tells_nothing(body):
    """A list cut short would look like a short list."""
    assert isinstance(stale_processes(Section(body, 0, truncated=False), NOW), Unavailable)


def test_what_a_host_says_is_bounded_and_made_harmless():
    """Names with escapes, files without end, numbers that are none."""
    files = b"".join(b"F\t/usr/lib/%d\n" % n for n in range(500))
    body = (
        b"T\t3\nV\t1\nR\t99999999999\nP\t12\nN\tx\x1b[2J\nU\t\xff\nG\t/system.slice/a b.service\n" + files + b"C\t1\nZ"
    )
    found = stale_processes(Section(body, 0, truncated=False), NOW)
    assert isinstance(found, StaleProcesses)
    (one,) = found.processes
    assert (one.name, one.user, one.unit, len(one.files)) == ("x\\x1b[2J", "\\xff", "", 50)
    assert (found.readable, found.total, found.elsewhere) == (0, 2, 1)


def test_a_process_that_ends_meanwhile_is_not_one_that_could_not_be_read(machine):
    """As root in a namespace of its own every process there can be read."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    found = machine.collect("unshare", "-p", "-f", "--mount-proc")[StaleProcesses]
    assert (found.readable, found.unread) == (found.total, ())
