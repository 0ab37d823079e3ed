"""The lab is what its truth table tells, and leaves nothing behind."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from lab import Lab, LabError, left_behind
from lab_namespaces import MARK, in_network, listeners, marked, network_of, wait_until
from lab_requirements import missing
from lab_talk import talk
from truth import (
    ABSENT,
    ADDRESSES,
    EVERY_PORT_ANSWERS,
    FINDINGS,
    IN_SCOPE,
    KNOWN_AS,
    NAMES,
    NETWORK,
    NETWORK6,
    PORTS,
    SCANNER,
    listening,
    reachable,
)

PROGRAM = str(Path(__file__).with_name("lab.py"))
EVERY_PORT = sorted({port.number for port in PORTS if port.protocol == "tcp"})


def scan(lab: Lab, *addresses: str) -> dict[str, dict[int, str]]:
    """The state of every TCP port of the truth table, by address, from where the scanner stands."""
    ports = ",".join(map(str, EVERY_PORT))
    words = ["nmap", "-n", "-Pn", "--max-retries", "3", "--initial-rtt-timeout", "100ms", "--max-rtt-timeout", "200ms"]
    said = ""
    for family in ([], ["-6"]):
        if chosen := [address for address in addresses if (":" in address) == bool(family)]:
            said += lab.run([*words, *family, "-p", ports, "-oG", "-", *chosen], check=True).stdout
    states: dict[str, dict[int, str]] = {}
    for address, told in re.findall(r"^Host: (\S+) .*?((?:Ports|Ignored State): .*)$", said, re.MULTILINE):
        rest = re.search(r"Ignored State: (\w+)", told)  # a state that most ports have is told once for them all
        states[address] = dict.fromkeys(EVERY_PORT, rest[1]) if rest else {}
        states[address] |= {int(n): state for n, state in re.findall(r"(\d+)/([^/]+)/tcp", told)}
    return states


def ssh(lab: Lab, folder: Path, user: str, host: str, command: str) -> subprocess.CompletedProcess[str]:
    known = folder / "known_hosts"
    known.write_text("".join(f"{ADDRESSES[name]} {lab.keys[f'host-{name}'].public}\n" for name in ADDRESSES))
    options = ("BatchMode=yes", f"UserKnownHostsFile={known}", "StrictHostKeyChecking=yes", "ConnectTimeout=5")
    words = ["ssh", "-F", "/dev/null", "-i", str(lab.keys["auditor"].path), *(f"-o{option}" for option in options)]
    return lab.run([*words, f"{user}@{ADDRESSES[host]}", command])


@pytest.fixture
def own_lab() -> Iterator[Lab]:
    """A lab for one test alone, for those that count or destroy."""
    if reasons := missing():
        pytest.skip("no lab here: " + "; ".join(reasons))
    with Lab() as up:
        yield up


# -- what is open


def test_exactly_the_told_ports_are_open_from_the_scanner(lab: Lab) -> None:
    """Every port told as reachable is open from outside, and no other of them is, on any host in scope."""
    states = scan(lab, *(ADDRESSES[name] for name in IN_SCOPE))
    opened = {name: {n for n, state in states[ADDRESSES[name]].items() if state == "open"} for name in IN_SCOPE}
    told = {name: set(EVERY_PORT) if name in EVERY_PORT_ANSWERS else reachable(name) for name in IN_SCOPE}
    assert opened == told


def test_exactly_the_told_ports_listen_inside(lab: Lab) -> None:
    """Inside each host the told TCP and UDP ports listen, the firewalled ones included, and no other."""
    for protocol in ("tcp", "udp"):
        found = {name: listeners(lab.pid(name), protocol) for name in ADDRESSES}
        assert found == {name: listening(name, protocol) for name in ADDRESSES}


def test_the_told_process_has_the_port(lab: Lab) -> None:
    """Who listens inside is the process that the table names."""
    for host in ADDRESSES:
        lines = lab.run(["ss", "-Htulnp"], on=host, check=True).stdout.splitlines()
        found = {(words[0], int(words[4].rpartition(":")[2]), words[-1]) for words in map(str.split, lines)}
        for port in (port for port in PORTS if port.host == host and port.process):
            names = {who for protocol, number, who in found if (protocol, number) == (port.protocol, port.number)}
            assert any(f'("{port.process}",' in who for who in names), (port, names)


def test_firewalls_drop_in_silence(lab: Lab) -> None:
    """The firewalled hosts answer on no port but the told ones, the dark one on none: filtered, not closed."""
    hosts = ("firewalled", "dropping", "dark")
    states = scan(lab, *(ADDRESSES[name] for name in hosts))
    for name in hosts:
        rest = {state for number, state in states[ADDRESSES[name]].items() if number not in reachable(name)}
        assert rest == {"filtered"}, name


def test_the_absent_address_is_down(lab: Lab) -> None:
    """An address in scope that nobody has is reported as down."""
    assert "Status: Down" in lab.run(["nmap", "-n", "-sn", "-v", "-oG", "-", ABSENT]).stdout


# -- what is seen inside


@pytest.mark.parametrize(
    ("host", "password", "root"),
    [
        ("hardened", "no", "no"),
        ("weak-ssh", "yes", "yes"),
        ("data", "no", "without-password"),
        ("firewalled", "no", "no"),
        ("dropping", "no", "no"),
        ("shares", "no", "no"),
        ("weak-crypto", "no", "no"),
    ],
)
def test_sshd_tells_the_hosts_own_configuration(lab: Lab, host: str, password: str, root: str) -> None:
    """`sshd -T` inside a host prints that host's effective configuration, not the machine's."""
    effective = lab.run(["sshd", "-T"], on=host, check=True).stdout.splitlines()
    assert f"passwordauthentication {password}" in effective
    assert f"permitrootlogin {root}" in effective


@pytest.mark.parametrize(
    ("user", "host"),
    [
        ("auditor", "weak-crypto"),
        ("root", "weak-ssh"),
        ("root", "data"),
        ("auditor", "firewalled"),
        ("auditor", "shares"),
        ("auditor", "dropping"),
    ],
)
def test_the_key_logs_in_and_sees_that_host(lab: Lab, tmp_path: Path, user: str, host: str) -> None:
    """The auditor's key opens a session on a host whose key is pinned, and it is that host."""
    told = ssh(lab, tmp_path, user, host, "hostname; id -un; ls /home")
    assert told.stdout.split()[:3] == [host, user, "auditor"], told.stderr


