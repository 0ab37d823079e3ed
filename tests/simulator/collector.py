"""What looking at a resource of the invented fleet says: a function of seed, resource and night alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import typical_web
from simulator.archetypes import together, variants
from simulator.fleet import drawn, opened

from posture.facts.authorized_keys import AuthorizedKey, AuthorizedKeys
from posture.facts.factset import COLLECTED, Facts, without
from posture.facts.host import ListeningSockets, Process, Socket
from posture.facts.network import Login, OpenPort, PortSweep, Vantage
from posture.facts.packages import InstalledPackages, Package
from posture.facts.tls_names import Leads, TlsName, TlsNames
from posture.facts.web import WebSite, WebSites
from posture.model.customer import Customer
from posture.model.resource import Resource, ResourceKind

SERVICES = (
    ("ssh", 22),
    ("http", 80),
    ("https", 443),
    ("redis", 6379),
    ("mysql", 3306),
    ("memcached", 11211),
    ("smtp", 25),
    ("ftp", 21),
    ("telnet", 23),
    ("ldap", 389),
    ("microsoft-ds", 445),
    ("rsync", 873),
    ("vnc", 5900),
    ("mqtt", 1883),
    ("zookeeper", 2181),
    ("shell", 514),
)
UDP = {69: "tftp", 123: "ntp", 161: "snmp", 623: "asf-rmcp"}
APPLICATIONS = ("phpmyadmin", "docker", "portainer")  # of eight web servers so many serve one
MANY = 4_000  # packages of one host in 128, whose facts are huge
SHARED_KEYS = 400  # keys that admins of several customers have in common


class Defect(RuntimeError):
    """A collector that fails: a defect of the program, as the engine has to survive it."""


@dataclass(frozen=True)
class SimulatedCollect:
    """Fits posture.engine.ports.Collect.

    `latency`: seconds that the look takes on average, from 0.2 to 2.6 times as long by the resource; 0: none.
    `faults`: in 256 looks about so many find the host dark, as many meet a defect half as often.
    """

    seed: int = 1
    night: int = 0
    latency: float = 0.0
    faults: int = 8
    sleep: Callable[[float], None] = time.sleep

    def __call__(self, customer: Customer, resource: Resource, run: str, deadline: datetime, earlier: Facts) -> Facts:
        """Look, as long as it takes."""
        lot = drawn(self.seed, resource.id, self.night)
        if self.latency:
            self.sleep(self.latency * (0.2 + 1.6 * (lot[0] / 256) + (0.8 if lot[1] < 16 else 0)))
        if lot[2] < self.faults:
            return without("the host does not answer", COLLECTED[resource.kind])
        if lot[3] < self.faults // 4:
            raise Defect(f"met at {resource.id}")
        return self._seen(resource, opened(self.night) + timedelta(seconds=lot[4] * 60 + lot[5]))

    def _seen(self, resource: Resource, at: datetime) -> Facts:
        usual, tonight = drawn(self.seed, resource.id), drawn(self.seed, resource.id, self.night, "change")
        facts: dict[type[Any], Any] = without("not to be seen without a login", COLLECTED[resource.kind])
        for number, (shape, values) in enumerate(variants(resource.kind).items()):
            lot = usual[number % 64] + number
            if tonight[number % 64] < 2:  # of each fact one in 128 nights is another
                lot += 1 + self.night
            if lot % 7 < 5:
                facts[shape] = replace(values[lot % len(values)], observed=at)
        is_host = resource.kind is ResourceKind.HOST
        if is_host:
            facts |= self._host(resource, usual, at)
        several = together(resource.kind)
        if several and usual[30] < (48 if is_host else 160):
            chosen = several[(usual[31] * 256 + usual[32]) % len(several)]
            facts |= {type(fact): replace(fact, observed=at) for fact in chosen}
        return facts

    def _host(self, resource: Resource, usual: bytes, at: datetime) -> dict[type[Any], Any]:
        """Ports, sockets, packages and keys: what ties hosts together, and changes."""
        open_now = [
            s
            for n, s in enumerate(SERVICES)
            if (usual[n] + (self.night // (2 + usual[n] % 9))) % (3 if n < 4 else 12) == 0
        ]
        served = APPLICATIONS[usual[33] % 8 : usual[33] % 8 + 1]
        ports = tuple(
            OpenPort(
                resource.address,
                port,
                name,
                login=Login.NOT_NEEDED if usual[20] < 64 else Login.REQUIRED,
                applications=tuple(typical_web.application(one) for one in served) if name == "http" else (),
            )
            for name, port in open_now
        ) + tuple(
            OpenPort(
                resource.address,
                port,
                name,
                login=Login.NOT_NEEDED if usual[20] < 64 else Login.UNKNOWN,
                protocol="udp",
            )
            for port, name in UDP.items()
            if usual[24] < 16
        )
        sockets = tuple(Socket("tcp", "0.0.0.0", port, Process(100 + port, name)) for name, port in open_now)
        many = MANY if usual[25] < 2 else 40
        kept = tuple(
            Package(f"lib{n}", "amd64", f"1.{usual[n % 64]}.{self.night // 10}", f"lib{n}", "1") for n in range(many)
        )
        names = [f"SHA256:own-{resource.id}"]
        if usual[21] < 48:
            names.append(f"SHA256:shared-{(usual[22] * 256 + usual[23]) % SHARED_KEYS}")
        keys = tuple(
            AuthorizedKey("root", 0, "/root/.ssh/authorized_keys", n, "ssh-ed25519", 256, name, name)
            for n, name in enumerate(names, start=1)
        )
        return {
            PortSweep: PortSweep(
                resource.address, Vantage.OUTSIDE, "1-65535", ports, 0, at, at, "nmap 7.93", asked_udp=tuple(UDP)
            ),
            WebSites: WebSites(tuple(self._sites(resource, dict(open_now), usual, at)), (), at),
            TlsNames: TlsNames(resource.address, (_name(resource, usual),), at),
            ListeningSockets: ListeningSockets(sockets, True, at),
            InstalledPackages: InstalledPackages("dpkg", kept, (), at),
            AuthorizedKeys: AuthorizedKeys(keys, ("root",), (), (), "", at, paths_checked=usual[26] < 128),
        }

    @staticmethod
    def _sites(resource: Resource, ports: Mapping[str, int], usual: bytes, at: datetime) -> Iterator[WebSite]:
        """One site for each open port of the web."""
        for scheme in ("http", "https"):
            if scheme in ports:
                yield replace(
                    typical_web.SITE,
                    address=resource.address,
                    host=resource.address,
                    port=ports[scheme],
                    scheme=scheme,
                    to_https=usual[27] < 128,
                    hsts="max-age=31536000" if usual[28] < 128 else "",
                    observed=at,
                )


def _name(resource: Resource, usual: bytes) -> TlsName:
    """A name in the host's certificate: here, or where nobody looks."""
    name = f"www.{resource.id}.example"
    if usual[29] < 224:
        return TlsName(name, (443,), Leads.HERE, (resource.address,))
    return TlsName(name, (443,), Leads.ELSEWHERE, ("192.0.2.200",), ("192.0.2.200",))
