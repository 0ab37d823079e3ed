"""A domain's exchangers: who is spoken to, who is not, and DANE held against the certificate that is shown."""

import hashlib
import shutil
import socket
import ssl
import tempfile
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import mail_lab
import pytest
from cryptography import x509
from dns_lab import Signed, Zone, dns_lab

from posture.collect.email import routing
from posture.collect.email import servers as module
from posture.collect.email.shared_exchangers import shared_service
from posture.collect.network.smtp.chain import described
from posture.collect.network.smtp.dane import held_against, public_key
from posture.facts.email.routing import TlsaRecord
from posture.facts.email.servers import Dane, MailServers, Taken
from posture.model.resource import Resource, ResourceKind

NOW = datetime.now(UTC) + timedelta(hours=1)  # a certificate of the tests is made later than this line is read


@pytest.fixture(scope="module")
def certificate():
    """A certificate in DER, the folder it lies in with its key."""
    folder = Path(tempfile.mkdtemp(prefix="posture-dane-"))
    mail_lab.make_certificate(folder)
    yield ssl.PEM_cert_to_DER_cert((folder / "mail.crt").read_text()), folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def exchanger(certificate):
    """The port of a server on loopback with STARTTLS; what it was sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1] / "mail.crt", certificate[1] / "mail.key")
    said: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with connection, suppress(OSError):
                    connection.sendall(b"220 mail.bakery.example ESMTP\r\n")
                    talk(connection)

    def talk(connection: socket.socket) -> None:
        while line := connection.recv(1000):
            said.append(line)
            if line.startswith(b"STARTTLS"):
                connection.sendall(b"220 go\r\n")
                with context.wrap_socket(connection, server_side=True) as secured:
                    talk(secured)
                return
            if line.startswith(b"EHLO"):
                connection.sendall(b"250-mail.bakery.example\r\n250 STARTTLS\r\n")
            elif line.startswith((b"MAIL", b"RSET")) or b"postmaster" in line:
                connection.sendall(b"250 ok\r\n")
            else:
                connection.sendall(b"550 5.1.1 no\r\n")

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1], said
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def lab(certificate):
    key = described(certificate[0])[1]
    mx = "@ MX 10 mail\nmail A 127.0.0.1\n"
    zones = {
        "bakery.example": Zone(f"{mx}_25._tcp.mail TLSA 3 1 1 {key}", Signed.YES),
        "stale.example": Zone(f"{mx}_25._tcp.mail TLSA 3 1 1 {'ab' * 32}", Signed.YES),
        "unsigned.example": Zone(f"{mx}_25._tcp.mail TLSA 3 1 1 {'ab' * 32}"),
        "far.example": Zone("@ MX 10 mail\nmail A 203.0.113.9\n@ MX 20 aspmx.l.google.com.\n"),
        "null.example": Zone("@ MX 0 ."),
        "google.com": Zone("aspmx.l A 203.0.113.77"),
    }
    folder = Path(tempfile.mkdtemp(prefix="posture-dns-"))
    try:
        with dns_lab(folder, zones) as made:
            yield made
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def look(lab, exchanger, monkeypatch):
    """The exchangers of a domain; those on loopback are the customer's."""
    monkeypatch.setattr(module, "PORT", exchanger[0])
    monkeypatch.setattr(routing, "NOT_PUBLIC", ())
    exchanger[1].clear()

    def looked(domain: str) -> MailServers:
        return lab.look(domain, ("127.0.0.0/8",))[MailServers]

    return looked


def test_certificate_of_the_record(look) -> None:
    (server,) = look("bakery.example").servers
    assert (server.dane, server.dane_reason) == (Dane.MATCHES, "")
    assert (server.relay, server.unknown_recipients) == (Taken.REFUSED, Taken.REFUSED)