def test_root_is_refused_where_it_should_be(lab: Lab, tmp_path: Path) -> None:
    """The hardened host lets root in with no key at all."""
    assert ssh(lab, tmp_path, "root", "hardened", "true").returncode == 255


def test_the_weak_host_has_its_planted_faults(lab: Lab) -> None:
    """Empty password, readable private key, small and unrestricted keys, old library and waiting reboot are there."""
    script = """grep -c '^legacy::' /etc/shadow
stat -c %a /home/deploy/.ssh/id_ed25519
wc -l </root/.ssh/authorized_keys
sed -n 2p /root/.ssh/authorized_keys | ssh-keygen -lf - | cut -d' ' -f1; dpkg-query -W -f='${Version}' libssl3; echo
test -e /run/reboot-required && echo reboot"""
    told = lab.run(["sh", "-c", script], on="weak-ssh", check=True).stdout.split()
    assert told == ["1", "644", "4", "1024", "3.0.8-1", "reboot"]


def test_the_other_hosts_show_nothing_personal_of_the_machine(lab: Lab) -> None:
    """Homes, temporary files and waiting reboots inside are the host's own."""
    for host in ("hardened", "data", "firewalled", "neighbour", "dropping", "weak-crypto"):
        told = lab.run(["sh", "-c", "ls -A /home /tmp /run/reboot-required /root 2>/dev/null"], on=host).stdout
        assert told.split() == ["/home:", "auditor", "/root:", ".ssh", "/tmp:"], host


