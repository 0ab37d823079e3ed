"""The whole collector in one run, with all of a system's programs and with busybox alone, and the time it may take."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import staged_root

from posture.collect.host.capture import Capture
from posture.collect.host.program import limits, program
from posture.engine.unit import TIME_LIMIT
from posture.facts.authorized_keys import AuthorizedKeys
from posture.facts.factset import INSIDE
from posture.facts.host import ListeningSockets
from posture.facts.leaks import HostLeaks
from posture.facts.packages import InstalledPackages
from posture.facts.ssh_log import SshLog
from posture.facts.ssh_trust import SshHostTrust
from posture.facts.sshd import ServerKeys, SshAuthorities, SshServer
from posture.facts.unavailable import Unavailable
from posture.facts.updates import AutomaticUpdates, Installs

NOT_THERE = {SshServer, AuthorizedKeys, SshAuthorities, ServerKeys, SshLog, SshHostTrust, HostLeaks}
FOR_THE_LOGIN = timedelta(minutes=1)
JOB = "#!/bin/sh\n{} update && {} upgrade -y\n"
PASSWD = "root:x:0:0:root:/root:/bin/sh\nkim:x:1000:1000:Kim:/home/kim:/bin/sh\n"


@pytest.fixture(params=["dpkg", "busybox"])
def system(request, tmp_path, monkeypatch) -> staged_root.Root:
    """Debian with this machine's programs, or Alpine; with an account, a package and a job that updates it."""
    monkeypatch.setattr(staged_root, "OTHERS", re.compile(rb"$^"))
    root = staged_root.made(tmp_path / "root", busybox=request.param == "busybox")
    if root.busybox:
        root.system(ID="alpine", VERSION_ID="3.20.3", PRETTY_NAME="Alpine Linux v3.20")
        root.write("lib/apk/db/installed", "P:musl\nV:1.2.5-r0\nA:x86_64\n\n")
        root.write("etc/periodic/daily/update", JOB.format("apk", "apk"), 0o755)
        root.write("etc/runlevels/default/crond")
    else:
        root.system(ID="debian", VERSION_ID="12", VERSION_CODENAME="bookworm", PRETTY_NAME="Debian 12")
        status = "Package: musl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.2.5-1\nMaintainer: x\n"
        root.write("var/lib/dpkg/status", status)
        root.write("etc/cron.daily/update", JOB.format("apt-get", "apt-get"), 0o755)
    root.write("etc/passwd", PASSWD)
    root.write("etc/shadow", "root:*:20000::::::\nkim:!:20000::::::\n", 0o600)
    root.write("etc/group", "root:x:0:\n")
    root.write("home/kim/.profile")
    return root


def test_every_section_ends_by_itself_and_tells(system):
    """None is cut off by its limits or missing, and each gives its facts. No SSH server is there; busybox has no ss."""
    output = system.output()
    capture = Capture(staged_root.NONCE)
    capture.add(output)
    sections = capture.sections()
    for name in limits():
        one = sections.get(name)
        assert not isinstance(one, Unavailable), name
        assert not one.cut, name
        assert one.status == (127 if system.busybox and name == "sockets" else 0), name
    facts = staged_root.read(output)
    assert set(facts) == set(INSIDE)
    told = {kind for kind, fact in facts.items() if not isinstance(fact, Unavailable)}
    assert set(INSIDE) - told <= {*NOT_THERE, *([ListeningSockets] if system.busybox else [])}
    if system.busybox:
        assert "program ss is missing" in facts[ListeningSockets].reason
    assert [package.name for package in facts[InstalledPackages].packages] == ["musl"]
    assert facts[AutomaticUpdates].installs is Installs.SECURITY


def test_the_limits_of_all_sections_fit_into_the_time_of_a_host():
    """One that hangs in every section is still heard to its end, each section with what it had told."""
    rows = re.findall(r"^section [a-z-]+ ([0-9]+) [0-9]+ <<", program(staged_root.NONCE).decode(), re.MULTILINE)
    assert len(rows) == len(limits())
    kill = 2  # seconds that timeout(1) waits before it kills, in main.sh
    assert timedelta(seconds=sum(int(seconds) + kill for seconds in rows)) + FOR_THE_LOGIN <= TIME_LIMIT
