"""UDP servers in a network of their own: Debian's where there are some, else those of tests/lab/servers_udp.py."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from posture.collect.network.target import Target
from posture.collect.network.udp.look import look_at_udp
from posture.facts.network import OpenPort

EMULATORS = next(p for p in Path(__file__).parents if p.name == "tests") / "lab" / "servers_udp.py"


@dataclass
class Host:
    """A network with UDP servers; `missing` are those whose program is not installed."""

    room: Any
    target: Target
    processes: list[subprocess.Popen] = field(default_factory=list)
    missing: set[int] = field(default_factory=set)

    @property
    def folder(self) -> Path:
        return self.room.folder

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(textwrap.dedent(text))
        return path

    def start(self, port: int, *command: object) -> None:
        """Start a server and wait until it has bound its port."""
        words = [str(word) for word in command]
        if not shutil.which(words[0]) or (words[0] == "unshare" and not shutil.which(words[-2])):
            self.missing.add(port)
            return
        log = (self.folder / f"{port}.log").open("wb")
        process = self.room.do(
            subprocess.Popen, words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder
        )
        log.close()
        self.processes.append(process)
        end = time.monotonic() + 10
        while not self.room.do(_bound, port):
            if time.monotonic() > end or process.poll() is not None:
                pytest.fail(f"{words[0]}: {(self.folder / f'{port}.log').read_text(errors='replace')[-800:]}")
            time.sleep(0.02)

    def emulate(self, name: str, port: int) -> None:
        self.start(port, sys.executable, "-I", EMULATORS, name, port)

    def look(self) -> tuple[dict[int, OpenPort], tuple[int, ...]]:
        answered, asked, _ = self.room.do(look_at_udp, self.target)
        return {port.port: port for port in answered}, asked

    def end(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _bound(port: int) -> bool:
    lines = [
        line for name in ("udp", "udp6") for line in Path(f"/proc/thread-self/net/{name}").read_text().splitlines()
    ]
    return any(line.split()[1].endswith(f":{port:04X}") for line in lines[1:] if ":" in line.split()[1])


@pytest.fixture
def host(empty_room, make_gate, clock, tmp_path_factory) -> Iterator[Host]:
    empty_room.folder.chmod(0o755)
    made = Host(empty_room, Target(make_gate(), "127.0.0.1", clock, clock() + timedelta(minutes=5)))
    yield made
    made.end()


Start = Callable[[Host], None]


@pytest.fixture
def amplifiers() -> Start:
    """Everything that a stranger should not hear an answer from."""
    return _amplifiers


@pytest.fixture
def resolver() -> Callable[..., None]:
    """unbound, as `_resolver` says."""
    return _resolver


@pytest.fixture
def twins() -> Start:
    """The same services, as they should be."""
    return _twins


def _amplifiers(host: Host) -> None:
    _inetd(host)
    _resolver(host, "allow")
    _snmp(host, "rocommunity public\n")
    host.start(69, "in.tftpd", "-L", "-u", "root", "-a", "0.0.0.0:69", "-s", host.folder)
    host.start(111, "unshare", "-m", "sh", "-c", "mount -t tmpfs x /run && exec $0 -f", "rpcbind", "-f")
    host.start(11211, "memcached", "-U", 11211, "-l", "0.0.0.0", "-u", "nobody")
    host.start(5683, "coap-server-notls", "-A", "0.0.0.0")
    _ipmi(host)
    for name, port in (
        ("qotd", 17), ("ntp-monlist", 123), ("netbios", 137), ("xdmcp", 177), ("cldap", 389), ("slp", 427),
        ("rip", 520), ("db2", 523), ("mssql", 1434), ("upnp", 1900), ("gtp", 2123), ("ard", 3283), ("stun", 3478),
        ("ws-discovery", 3702), ("sip", 5060), ("nat-pmp", 5351), ("mdns", 5353), ("ubiquiti", 10001), ("a2s", 27015),
        ("quake", 27960), ("dvr", 37810), ("bacnet", 47808),
    ):  # fmt: skip
        host.emulate(name, port)


def _twins(host: Host) -> None:
    _resolver(host, "refuse")
    _snmp(host, 'createUser auditor SHA "not-a-secret" AES "not-a-secret"\nrouser auditor priv\n')
    config = host.write("chrony.conf", f"allow all\nlocal stratum 8\ncmdport 0\npidfile {host.folder}/chrony.pid\n")
    host.start(123, "chronyd", "-x", "-d", "-u", "root", "-f", config)
    for name, port in (("slp-quiet", 427), ("sip-quiet", 5060), ("a2s-quiet", 27015), ("stun", 3478)):
        host.emulate(name, port)


def _inetd(host: Host) -> None:
    services = "".join(
        f"service {name}\n{{\n type = INTERNAL\n id = {name}-dgram\n socket_type = dgram\n protocol = udp\n"
        " user = root\n wait = yes\n}\n"
        for name in ("echo", "daytime", "chargen", "time")
    )
    config = host.write("xinetd.conf", services)
    host.start(19, "xinetd", "-dontfork", "-f", config, "-pidfile", host.folder / "xinetd.pid")
    if 19 in host.missing:
        host.missing |= {7, 13, 37}


def _resolver(host: Host, action: str, *, root: bool = True, copy: bool = False) -> None:
    """unbound with the root zone in a file, as there is no internet to ask; it may answer from it as its own."""
    servers = "".join(f". 518400 IN NS {letter}.root-servers.net.\n" for letter in "abcdefghijklm")
    addresses = "".join(f"{x}.root-servers.net. 518400 IN A 198.51.100.{n}\n" for n, x in enumerate("abcdefghijklm", 1))
    start = ". 86400 IN SOA a.root-servers.net. nstld.verisign-grs.com. 2026112200 1800 900 604800 86400\n"
    zone = host.write("root.zone", start + servers + addresses)
    config = host.write(
        "unbound.conf",
        f"""\
        server:
            interface: 0.0.0.0
            access-control: 0.0.0.0/0 {action}
            access-control: 127.0.0.0/8 {action}
            username: ""
            chroot: ""
            pidfile: ""
            use-syslog: no
            do-daemonize: no
            module-config: "iterator"
        """,
    )
    if root:
        zones = f'auth-zone:\n name: "."\n zonefile: "{zone}"\n for-upstream: yes\n'
        zones += f" for-downstream: {'yes' if copy else 'no'}\n"
        config.write_text(config.read_text() + zones)
    host.start(53, "unbound", "-d", "-c", config)


def _snmp(host: Host, access: str) -> None:
    config = host.write("snmpd.conf", f"agentAddress udp:161\nsysContact nobody@web1.example\n{access}")
    host.start(
        161, "env", f"SNMP_PERSISTENT_DIR={host.folder}", "snmpd", "-f", "-Lo", "-C", "-c", config,
        "-p", host.folder / "snmpd.pid",
    )  # fmt: skip
    if not shutil.which("snmpd"):
        host.missing.add(161)


def _ipmi(host: Host) -> None:
    config = host.write(
        "lan.conf",
        """\
        name "bmc"
        set_working_mc 0x20
          startlan 1
            addr 0.0.0.0 623
            priv_limit admin
            allowed_auths_callback none md2 md5 straight
            allowed_auths_user none md2 md5 straight
            allowed_auths_operator none md2 md5 straight
            allowed_auths_admin none md2 md5 straight
            guid a123456789abcdefa123456789abcdef
          endlan
          user 1 true  "" "test" admin 10 none md2 md5 straight
        """,
    )
    controller = "mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr"
    commands = host.write("sim.emu", f"mc_setbmc 0x20\n{controller}\nmc_enable 0x20\n")
    host.start(623, "ipmi_sim", "-c", config, "-f", commands, "-s", host.folder, "-n")