def test_every_expected_finding_is_about_something_that_is_there() -> None:
    """Each expected exposure names a told port that is reachable, or a host by its address."""
    endpoints = {port.endpoint.replace(ADDRESSES[port.host], KNOWN_AS[port.host]) for port in PORTS if port.outside}
    for finding in FINDINGS:
        if finding.check == "exposure.tls-name-elsewhere":  # of a host's certificates, on whatever port
            assert finding.subject.split()[0] in ADDRESSES.values(), finding
        elif finding.check.startswith("exposure."):
            assert re.match(r"\S+?/(?:tcp|udp)", finding.subject)[0] in endpoints, finding


# -- the way between


def test_names_resolve_as_told_and_no_others(lab: Lab) -> None:
    """The scanner's resolver knows the lab's names, follows the alias, and denies the rest."""
    for name, addresses in NAMES.items():
        told = lab.run(["getent", "ahosts", name], check=True).stdout
        assert set(re.findall(r"^\S+", told, re.MULTILINE)) == set(addresses), name
    assert "neighbour.lab.test" in lab.run(["getent", "ahostsv4", "alias.lab.test"]).stdout
    assert lab.run(["getent", "ahostsv4", "nobody.lab.test"]).returncode == 2
    assert lab.run(["getent", "ahostsv4", "example.org"]).returncode == 2


def test_no_namespace_has_a_way_out(lab: Lab) -> None:
    """The only routes anywhere are the lab's own networks, and only two of them speak IPv6."""
    for name in ("scan", *ADDRESSES):
        words = ["nsenter", f"--target={lab.pid(name)}", "--net", "ip"]
        routes = [
            line.split()[0]
            for family in ("-4", "-6")
            for line in subprocess.run(
                [*words, family, "route"], capture_output=True, text=True, check=True
            ).stdout.splitlines()
        ]
        networks = {"scan": [NETWORK, NETWORK6], "six": [NETWORK6]}.get(name, [NETWORK])
        assert routes == networks, name


def test_the_neighbour_counts_what_reaches_it_and_nothing_else(own_lab: Lab) -> None:
    """Zero at the start and after a scan of everybody else; every packet, and every ARP question, after a contact."""
    scan(own_lab, *(ADDRESSES[name] for name in IN_SCOPE))
    assert own_lab.neighbour_packets() == 0
    assert own_lab.neighbour_arp_requests() == 0
    assert talk(own_lab, "neighbour", 6379, b"PING\r\n", enough=7).startswith(b"+PONG")
    after_tcp = own_lab.neighbour_packets()
    assert after_tcp >= 3
    assert own_lab.neighbour_arp_requests() >= 1
    own_lab.run(["nmap", "-n", "-Pn", "-sU", "-p", "53", "--max-retries", "0", ADDRESSES["neighbour"]], check=True)
    assert own_lab.neighbour_packets() > after_tcp


# -- the inventory


def test_the_inventory_covers_all_hosts_but_the_neighbour(lab: Lab, tmp_path: Path) -> None:
    """Networks take in every host in scope, the neighbour is out or excluded, keys are references to real files."""
    (plain,) = yaml.safe_load(lab.inventory(tmp_path).read_text())["customers"]
    (around,) = yaml.safe_load(lab.inventory(tmp_path, around_neighbour=True).read_text())["customers"]
    for customer in (plain, around):
        networks = [ipaddress.ip_network(text) for text in customer["networks"]]
        inside = {name for name, ip in ADDRESSES.items() if any(ipaddress.ip_address(ip) in net for net in networks)}
        assert inside - {"neighbour"} == set(IN_SCOPE)
        assert ("neighbour" in inside) == (customer.get("exclude") == [ADDRESSES["neighbour"]])
    logins = [resource["ssh"] for resource in plain["resources"] if "ssh" in resource]
    assert len(logins) >= 8
    assert all(Path(login["key"].removeprefix("file:")).is_file() for login in logins)


def test_the_inventory_pins_the_real_host_key(lab: Lab, tmp_path: Path) -> None:
    """The fingerprint written is the one the server shows."""
    path = lab.inventory(tmp_path, hosts=["weak-ssh"])
    (resource,) = yaml.safe_load(path.read_text())["customers"][0]["resources"]
    scanned = f"ssh-keyscan -t ed25519 {resource['address']} 2>/dev/null | ssh-keygen -lf -"
    shown = lab.run(["sh", "-c", scanned], check=True)
    assert resource["ssh"]["host_key"] in shown.stdout.split()


