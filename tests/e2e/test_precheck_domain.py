"""A prospect with a domain: its DNS is asked, its websites are asked for by name, and an interrupted check goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dns_lab import DnsLab, dns_lab
from grants import keep_contract

pytestmark = pytest.mark.skipif(not shutil.which("nmap"), reason="nmap is not installed")

ADDRESS, REFERENCE, NAME = "127.0.44.1", "MSA-44", "Named GmbH"
ZONES = {
    "named.example": f'@ A {ADDRESS}\nwww A {ADDRESS}\n@ MX 0 .\n@ TXT "v=spf1 -all"\n_dmarc TXT "v=DMARC1; p=reject"\n'
}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[DnsLab]:
    with dns_lab(tmp_path / "dns", ZONES) as running:
        yield running


@pytest.fixture
def contract(tmp_path: Path) -> str:
    return keep_contract(tmp_path, REFERENCE, "named", NAME, "named.example", ADDRESS)


def test_all_that_is_proven_is_looked_at_when_nothing_is_named(posture, lab, contract, tmp_path):
    """The host by the names that lead to it, the domain by its records; accepted, both stand in the inventory."""
    done = posture("precheck", "--name", NAME, "--authorization", contract, "--json", POSTURE_RESOLVER=lab.resolver)
    told = json.loads(done.stdout)
    assert told["looked_at"] | {"checks": 0, "udp_ports": 0} == {
        "addresses": [ADDRESS], "domains": ["named.example"], "tcp_ports": 65_535, "udp_ports": 0, "checks": 0,
    }  # fmt: skip
    assert {case["resource"] for case in told["cases"]} == {ADDRESS, "named.example"}
    printed = posture("precheck", "accept", "named", "--print", "--despite", "a test", POSTURE_RESOLVER=lab.resolver)
    assert 'names: ["named.example", "www.named.example"]' in printed.stdout, printed.stderr
    assert '{kind: domain, id: "named.example"}' in printed.stdout
    assert not (tmp_path / "customers.yaml").exists()


def test_a_check_that_was_interrupted_goes_on_where_it_stopped(posture, lab, contract, tmp_path):
    """The same command again ends the same run; nothing is left half done."""
    environment = os.environ | {
        "POSTURE_CACHE": str(tmp_path / "cache"), "POSTURE_DATA": str(tmp_path / "data"),
        "POSTURE_RESOLVER": lab.resolver,
    }  # fmt: skip
    command = [sys.executable, "-m", "posture.cli.main", "precheck", "--name", NAME, "--authorization", contract]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as begun:
        assert begun.stderr
        while "looking at" not in (line := begun.stderr.readline()):
            assert line, "it ended before it began"
        time.sleep(0.3)
        begun.send_signal(signal.SIGKILL)
    done = posture(
        "precheck", "--name", NAME, "--authorization", contract, "--format", "json", POSTURE_RESOLVER=lab.resolver
    )
    assert "Going on with the interrupted run" in done.stderr
    told = json.loads((tmp_path / "precheck/named.precheck.json").read_text())
    assert len(told["seen"]) == 1
    assert {case["resource"] for case in told["cases"]} == {ADDRESS, "named.example"}


def test_a_domain_alone_says_that_no_address_was_looked_at(posture, lab, contract):
    """A go for records in the DNS is none for servers: the page says what nobody looked at."""
    domain = ("--domain", "named.example")
    done = posture(
        "precheck", "--name", NAME, "--authorization", contract, *domain, "--json", POSTURE_RESOLVER=lab.resolver
    )
    told = json.loads(done.stdout)
    assert (done.returncode, told["looked_at"]["addresses"]) == (0, [])
    assert any("No address was looked at" in limit for limit in told["limits"])
