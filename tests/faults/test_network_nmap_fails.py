"""Nmap missing, failing, hanging, lying: never a sweep that was not made, never a process left behind.

The stand-ins here are programs that misbehave as nmap might; what nmap says when it works is tested with nmap itself.
"""

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from posture.collect.network.collect import collect_outside
from posture.collect.network.nmap_run import OUTPUT_LIMIT
from posture.collect.network.scanner import Scanner
from posture.collect.network.sweep.pool import SweepPool
from posture.collect.scope import ScopeGate
from posture.facts.network import Login, PortSweep
from posture.facts.unavailable import Unavailable
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.resource import Resource, ResourceKind

LOCAL = Resource(ResourceKind.HOST, "this-machine", local=True)
REPORT = """<?xml version="1.0"?><!DOCTYPE nmaprun><nmaprun version="7.93"><host><status state="up"/>
<address addr="127.0.0.1" addrtype="ipv4"/><ports>{ports}<extraports state="closed" count="65535">
<extrareasons reason="reset" count="65535" proto="tcp" ports="1-65535"/></extraports></ports></host>
<runstats><finished exit="success"/></runstats></nmaprun>"""
CLOSED = '<extraports state="closed" count="65535"><extrareasons reason="reset" ports="1-65535"/></extraports>'
OPEN = '<port protocol="tcp" portid="{}"><state state="open"/>{}</port>'


class Log(list):
    def record(self, action) -> None:
        self.append(action)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def look(log):
    def run(seconds: float = 20, valid_for: timedelta = timedelta(hours=1)):
        grant = Authorization(
            AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", now() - timedelta(1), now() + valid_for
        )
        owner = Customer("this-machine", "This machine", grant, networks=(ip_network("127.0.0.0/8"),))
        gate = ScopeGate(owner, "run-1", now, log)
        return collect_outside(LOCAL, gate, Scanner(now, SweepPool(now)), now() + timedelta(seconds=seconds))[PortSweep]

    return run


@pytest.fixture
def nmap(tmp_path, monkeypatch):
    """Puts a stand-in for nmap on PATH: the body of a shell script."""

    def write(script: str) -> Path:
        program = tmp_path / "nmap"
        program.write_text(f"#!/bin/sh\ncd {tmp_path}\n{textwrap.dedent(script)}")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return tmp_path

    return write


def says(report: str, naming: str = "exit 1") -> str:
    """A stand-in that gives this report to a sweep and does `naming` when asked for versions."""
    return f"case \"$*\" in *-sV*) {naming};; esac\ncat <<'END'\n{report}\nEND\n"


def test_without_nmap_nothing_was_looked_at(look, monkeypatch, tmp_path, log):
    monkeypatch.setenv("PATH", str(tmp_path))
    seen = look()
    assert isinstance(seen, Unavailable)
    assert "apt-get install nmap" in seen.reason
    assert "nmap is not installed" in log[-1].result


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("printf 'QUITTING!\\033[2J\\n' >&2; exit 3", r"exit code 3: QUITTING!\x1b[2J"),
        ("echo this is no XML", "cannot be read"),
        ("echo '<nmaprun version=\"7.93\"/>'", "ended before its scan was done"),
        ('echo \'<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><nmaprun>&d;</nmaprun>\'', "cannot be read"),
        (f"head -c {OUTPUT_LIMIT + 100_000} /dev/zero; sleep 60", "grew beyond 16 MiB"),
        ("kill -SEGV $$", "exit code -11"),
    ],
)
def test_a_scan_that_fails_is_no_result(look, nmap, script, reason):
    """Each with its reason, harmless to print."""
    nmap(script)
    seen = look()
    assert isinstance(seen, Unavailable), seen
    assert reason in seen.reason


def test_a_host_that_is_down_is_not_a_host_without_ports(look, nmap):
    nmap(says(REPORT.format(ports="").replace('"up"', '"down"')))
    assert "No machine answers at 127.0.0.1" in look().reason


def test_ports_that_nmap_says_nothing_of_were_not_looked_at(look, nmap):
    """An nmap that ends well and early is no sweep: what it did not tell is neither open nor closed."""
    nmap(says(REPORT.format(ports="").replace('ports="1-65535"', 'ports="1-1000"')))
    assert "told nothing of" in look().incomplete


