"""SSHFP records are believed where a resolver that validates says that their zone is signed; a real unbound says it."""

from __future__ import annotations

import base64
import hashlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.dnssec
import dns.dnssectypes
import dns.exception
import dns.name
import dns.resolver
import dns.zone
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from ssh_server import NOW, Clock, Log, fingerprint, free_port, gate

from posture.collect.host import collect_inside
from posture.collect.host.trust import KnownHosts
from posture.collect.host.trust_sshfp import keys_in_dns
from posture.collect.scope import ScopeGate
from posture.facts.ssh_trust import SshHostTrust, Trust
from posture.model.resource import Resource

KEY = hashlib.sha256(b"key").hexdigest()
RECORDS = """
@ 300 IN SOA ns.example. root.example. 1 3600 600 86400 300
@ 300 IN NS ns.example.
web1 300 IN SSHFP 4 2 {digest}
old 300 IN SSHFP 4 1 {sha1}
"""


@pytest.fixture
def resolver(tmp_path: Path) -> Iterator:
    """``resolver(digest)``: a resolver for the signed zone bakery.example and the unsigned one florist.example."""
    if not shutil.which("unbound"):
        pytest.skip("needs unbound")
    started = []

    def make(digest: str) -> str:
        text = RECORDS.format(digest=digest, sha1=hashlib.sha1(b"key").hexdigest())
        zone = dns.zone.from_text(text, origin="bakery.example.", relativize=False)
        private = generate_private_key(SECP256R1())
        algorithm = dns.dnssectypes.Algorithm.ECDSAP256SHA256
        public = dns.dnssec.make_dnskey(private.public_key(), algorithm, flags=257)
        now = datetime.now(UTC)
        with zone.writer() as writer:
            dns.dnssec.sign_zone(
                zone, writer, [(private, public)], add_dnskey=True, dnskey_ttl=300, deterministic=False,
                inception=now - timedelta(hours=1), expiration=now + timedelta(days=1),
            )  # fmt: skip
        zone.to_file(str(tmp_path / "signed.zone"), relativize=False)
        (tmp_path / "plain.zone").write_text("$ORIGIN florist.example.\n" + text.strip() + "\n")
        (tmp_path / "anchor").write_text(f"bakery.example. 300 IN DNSKEY {public.to_text()}\n")
        port = free_port()
        zones = "".join(
            f'auth-zone:\n name: "{name}"\n zonefile: "{tmp_path / file}"\n for-downstream: no\n for-upstream: yes\n'
            " fallback-enabled: no\n"
            for name, file in (("bakery.example", "signed.zone"), ("florist.example", "plain.zone"))
        )
        (tmp_path / "unbound.conf").write_text(
            f'server:\n interface: 127.0.0.1\n port: {port}\n directory: "{tmp_path}"\n chroot: ""\n username: ""\n'
            f' pidfile: ""\n use-syslog: no\n do-daemonize: no\n module-config: "validator iterator"\n'
            f' trust-anchor-file: "{tmp_path / "anchor"}"\n local-zone: "example." nodefault\n'
            f"remote-control:\n control-enable: no\n{zones}"
        )
        log = (tmp_path / "unbound.log").open("wb")
        started.append(subprocess.Popen(["unbound", "-d", "-c", tmp_path / "unbound.conf"], stdout=log, stderr=log))
        log.close()
        asking = dns.resolver.Resolver(configure=False)
        asking.nameservers, asking.port = ["127.0.0.1"], port
        for _ in range(100):
            try:
                asking.resolve("bakery.example.", "SOA", lifetime=1)
            except (dns.exception.DNSException, OSError):
                assert started[-1].poll() is None, (tmp_path / "unbound.log").read_text()
                time.sleep(0.05)
            else:
                return f"127.0.0.1#{port}"
        raise AssertionError((tmp_path / "unbound.log").read_text())

    yield make
    for server in started:
        server.terminate()
        server.wait(10)


def test_only_sha256_of_a_zone_that_is_signed_counts(resolver):
    """The same records in a zone without signatures, and a SHA-1 record in one with, make nobody believe a host."""
    where = resolver(KEY)
    assert [len(each) for each in keys_in_dns("web1.bakery.example", where).fingerprints] == [50]
    assert "not authenticated" in keys_in_dns("web1.florist.example", where).lacking
    assert "no SSHFP record with SHA-256" in keys_in_dns("old.bakery.example", where).lacking
    assert "failed" in keys_in_dns("nobody.bakery.example", where).lacking
    assert "name" in keys_in_dns("198.51.100.2", where).lacking


def test_a_resolver_that_does_not_answer_is_not_waited_for(resolver):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        begun = time.monotonic()
        told = keys_in_dns("web1.bakery.example", f"127.0.0.1#{silent.getsockname()[1]}", 1)
    assert "failed" in told.lacking
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("right", [True, False])
def test_a_host_is_held_against_its_signed_zone(sshd, resolver, right):
    """The key that the zone names is believed; another one has changed."""
    server = sshd("ForceCommand exit 0")
    blob = fingerprint(server.folder / "host").removeprefix("SHA256:") + "="
    digest = base64.b64decode(blob).hex() if right else KEY
    clock, where = Clock(), resolver(digest)
    resource = server.resource()
    access = replace(resource.ssh, host_keys=(), sshfp=True)
    named = Resource(resource.kind, resource.id, "web1.bakery.example", access)
    plain = gate(Log(), clock)
    here = ScopeGate(plain.customer, "run-1", clock, plain.log, lambda _: (next(iter(plain.customer.networks))[0],))
    facts = collect_inside(named, here, clock, NOW + timedelta(minutes=1), known=KnownHosts(resolver=where))
    assert facts[SshHostTrust].trust is (Trust.SSHFP if right else Trust.CHANGED)
