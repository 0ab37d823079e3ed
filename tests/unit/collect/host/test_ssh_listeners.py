"""Which SSH servers listen, as concluded from sockets that were seen or not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from posture.collect.host.sections import Section
from posture.collect.host.ssh_listeners import listeners
from posture.collect.host.ssh_section import parsed
from posture.facts.host import ListeningSockets, Process, Socket
from posture.facts.unavailable import Unavailable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ROOT = "H\tuid\t0\nH\tbinary\tfound\nH\tports\t22\n"
SSHD = "H\tpid\t50\nW\t50\t0\t\n"


def seen(body: str, *holders: tuple[int, str, int]) -> tuple[bool | None, str]:
    """From the section, and sockets as (port, program, process); without a program nobody is known to hold it."""
    sockets = tuple(Socket("tcp", "0.0.0.0", port, Process(pid, name) if name else None) for port, name, pid in holders)
    return listeners(parsed(Section(body.encode(), 0, False)), ListeningSockets(sockets, True, NOW))


@pytest.mark.parametrize(
    ("body", "holders", "expected"),
    [
        (ROOT, [(80, "nginx", 7)], (False, "")),
        (ROOT, [(2049, "", 0)], (False, "")),  # the kernel's own: NFS
        (ROOT, [(22, "", 0)], (None, "")),
        (ROOT, [(22, "xinetd", 7)], (None, "")),  # which may start anything
        (ROOT + SSHD, [(22, "sshd", 50)], (True, "")),
        (ROOT + SSHD, [(22, "sshd", 50), (6010, "sshd", 71)], (True, "")),  # what a session forwards
        (ROOT + "W\t50\t0\t\n", [(22, "sshd", 50)], (True, "")),  # OpenSSH before 8.2
        (ROOT, [(22, "systemd", 1)], (True, "")),
        (ROOT + "V\tssh.socket\t2200\n", [(2200, "systemd", 1), (111, "systemd", 1)], (True, "")),
        (ROOT + SSHD + "V\tsshd.socket\t2200\n", [(22, "sshd", 50), (2200, "systemd", 1)],
         (True, "an sshd that systemd starts on port 2200 (sshd.socket)")),
        (ROOT, [(22, "dropbear", 7), (2222, "dropbear", 7)], (False, "dropbear on ports 22, 2222")),
        (ROOT + "V\tdropbear.socket\t22\n", [(22, "systemd", 1)], (False, "dropbear on port 22")),
        ("H\tuid\t1000\nH\tbinary\tfound\n", [(8080, "", 0)], (None, "")),
        ("H\tuid\t1000\nH\tvia\tssh\n", [(2222, "", 0)], (True, "")),
        (ROOT + "H\tvia\tssh\n", [(80, "nginx", 7)], (None, "")),
        (ROOT + SSHD + "H\tmore-ports\tyes\n", [(22, "sshd", 50)],
         (True, "the same sshd on more ports than the 8 that were asked about")),
    ],
)  # fmt: skip
def test_a_server_counts_as_silent_only_where_every_listener_is_known(body, holders, expected):
    assert seen(body, *holders) == expected


def test_nothing_is_known_without_sockets():
    section = parsed(Section(ROOT.encode(), 0, False))
    assert listeners(section, Unavailable("ss is missing")) == (None, "")


def test_a_thousand_other_servers_are_named_in_a_few_words():
    body = ROOT + SSHD + "".join(f"W\t{pid}\t0\t/etc/x\n" for pid in range(100, 900))
    _, others = seen(body, *((pid, "sshd", pid) for pid in range(100, 900)))
    assert others.endswith(", and 792 more")
    assert len(others) < 600