# -- coming and going


def _left(lab: Lab, networks: frozenset[int]) -> list[object]:
    """What a lab that is down has left."""
    return [*([lab.folder] if lab.folder.exists() else []), *marked(lab.folder), *in_network(networks)]


def _networks(lab: Lab) -> frozenset[int]:
    return frozenset(network_of(lab.pid(name)) for name in ("wire", "scan", *ADDRESSES))


def test_two_labs_live_side_by_side(lab: Lab, own_lab: Lab) -> None:
    """A second lab has its own namespaces, and going down leaves the first as it was."""
    assert not _networks(lab) & _networks(own_lab)
    own_lab.down()
    assert b"+PONG" in talk(lab, "data", 6379, b"PING\r\n", until=b"+PONG")


def test_a_failed_test_leaves_nothing(lab: Lab) -> None:
    """However the context is left, also with a command still running in the lab, everything is gone."""
    with pytest.raises(KeyboardInterrupt), Lab() as other:  # noqa: PT012 - the interrupt comes in the middle of work
        networks = _networks(other)
        stray = subprocess.Popen(other.words(["sleep", "1000"]), env={**os.environ, MARK: str(other.folder)})
        threading.Thread(target=stray.wait).start()  # whoever starts a command buries it
        raise KeyboardInterrupt
    assert _left(other, networks) == []


def test_an_interrupt_while_it_comes_up_leaves_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C with half of the servers started takes down that half."""
    half = Lab()
    networks: set[int] = set()

    def interrupted(*_args: object, **_kw: object) -> None:
        networks.update(_networks(half))
        raise KeyboardInterrupt

    monkeypatch.setattr("lab.links", interrupted)
    with pytest.raises(KeyboardInterrupt):
        half.up()
    assert networks
    assert _left(half, frozenset(networks)) == []


def test_a_killed_owner_leaves_only_a_folder_and_down_removes_it(lab: Lab) -> None:
    """After SIGKILL of whoever made the lab its processes end by themselves; `down` of any lab clears what is left."""
    name = f"killed-{os.getpid()}"
    code = f"""import sys, time; sys.path.insert(0, {str(Path(PROGRAM).parent)!r}); from lab import Lab
lab = Lab({name!r}); lab.up(); print("up", flush=True); time.sleep(1000)"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "up\n"
        orphan = Lab(name)
        networks = _networks(orphan)
        assert len(networks) == len(ADDRESSES) + 2
        owner.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not list(in_network(networks)), 10)
    assert name in set(left_behind())
    another = [sys.executable, PROGRAM, "--id", f"another-{os.getpid()}", "down"]
    subprocess.run(another, check=True, stdout=subprocess.DEVNULL)
    assert _left(orphan, networks) == []


def test_a_lab_brought_up_by_command_stays_until_taken_down(lab: Lab) -> None:
    """`up` ends and the lab lives on, `exec` and `status` reach it, `up` again refuses, `down` removes it."""
    name = f"stays-{os.getpid()}"

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, PROGRAM, "--id", name, *words]
        return subprocess.run(line, capture_output=True, text=True, check=False)

    try:
        assert command("up").returncode == 0
        networks = _networks(Lab(name))
        assert name not in set(left_behind())
        assert f"inet {SCANNER}/24" in command("exec", "ip", "addr").stdout
        assert command("exec", "--on", "data", "hostname").stdout == "data\n"
        assert "packets at the neighbour: 0" in command("status").stdout
        assert "take it down first" in command("up").stderr
    finally:
        command("down")
    assert _left(Lab(name), networks) == []
    assert command("status").returncode == 1


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where a server is not installed the reason names it and its package, and nothing is started."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("lab_requirements.PATH", str(tmp_path))
    assert "memcached (Debian package memcached) is not installed" in missing()
    with pytest.raises(LabError, match="vsftpd"):
        Lab().up()
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert missing() == ["not root: network namespaces cannot be made"]
    assert shutil.which("sh")
