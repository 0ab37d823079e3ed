"""Hosts that share an nmap which fails, hangs or is killed: each gets its own reason, and no process is left behind.

The stand-ins are programs that misbehave as nmap might.
"""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from posture.collect.network.nmap_report import Report
from posture.collect.network.nmap_run import NmapMissing, NoRawSockets, ScanAbandoned, ScanFailed, ScanTooSlow
from posture.collect.network.sweep.pool import SweepPool
from posture.collect.network.sweep.wanted import Wanted
from posture.collect.scope import ScopeGate
from posture.model.customer import Authorization, AuthorizationMethod, Customer

HOSTS = tuple(f"198.51.100.{n}" for n in range(1, 5))  # RFC 5737; nothing is sent, nmap is a stand-in
GOOD = """\
    echo '<nmaprun version="7.93">'
    for word in "$@"; do case $word in *.*.*.*)
        echo "<host><address addr='$word'/><ports><port protocol='tcp' portid='22'><state state='open'/></port></ports>"
        echo "</host>";;
    esac; done
    echo '<runstats><finished exit="success"/></runstats></nmaprun>'
"""


class Log(list):
    def record(self, action) -> None:
        self.append(action)


def now() -> datetime:
    return datetime.now(UTC)


def wanted(address: str, seconds: float = 60, valid_for: timedelta = timedelta(hours=1), ports: str = "22") -> Wanted:
    grant = Authorization(AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", now() - timedelta(1), now() + valid_for)
    owner = Customer("bakery", "Bakery", grant, networks=(ip_network("198.51.100.0/24"),))
    gate = ScopeGate(owner, "run-1", now, Log())
    permit = gate.permit(address, "port sweep")
    return Wanted(gate, permit, ports, "port sweep", now() + timedelta(seconds=seconds))


@pytest.fixture
def nmap(tmp_path, monkeypatch):
    """Puts a stand-in for nmap on PATH: the body of a shell script; each start leaves a line in `starts`."""

    def write(script: str) -> Path:
        program = tmp_path / "nmap"
        head = f'#!/bin/sh\ncd {tmp_path}\necho "$$ $@" >>starts\n'
        program.write_text(head + textwrap.dedent(script))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return tmp_path

    return write


def starts(folder: Path) -> list[list[str]]:
    return [line.split() for line in (folder / "starts").read_text().splitlines()]


def run(pool: SweepPool, *requests: Wanted) -> list[Report | ScanFailed]:
    def one(request: Wanted) -> Report | ScanFailed:
        try:
            return pool.run(request)
        except ScanFailed as error:
            return error

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(one, requests))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_until(done, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_a_failure_of_all_is_told_to_each(nmap):
    """Together first, then each by itself: every host has its own reason, and its log says what was tried."""
    folder = nmap("echo 'QUITTING!' >&2; exit 3")
    requests = [wanted(host) for host in HOSTS]
    results = run(SweepPool(now), *requests)
    assert all(isinstance(result, ScanFailed) and "exit code 3: QUITTING!" in str(result) for result in results)
    assert len(starts(folder)) == 1 + len(HOSTS)
    for request in requests:
        told = [action.result.partition(":")[0] for action in request.gate.log]
        assert told == ["begins", "failed", "begins", "failed"]


def test_one_host_that_breaks_nmap_costs_the_others_nothing_but_time(nmap):
    """Whoever shares with it is looked at alone."""
    nmap(f'case "$*" in *{HOSTS[1]}*) kill -SEGV $$;; esac\n' + textwrap.dedent(GOOD))
    first, broken, *others = run(SweepPool(now), *map(wanted, HOSTS))
    assert "exit code -11" in str(broken)
    assert [[port.number for port in report.open] for report in (first, *others)] == [[22]] * 3


def test_a_host_that_nmap_does_not_mention_is_down_and_not_without_ports(nmap):
    nmap(textwrap.dedent(GOOD).replace("*.*.*.*)", f"{HOSTS[0]})"))
    there, gone = run(SweepPool(now), wanted(HOSTS[0]), wanted(HOSTS[1]))
    assert there.up
    assert not gone.up


def test_without_nmap_each_is_told_at_once(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    results = run(SweepPool(now), *map(wanted, HOSTS))
    assert all(isinstance(result, NmapMissing) for result in results)


def test_a_system_that_refuses_raw_sockets_is_asked_once(nmap):
    """All go on with connections, together, and so does whoever comes later."""
    folder = nmap("case \"$*\" in *-sS*) echo 'raw socket: Operation not permitted' >&2; exit 1;; esac\n" + GOOD)
    pool = SweepPool(now)
    if isinstance(run(pool, *map(wanted, HOSTS))[0], NoRawSockets):
        pytest.fail("connections need no raw sockets")
    (later,) = run(pool, wanted(HOSTS[0]))
    assert isinstance(later, Report)
    tried = [("-sS" in words, sum(word in HOSTS for word in words)) for words in starts(folder)]
    assert [one for one in tried if not one[0]] == [(False, 4), (False, 1)]
    assert len(tried) <= 3


def test_an_nmap_that_hangs_is_killed_and_each_is_told(nmap, monkeypatch):
    """At its bound, with all that it started. Each host is tried once by itself then: only one may have held it up."""
    monkeypatch.setattr("posture.collect.network.sweep.schedule.SWEEP_LIMIT", timedelta(seconds=1))
    folder = nmap("sleep 300 & echo $! >child; wait")
    results = run(SweepPool(now), *map(wanted, HOSTS))
    assert all(isinstance(result, ScanTooSlow) for result in results)
    tried = starts(folder)
    assert [sum(word in HOSTS for word in words) for words in tried] == [len(HOSTS), *[1] * len(HOSTS)]
    for words in tried:
        assert wait_until(lambda pid=int(words[0]): not alive(pid))
    assert wait_until(lambda: not alive(int((folder / "child").read_text())))


def test_a_host_whose_authorization_ends_is_stopped_then_and_cuts_nobody_short(nmap):
    """It goes alone; the reason says which end it was."""
    nmap(f'case "$*" in *{HOSTS[0]}*) exec sleep 30;; esac\n' + textwrap.dedent(GOOD))
    requests = [wanted(HOSTS[0], valid_for=timedelta(seconds=2)), wanted(HOSTS[1]), wanted(HOSTS[2])]
    ended, *others = run(SweepPool(now), *requests)
    assert isinstance(ended, ScanTooSlow)
    assert "authorization MSA-7.1 ended" in str(ended)
    assert [[port.number for port in report.open] for report in others] == [[22]] * 2


def test_who_waits_longer_than_there_is_time_is_told(nmap):
    """Its network is busy with another sweep until its deadline has passed; nothing is sent."""
    folder = nmap("sleep 2\n" + textwrap.dedent(GOOD))
    first, late = run(SweepPool(now), wanted(HOSTS[0], seconds=50), wanted(HOSTS[1], seconds=1, ports="23"))
    if isinstance(first, ScanFailed):  # the late one was first in the queue
        pytest.fail(str(first))
    assert isinstance(late, ScanTooSlow)
    assert len([words for words in starts(folder) if HOSTS[0] in words]) == 1


def test_stopping_the_pool_ends_all_scans_and_all_waiting(nmap):
    """Threads that are blocked in it come back, so that a program that was interrupted can end."""
    folder = nmap("exec sleep 300")
    pool = SweepPool(now)
    other = [wanted(host, ports="23") for host in HOSTS[2:]]  # these wait for the network
    ended: list[Report | ScanFailed] = []
    waiting = threading.Thread(target=lambda: ended.extend(run(pool, *map(wanted, HOSTS[:2]), *other)))
    waiting.start()
    assert wait_until((folder / "starts").exists)
    pool.stop()
    waiting.join(20)
    assert len(ended) == 4
    assert all(isinstance(error, ScanAbandoned) for error in ended)
    assert wait_until(lambda: not alive(int(starts(folder)[0][0])))
    with pytest.raises(ScanAbandoned):
        pool.run(wanted(HOSTS[0]))


def test_killing_the_auditor_ends_the_scan_of_all(nmap):
    """An nmap that lives on would send packets that nobody answers for."""
    folder = nmap("exec sleep 300")
    code = f"""
        import sys
        sys.path[:0] = [{str(Path(__file__).parent)!r}]
        from test_sweep_pool_fails import HOSTS, SweepPool, now, run, wanted
        run(SweepPool(now), *map(wanted, HOSTS))
    """
    auditor = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], cwd=Path(__file__).parents[2])
    assert wait_until((folder / "starts").exists)
    (words,) = starts(folder)
    assert alive(int(words[0]))
    auditor.send_signal(signal.SIGKILL)
    auditor.wait()
    assert wait_until(lambda: not alive(int(words[0])))


def test_a_flood_of_report_is_bounded_by_the_hosts_asked_for(nmap):
    """Reports grow with the hosts; the memory of this program does not grow with the report."""
    nmap("echo '<nmaprun>'; yes '<a/>' | head -c 40000000; sleep 60")
    (result,) = run(SweepPool(now), wanted(HOSTS[0]))
    assert "grew beyond 16 MiB" in str(result)
    nmap("echo '<nmaprun><a b=\"'; yes | head -c 8000000; sleep 1")
    (result,) = run(SweepPool(now), wanted(HOSTS[0]))
    assert "cannot be read" in str(result)
