"""Which hosts are believed, against real servers; and that nothing is proved to the others."""

from __future__ import annotations

import re
import subprocess
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from ssh_server import NOW, Clock, Log, Sshd, fingerprint, gate, make_key

from posture.collect.host import collect_inside
from posture.collect.host.trust import KnownHosts
from posture.facts.host import OsRelease
from posture.facts.ssh_trust import SshHostTrust, Trust
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource
from posture.model.ssh_pin import SshPin

LATER = NOW + timedelta(minutes=1)
STRANGE = "SHA256:" + "A" * 43


class OnePin:
    """A store with one pin."""

    def __init__(self, *fingerprints: str) -> None:
        self.only = SshPin("bakery", "web1", fingerprints, "jane", NOW - timedelta(days=9))

    def pin(self, customer: str, resource: str) -> SshPin | None:
        return self.only if (customer, resource) == ("bakery", "web1") else None


def known_by(server: Sshd, **access) -> Resource:
    resource = server.resource()
    return replace(resource, ssh=replace(resource.ssh, **{"host_keys": (), **access}))


def look(resource: Resource, known: KnownHosts | None = None) -> tuple[SshHostTrust, object]:
    clock = Clock()
    facts = collect_inside(resource, gate(Log(), clock), clock, LATER, known=known or KnownHosts())
    return facts[SshHostTrust], facts[OsRelease]


def never_logged_in(server: Sshd) -> bool:
    time.sleep(0.3)
    log = (server.folder / "sshd.log").read_text()
    return "root" not in log and "Accepted" not in log


@pytest.fixture
def quick(sshd):
    """A server that runs a short program instead of a collector: only the login matters here."""
    return lambda *settings: sshd("LogLevel VERBOSE", "ForceCommand exit 0", *settings)


def test_a_host_that_nobody_vouches_for_is_not_logged_in_to(quick):
    """Every type of its keys is named in the command that confirms it."""
    server = quick()
    server.stop()
    rsa = make_key(server.folder / "rsa", "-t", "rsa", "-b", "3072")
    server = quick(f"HostKey {rsa}")
    trust, release = look(known_by(server))
    assert trust.trust is Trust.UNKNOWN
    host = fingerprint(server.folder / "host")
    assert f"posture access pin bakery web1 {host} {fingerprint(rsa)}" in trust.detail
    assert isinstance(release, Unavailable)
    assert release.reason == trust.detail
    assert never_logged_in(server)


def test_a_confirmed_host_is_believed_and_since_when_is_known(quick):
    server = quick()
    trust, release = look(known_by(server), KnownHosts(OnePin(fingerprint(server.folder / "host"))))
    assert (trust.trust, trust.known_since) == (Trust.PINNED, NOW - timedelta(days=9))
    assert "did not start" in release.reason, "it was logged in to"


@pytest.mark.parametrize("by", ["inventory", "pin"])
def test_another_key_than_the_known_one_stops_the_host(quick, by):
    server = quick()
    resource = known_by(server, host_keys=(STRANGE,) if by == "inventory" else ())
    trust, release = look(resource, KnownHosts(OnePin(STRANGE)))
    assert trust.trust is Trust.CHANGED
    assert (trust.found, trust.expected) == (fingerprint(server.folder / "host"), (STRANGE,))
    assert isinstance(release, Unavailable)
    assert never_logged_in(server)


def test_a_pin_does_not_outvote_the_inventory(quick):
    server = quick()
    resource = known_by(server, host_keys=(STRANGE,))
    trust, _ = look(resource, KnownHosts(OnePin(fingerprint(server.folder / "host"))))
    assert trust.trust is Trust.CHANGED


def test_a_key_of_another_type_than_the_first_one_shown_may_be_the_known_one(quick, tmp_path: Path):
    """Only the RSA key was noted, and the server has an Ed25519 one besides: it is the same host."""
    rsa = make_key(tmp_path / "rsa", "-t", "rsa", "-b", "3072")
    server = quick(f"HostKey {rsa}")
    trust, release = look(known_by(server, host_keys=(fingerprint(rsa),)))
    assert (trust.trust, trust.type) == (Trust.INVENTORY, "ssh-rsa")
    assert "did not start" in release.reason


def certificate(folder: Path, key: Path, authority: Path, *options: str) -> Path:
    words = options or ("-h", "-n", "127.0.0.1", "-V", "20200101:20400101")
    subprocess.run(["ssh-keygen", "-q", "-s", authority, "-I", "web1", *words, f"{key}.pub"], check=True)
    return key.with_name(f"{key.name}-cert.pub")


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_host_certificate_of_the_named_authority_is_believed(quick, tmp_path: Path, kind):
    """By a real sshd with HostCertificate, for each type of host key and authority."""
    authority, key = make_key(tmp_path / "ca", "-t", kind), make_key(tmp_path / "signed", "-t", kind)
    made = certificate(tmp_path, key, authority)
    server = quick(f"HostKey {key}", f"HostCertificate {made}")
    trust, release = look(known_by(server, host_authorities=(fingerprint(authority),)))
    assert (trust.trust, trust.found) == (Trust.CERTIFICATE, fingerprint(key))
    assert "did not start" in release.reason


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("-h", "-n", "198.51.100.9"), "not for 127.0.0.1"),
        (("-h", "-V", "20200101:20210101"), "is valid from"),
        (("-h", "-V", "20400101:20410101"), "is valid from"),
        (("-n", "127.0.0.1"), "for users"),
    ],
    ids=["another-host", "over", "not-yet", "user"],
)
def test_a_certificate_for_something_else_is_not_believed(quick, tmp_path: Path, options, expected):
    authority, key = make_key(tmp_path / "ca"), make_key(tmp_path / "signed")
    made = certificate(tmp_path, key, authority, *options)
    try:
        server = quick(f"HostKey {key}", f"HostCertificate {made}")
    except RuntimeError:
        pytest.skip("this sshd does not start with such a certificate")
    trust, _ = look(known_by(server, host_authorities=(fingerprint(authority),)))
    assert trust.trust is Trust.UNKNOWN
    assert expected in trust.detail
    assert never_logged_in(server)


def test_a_certificate_of_another_authority_is_not_believed(quick, tmp_path: Path):
    authority, key = make_key(tmp_path / "ca"), make_key(tmp_path / "signed")
    server = quick(f"HostKey {key}", f"HostCertificate {certificate(tmp_path, key, authority)}")
    trust, _ = look(known_by(server, host_authorities=(STRANGE,)))
    assert trust.trust is Trust.UNKNOWN
    assert fingerprint(authority) in trust.detail


def test_nothing_in_the_program_believes_a_host_by_itself():
    """No policy that accepts silently, and no file of known hosts: one with a line @revoked ends paramiko."""
    silent = re.compile(r"AutoAdd|WarningPolicy|load_(system_)?host_keys|known_hosts|SSHClient|StrictHostKeyChecking")
    for file in (Path(__file__).parents[3] / "posture").rglob("*.py"):
        assert not silent.search(file.read_text("utf-8")), file
