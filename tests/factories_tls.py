"""Real values of what TLS and SSH servers say to the network, to be changed by keyword."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from posture.sdk import (
    Certificate,
    ChainProblem,
    Evidence,
    HostKey,
    Leads,
    Login,
    Process,
    Reach,
    Service,
    Services,
    SshOffer,
    SshOffers,
    TlsEndpoint,
    TlsEndpoints,
    TlsName,
    TlsNames,
    WeakSuite,
)

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
NAME = "shop.example"
ADDRESS = "198.51.100.2"
CERTIFICATE = Certificate(
    f"CN={NAME}", "CN=R11,O=Let's Encrypt,C=US", (NAME, f"*.{NAME}"), 0, AT - timedelta(days=10),
    AT + timedelta(days=80), "ec", 256, "sha256", self_signed=False, trusted=True, chain_problem=ChainProblem.NONE,
    trust_reason="", fingerprint="ab" * 32,
)  # fmt: skip
ENDPOINT = TlsEndpoint(
    ADDRESS, 443, "", ("TLSv1.2", "TLSv1.3"), ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"), (), "", (), "", NAME,
    CERTIFICATE, "", AT,
)  # fmt: skip
OFFER = SshOffer(
    ADDRESS, 22, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3",
    ("curve25519-sha256", "diffie-hellman-group16-sha512", "kex-strict-s-v00@openssh.com"),
    ("rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"), ("chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com"),
    ("umac-64@openssh.com", "hmac-sha2-256-etm@openssh.com", "hmac-sha1"),
    (HostKey("ssh-rsa", 3072, "SHA256:abc"), HostKey("ssh-ed25519", 256, "SHA256:def")), "", AT,
)  # fmt: skip
_SEEN = Evidence("Nmap 7.93, from outside", f"{ADDRESS} 443/tcp open", AT)
NGINX = Process(7, "nginx", "/usr/sbin/nginx", "root", "nginx.service", "nginx", "1.22.1-9")
WEB = Service(
    ADDRESS, 443, "tcp", "http", "nginx", "1.22.1", Reach.OUTSIDE, Login.UNKNOWN, "", "seen from outside", NGINX,
    (_SEEN,), tls=True,
)  # fmt: skip
SSH = replace(
    WEB, port=22, name="ssh", tls=False, process=Process(8, "sshd", "", "root", "ssh.service", "openssh-server", "9.2")
)


def shown(**changes: Any) -> Certificate:
    return replace(CERTIFICATE, **changes)


def endpoint(**changes: Any) -> TlsEndpoint:
    return replace(ENDPOINT, **changes)


def offer(**changes: Any) -> SshOffer:
    return replace(OFFER, **changes)


def host(*services: Service) -> Services:
    return Services(services, "", AT)


def tls(*endpoints: TlsEndpoint, left: tuple[tuple[int, str], ...] = ()) -> TlsEndpoints:
    return TlsEndpoints(endpoints, left, AT)


def ssh(*offers: SshOffer, left: tuple[tuple[int, str], ...] = ()) -> SshOffers:
    return SshOffers(offers, left, AT)


_PROGRAMS = (
    ("nginx", "nginx"), ("apache2", "apache2"), ("master", "postfix"), ("dovecot", "dovecot-core"),
    ("vsftpd", "vsftpd"), ("slapd", "slapd"), ("postgres", "postgresql-15"),
    ("docker-proxy", "docker.io"), ("gunicorn", ""),
)  # fmt: skip


def _of_every_program(seen: TlsEndpoint) -> tuple[tuple[Services, TlsEndpoints], ...]:
    """The same endpoint, served by each program that a text has words for, and by one that was not seen."""
    processes = [Process(7, name, unit=f"{name}.service", package=package) for name, package in _PROGRAMS]
    return tuple((host(replace(WEB, process=process, product="")), tls(seen)) for process in (*processes, None))


OLD = endpoint(accepted=("SSLv3", "TLSv1.0"), refused=("SSLv2",), unknown=("TLSv1.1",))
WEAK = endpoint(weak=(WeakSuite("TLSv1.2", "3DES", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),))
EXPIRED = endpoint(certificate=shown(not_after=AT - timedelta(days=1)))
SELF_SIGNED = endpoint(
    name_asked="", certificate=shown(self_signed=True, trusted=False, chain_problem=ChainProblem.SELF_SIGNED)
)
INCOMPLETE = endpoint(
    certificate=shown(names=("other.example",), trusted=False, chain_problem=ChainProblem.ISSUER_MISSING)
)
EVERYTHING = offer(
    key_exchange=(
        "gss-gex-sha1-x==",
        "diffie-hellman-group1-sha1",
        "diffie-hellman-group-exchange-sha1",
        "diffie-hellman-group14-sha1",
    ),
    host_key_algorithms=("ssh-rsa", "ssh-dss"),
    ciphers=("arcfour256", "3des-cbc", "aes128-cbc", "chacha20-poly1305@openssh.com"),
    macs=("hmac-md5", "hmac-sha1-96"),
    keys=(HostKey("ssh-rsa", 1024, "SHA256:abc"), HostKey("ssh-dss", 1024, "SHA256:def")),
)  # fmt: skip

_NAME = TlsName("shop.example", (443,), Leads.ELSEWHERE, ("203.0.113.7",), ("203.0.113.7",))
_NAMES = (
    _NAME, replace(_NAME, agreed=("203.0.113.7",)), replace(_NAME, leads=Leads.NOWHERE, addresses=(), others=()),
    replace(_NAME, leads=Leads.NOWHERE, addresses=(), others=(), alias="shop.hosting.example"),
)  # fmt: skip


TYPICAL_FAILURES: dict[str, tuple[tuple[Any, ...], ...]] = {
    "exposure.tls-protocol-old": (*_of_every_program(OLD), (host(WEB), tls(endpoint(accepted=("TLSv1.0", "TLSv1.2"))))),
    "exposure.tls-cipher-weak": _of_every_program(WEAK),
    "exposure.tls-certificate": (
        *_of_every_program(EXPIRED), (host(WEB), tls(SELF_SIGNED)), (host(WEB), tls(INCOMPLETE)),
    ),
    "exposure.tls-name-elsewhere": tuple((TlsNames(ADDRESS, (name,), AT),) for name in _NAMES),
    "exposure.ssh-algorithms-weak": (
        (host(SSH), ssh(EVERYTHING)),
        (host(replace(SSH, process=None)), ssh(offer(macs=("hmac-md5",)))),
        (host(SSH), ssh(replace(EVERYTHING, banner="SSH-2.0-dropbear_2013.60"))),
        (host(SSH), ssh(offer(key_exchange=("curve25519-sha256",)))),
    ),
}  # fmt: skip