def test_what_is_filtered_is_a_result(look, nmap):
    """A host that drops everything was looked at: nothing open, all filtered."""
    nmap(says(REPORT.format(ports='<extraports state="filtered" count="65535"/>')))
    seen = look()
    assert isinstance(seen, PortSweep)
    assert (seen.open, seen.filtered) == ((), 65535)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def gone(pid: int) -> bool:
    end = time.monotonic() + 5
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def test_a_scan_that_hangs_is_killed_with_its_children(look, nmap):
    """At the caller's deadline, long before nmap's own limit."""
    folder = nmap("sleep 300 & echo $! >child; echo $$ >parent; wait")
    seen = look(seconds=1.5)
    assert isinstance(seen, Unavailable)
    assert "was stopped" in seen.reason
    assert "audit this host again" in seen.reason
    assert gone(int((folder / "parent").read_text()))
    assert gone(int((folder / "child").read_text()))


def test_the_end_of_the_authorization_ends_the_scan(look, nmap):
    """Long before the deadline, and the reason says which end it was: waiting longer would not help."""
    folder = nmap("echo $$ >parent; exec sleep 30")
    seen = look(seconds=900, valid_for=timedelta(seconds=1.5))
    assert isinstance(seen, Unavailable)
    assert "authorization MSA-7.1 ended" in seen.reason
    assert "valid_until" in seen.reason
    assert gone(int((folder / "parent").read_text()))


def test_a_sweep_outlives_the_naming_that_failed(look, nmap):
    """Ports stay open, unnamed, with the reason."""
    nmap(says(REPORT.format(ports=OPEN.format(1, "")), naming="exit 7"))
    seen = look()
    assert isinstance(seen, PortSweep), seen
    (port,) = seen.open
    assert (port.port, port.service, port.login) == (1, "", Login.UNKNOWN)
    assert "exit code 7" in port.login_reason
    assert port.maybe == "*", "what could not be asked what it is may be anything"


def test_open_ports_that_all_fall_silent_beside_a_wall_of_filtered_ones_are_a_ban(look, nmap):
    """What the sweep did not see then says nothing; with most ports closed, silence is the ports' own."""
    filtered = '<extraports state="{}" count="65534"/>'
    nobody = REPORT.format(ports="").replace("\n", " ")
    report = REPORT.format(ports=filtered.format("filtered") + OPEN.format(1, ""))
    nmap(says(report, naming=f"echo '{nobody}'; exit 0"))
    seen = look()
    assert isinstance(seen, Unavailable), seen
    assert "bans the auditor" in seen.reason
    nmap(says(report.replace("filtered", "closed"), naming=f"echo '{nobody}'; exit 0"))
    assert look().open[0].maybe == "*"


def test_what_servers_told_nmap_is_made_harmless_and_bounded(look, nmap):
    """Escapes and a megabyte in a product; ports that are none; names looked up by number are no observation."""
    hostile = f'<service name="x&#xA0;&#x202E;" product="{"A" * 1_000_000}" version="&#x9B;2J" method="probed"/>'
    guess = '<service name="redis" method="table" conf="3"/>'
    ports = OPEN.format(1, hostile) + OPEN.format(2, guess) + OPEN.format(99999, "") + OPEN.format("7e9", "")
    other = '</ports></host><host><address addr="127.0.0.2"/><ports>' + OPEN.format(3, "")
    report = REPORT.format(ports=ports + CLOSED + other)
    folder = nmap("exec cat report")
    (folder / "report").write_text(report)
    one, two = look().open
    assert (one.port, two.port) == (1, 2)
    assert "\u202e" not in one.service
    assert len(one.product) < 300
    assert one.version == r"\x9b2J"
    assert two.service == ""


def test_killing_the_auditor_ends_its_scan(nmap):
    """An nmap that lives on would send packets that nobody answers for."""
    folder = nmap("echo $$ >parent; exec sleep 300")
    code = "from ipaddress import ip_address\nfrom posture.collect.network.nmap_run import scan_together\n"
    code += "scan_together([ip_address('127.0.0.1')], ('-sT',), 300)"
    auditor = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
    )
    end = time.monotonic() + 20
    while not (folder / "parent").exists() and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(0.1)
    pid = int((folder / "parent").read_text())
    assert alive(pid)
    auditor.send_signal(signal.SIGKILL)
    auditor.wait()
    assert gone(pid)