def test_certificate_of_another_record(look) -> None:
    """Where nothing is signed nobody looks at the records, so nothing is wrong."""
    assert look("stale.example").servers[0].dane is Dane.DIFFERS
    unsigned = look("unsigned.example").servers[0]
    assert unsigned.dane is Dane.NONE
    assert "not every answer" in unsigned.dane_reason


def test_whose_it_is_not_is_not_contacted(look, exchanger) -> None:
    """Outside the networks agreed on nothing is sent, and a service for many customers is named as one."""
    far, shared = look("far.example").servers
    assert "outside the networks" in far.not_asked
    assert (shared.shared, shared.name) == (True, "aspmx.l.google.com")
    assert exchanger[1] == []


def test_null_mx(look) -> None:
    seen = look("null.example")
    assert (seen.servers, seen.null_mx) == ((), True)


def test_host_of_the_inventory_is_asked_once(lab, look, exchanger, monkeypatch) -> None:
    """Its own look asks for relaying; here only mailboxes of the domain, and the certificate."""
    host = Resource(ResourceKind.HOST, "mx1", "127.0.0.1")
    made = lab.gate

    def with_host(networks=(), resources=()):
        gate = made(networks, resources)
        networks = tuple(map(ip_network, networks))
        return replace(gate, customer=replace(gate.customer, networks=networks, resources=(host, *resources)))

    monkeypatch.setattr(lab, "gate", with_host)
    (server,) = look("bakery.example").servers
    assert (server.covered_by, server.dane, server.unknown_recipients) == ("mx1", Dane.MATCHES, Taken.REFUSED)
    assert not any(b"posture-relay" in line or line.startswith(b"VRFY") for line in exchanger[1])


def test_names_of_services() -> None:
    assert shared_service("Bakery-Example.mail.protection.outlook.com.") == "outlook.com"
    assert shared_service("inbound-smtp.eu-west-1.amazonaws.com") == "amazonaws.com"
    assert shared_service("ec2-198-51-100-2.compute.amazonaws.com") == ""
    assert shared_service("notgoogle.com") == ""


def test_every_form_of_record(certificate) -> None:
    """RFC 6698, 2.1: the certificate or its key, whole or as a digest; usages 0 and 1 are not for mail."""
    der = certificate[0]
    for selector, data in ((0, der), (1, public_key(der))):
        for matching, text in enumerate(
            (data.hex(), hashlib.sha256(data).hexdigest(), hashlib.sha512(data).hexdigest())
        ):
            record = TlsaRecord(3, selector, matching, text)
            assert held_against((der,), (record,), ("x",), NOW)[0] is Dane.MATCHES
            pkix = replace(record, usage=1)
            assert held_against((der,), (pkix,), ("x",), NOW)[0] is Dane.UNUSABLE
            assert held_against((der,), (pkix, record), ("x",), NOW)[0] is Dane.MATCHES
    assert held_against((der,), (TlsaRecord(3, 0, 1, "zz"),), ("x",), NOW)[0] is Dane.UNUSABLE
    assert held_against((), (TlsaRecord(3, 0, 1, "ab" * 32),), ("x",), NOW)[0] is Dane.UNKNOWN
    assert held_against((b"junk",), (TlsaRecord(3, 1, 1, "ab" * 32),), ("x",), NOW)[0] is Dane.DIFFERS


def test_issuer_of_the_record(certificate) -> None:
    """With usage 2 the name and the dates count as well (RFC 7672, 3.1.2)."""
    der = certificate[0]
    record = TlsaRecord(2, 0, 1, hashlib.sha256(der).hexdigest())
    assert held_against((der,), (record,), ("mail.bakery.example",), NOW)[0] is Dane.MATCHES
    assert "is not for" in held_against((der,), (record,), ("mx.other.example",), NOW)[1]
    later = x509.load_der_x509_certificate(der).not_valid_after_utc + timedelta(days=1)
    assert "expired" in held_against((der,), (record,), ("mail.bakery.example",), later)[1]
