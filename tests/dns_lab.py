"""A DNS of one's own on loopback: a real Knot serves the zones, a real Unbound validates and resolves.

The zones are all there is: every other name does not exist, as the signed root says. Nothing is cached, so that a
change is seen at once.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from posture.collect.email.collect import collect_domain
from posture.collect.network.identity import Identity
from posture.collect.scope import ScopeGate
from posture.facts.factset import Facts
from posture.model.action import Action
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.resource import Resource, ResourceKind

PROGRAMS = ("knotd", "unbound")
READY = 15.0  # seconds until a server must answer


class Signed(Enum):
    """How a zone stands to DNSSEC."""

    NOT = "not"  # unsigned, and nobody expects otherwise
    YES = "yes"
    WRONG_KEY = "wrong key"  # signed with another key than the parent vouches for
    STRIPPED = "stripped"  # the parent vouches for a key, and nothing is signed
    DEAD = "dead"  # the zone is delegated to a server that does not answer


@dataclass(frozen=True)
class Zone:
    """A zone file's records below ``$ORIGIN DOMAIN.``, without SOA, NS and the address of ``ns``: they are added."""

    records: str = ""
    signed: Signed = Signed.NOT


@dataclass
class DnsLab:
    """Running servers. `resolver` is what POSTURE_RESOLVER takes."""

    folder: Path
    zones: dict[str, Zone]
    authority: int
    resolving: int
    serial: int = 1
    actions: list[Action] = field(default_factory=list)

    @property
    def resolver(self) -> str:
        return f"127.0.0.1#{self.resolving}"

    def change(self, domain: str, records: str) -> None:
        """Publish other records in a zone that is there, and wait until they are served."""
        self.serial += 1
        self.zones[domain] = Zone(records, self.zones[domain].signed)
        self.write(domain)
        done = subprocess.run(
            ["knotc", "--blocking", "-s", self.folder / "knot.sock", "zone-reload", f"{domain}."],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def write(self, domain: str) -> None:
        own = f"{domain}." if domain else "."
        at = f"{domain}." if domain else ""
        head = (
            f"$ORIGIN {own}\n$TTL 300\n@ SOA ns.{at} root.{at} {self.serial} 3600 600 86400 300\n"
            f"@ NS ns.{at}\nns.{at} A 127.0.0.1\n"
        )
        (self.folder / f"{domain or 'root'}.zone").write_text(head + self.zones[domain].records + "\n")

    def look(self, domain: str, networks: tuple[str, ...] = (), **settings: str) -> Facts:
        """All facts of a domain, collected under a valid authorization; only this machine may be contacted for it."""
        assert all(ip_network(one).is_loopback for one in networks), "a look contacts what it may"
        resource = Resource(ResourceKind.DOMAIN, domain, settings=tuple(sorted(settings.items())))
        now = datetime.now(UTC)
        return collect_domain(
            resource, self.gate(networks, (resource,)), lambda: datetime.now(UTC), now + timedelta(seconds=60),
            Identity("Coma Cloud", "security@auditor.example"), self.resolver,
        )  # fmt: skip

    def gate(self, networks: tuple[str, ...] = (), resources: tuple[Resource, ...] = ()) -> ScopeGate:
        """A gate of a customer who agreed; what goes through it is in `actions`."""
        now = datetime.now(UTC)
        grant = Authorization(
            AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", now - timedelta(days=1), now + timedelta(days=1)
        )
        agreed = tuple(map(ip_network, networks))
        customer = Customer("bakery", "Example Bakery GmbH", grant, networks=agreed, resources=resources)
        return ScopeGate(customer, "run-1", lambda: datetime.now(UTC), _Log(self.actions))


@dataclass(frozen=True)
class _Log:
    actions: list[Action]

    def record(self, action: Action) -> None:
        self.actions.append(action)


@contextmanager
def dns_lab(folder: Path, zones: Mapping[str, Zone | str]) -> Iterator[DnsLab]:
    """Start both servers for the zones; skips the test where one is not installed."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    folder.mkdir(parents=True, exist_ok=True)
    known = {name: Zone(zone) if isinstance(zone, str) else zone for name, zone in zones.items()}
    lab = DnsLab(folder, {"": Zone(signed=Signed.YES), **known}, *_free_ports())
    served = {name: zone for name, zone in lab.zones.items() if zone.signed is not Signed.DEAD}
    for name in served:
        lab.write(name)
    (folder / "knot.conf").write_text(_knot(lab, served))
    with ExitStack() as running:
        running.enter_context(_server(["knotd", "-c", str(folder / "knot.conf")], folder / "knot.log"))
        for name in served:
            _wait(lab.authority, f"{name}.", folder / "knot.log")
        (folder / "anchors").write_text("".join(map(str, _anchors(lab))))
        (folder / "unbound.conf").write_text(_unbound(lab))
        running.enter_context(_server(["unbound", "-d", "-c", str(folder / "unbound.conf")], folder / "unbound.log"))
        _wait(lab.resolving, ".", folder / "unbound.log")
        yield lab


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _knot(lab: DnsLab, served: Mapping[str, Zone]) -> str:
    signing = {Signed.YES, Signed.WRONG_KEY}
    zones = "".join(
        f'  - domain: "{name}."\n    file: "{name or "root"}.zone"\n'
        + ("    dnssec-signing: on\n    dnssec-policy: one-key\n" if zone.signed in signing else "")
        for name, zone in served.items()
    )
    return (
        f'server:\n  rundir: "{lab.folder}"\n  listen: 127.0.0.1@{lab.authority}\n  udp-workers: 1\n  tcp-workers: 1\n'
        f"  background-workers: 1\n"
        f'control:\n  listen: "{lab.folder}/knot.sock"\n'
        f'database:\n  storage: "{lab.folder}"\n  journal-db-max-size: 50M\n  kasp-db-max-size: 50M\n'
        f"log:\n  - target: stderr\n    any: info\n"
        f"policy:\n  - id: one-key\n    algorithm: ecdsap256sha256\n    single-type-signing: on\n"
        f'template:\n  - id: default\n    storage: "{lab.folder}"\n    zonefile-sync: -1\n    zonefile-load: whole\n'
        f"    journal-content: none\n    semantic-checks: soft\n"
        f"zone:\n{zones}"
    )


def _unbound(lab: DnsLab) -> str:
    stubs = "".join(
        f'stub-zone:\n name: "{name}."\n stub-addr: 127.0.0.1@{1 if zone.signed is Signed.DEAD else lab.authority}\n'
        for name, zone in lab.zones.items()
    )
    own = "".join(f' local-zone: "{name}." nodefault\n' for name in (*lab.zones, "example", "test", "127.in-addr.arpa"))
    unsigned = {Signed.NOT, Signed.DEAD}
    own += "".join(f' domain-insecure: "{name}."\n' for name, zone in lab.zones.items() if zone.signed in unsigned)
    return (
        f"server:\n interface: 127.0.0.1\n port: {lab.resolving}\n do-ip6: no\n num-threads: 1\n"
        f' directory: "{lab.folder}"\n chroot: ""\n username: ""\n pidfile: ""\n use-syslog: no\n do-daemonize: no\n'
        f' module-config: "validator iterator"\n trust-anchor-file: "{lab.folder}/anchors"\n'
        f" do-not-query-localhost: no\n cache-max-ttl: 0\n cache-max-negative-ttl: 0\n\n"
        f" access-control: 127.0.0.0/8 allow\n qname-minimisation: no\n"
        f" aggressive-nsec: no\n harden-below-nxdomain: no\n ede: yes\n val-log-level: 0\n{own}"
        f"remote-control:\n control-enable: no\n{stubs}"
    )


def _anchors(lab: DnsLab) -> Iterator[str]:
    """What the parents vouch for."""
    keys = {
        name: _ask(lab.authority, f"{name}.", "DNSKEY").answer[0][0].to_text()
        for name, zone in lab.zones.items()
        if zone.signed in {Signed.YES, Signed.WRONG_KEY}
    }
    for name, zone in lab.zones.items():
        if zone.signed is Signed.YES:
            yield f"{name}. 300 IN DNSKEY {keys[name]}\n"
        elif zone.signed in {Signed.WRONG_KEY, Signed.STRIPPED}:
            yield f"{name}. 300 IN DNSKEY {_OTHER_KEY}\n"


_OTHER_KEY = "257 3 13 " + "mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="


@contextmanager
def _server(command: list[str], log: Path) -> Iterator[Any]:
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _ask(port: int, name: str, kind: str) -> dns.message.Message:
    question = dns.message.make_query(name, kind, want_dnssec=False)
    return dns.query.udp(question, "127.0.0.1", port=port, timeout=1)


def _wait(port: int, name: str, log: Path) -> None:
    end = time.monotonic() + READY
    while True:
        try:
            answer = _ask(port, name or ".", "SOA")
            if answer.rcode() == dns.rcode.NOERROR and answer.answer:
                return
            said = dns.rcode.to_text(answer.rcode())
        except (dns.exception.DNSException, OSError) as error:
            said = str(error)
        assert time.monotonic() < end, f"{name}: {said}\n{log.read_text()[-3000:]}"
        time.sleep(0.05)
