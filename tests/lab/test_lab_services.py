"""The services of the lab answer strangers as the truth table tells, their twins do not. Posture has no part in it."""

from __future__ import annotations

import shutil
import struct

import pytest
from lab import Lab
from lab_talk import send, talk
from truth import ADDRESSES

POSTGRESQL_STARTUP = b"\x00\x00\x00\x13\x00\x03\x00\x00user\x00shop\x00\x00"  # length, version 3.0, user
MQTT_CONNECT = b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03lab"  # OASIS MQTT 3.1.1, 3.1
LDAP_SEARCH = bytes.fromhex("3033020101632e040e") + b"dc=lab,dc=test" + bytes.fromhex(  # RFC 4511, 4.5.1: base object
    "0a01000a0100020100020100010100870b"
) + b"objectclass\x30\x00"  # fmt: skip
X11_SETUP = b"l\x00\x0b\x00\x00\x00\x00\x00\x00\x00\x00\x00"  # X11 protocol, 8: no authorization offered
RFB = b"RFB 003.008\n"
RSYNC = b"@RSYNCD: 31.0\nbackup\n"
RDP_REQUEST = bytes.fromhex("030000130ee000000000000100080003000000")  # MS-RDPBCGR 2.2.1.1: TLS or CredSSP
MOUNT_EXPORTS = struct.pack(">11I", 0x80000028, 7, 0, 2, 100005, 3, 5, 0, 0, 0, 0)  # RFC 1813, 5.2.5


def web(path: str) -> bytes:
    return f"GET {path} HTTP/1.0\r\nHost: lab\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("host", "port", "say", "answer"),
    [
        ("hardened", 80, web("/"), b"301 Moved"),
        ("weak-ssh", 23, b"", b"\xff\xfd"),  # IAC DO: a telnet server negotiates
        ("weak-ssh", 21, b"USER anonymous\r\nPASS x@y.test\r\n", b"230 Login successful"),
        ("shares", 21, b"USER shop\r\n", b"530 "),  # TLS first
        ("data", 6379, b"PING\r\n", b"+PONG"),
        ("data", 6380, b"PING\r\n", b"-NOAUTH"),
        ("data", 6381, b"PING\r\n", b"-DENIED"),
        ("data", 36379, b"PING\r\n", b"+PONG"),
        ("dropping", 48379, b"PING\r\n", b"+PONG"),
        ("six", 6379, b"PING\r\n", b"+PONG"),
        ("six", 6380, b"PING\r\n", b"-NOAUTH"),
        ("data", 11211, b"version\r\n", b"VERSION 1."),
        ("data", 5432, POSTGRESQL_STARTUP, b"SCRAM-SHA-256"),
        ("data", 3306, b"", b"MariaDB"),
        ("stores", 1883, MQTT_CONNECT, b"\x20\x02\x00\x00"),
        ("stores", 1884, MQTT_CONNECT, b"\x20\x02\x00\x05"),  # 3.2.2.3: not authorized
        ("stores", 389, LDAP_SEARCH, b"The Lab"),
        ("stores", 1389, LDAP_SEARCH, b"authentication required"),
        ("stores", 2379, web("/version"), b"etcdserver"),
        ("stores", 11212, b"version\r\n", b"unauthenticated"),
        ("web", 5000, web("/v2/"), b"200 OK"),
        ("web", 9090, web("/api/v1/status/buildinfo"), b'"status":"success"'),
        ("web", 9091, web("/api/v1/status/buildinfo"), b" 401 "),
        ("web", 80, web("/.git/HEAD"), b"ref: refs/heads/main"),
        ("web", 80, web("/.env"), b"DB_PASSWORD="),
        ("web", 80, web("/backup/"), b"<title>Index of /backup/"),
        ("web", 8080, web("/.git/HEAD"), b"have a look around"),
        ("web", 8081, web("/"), b"type=password"),
        ("mail", 25, b"EHLO lab.test\r\n", b"250-STARTTLS"),
        ("mail", 587, b"EHLO lab.test\r\n", b"250-AUTH PLAIN LOGIN"),
        ("mail", 143, b"", b"AUTH=PLAIN"),
        ("mail", 1143, b"", b"LOGINDISABLED"),
        ("mail", 110, b"CAPA\r\n", b"SASL PLAIN LOGIN"),
        ("udp", 19, b"", b'!"#$%&'),
        ("shares", 873, RSYNC, b"@RSYNCD: OK"),
        ("shares", 8873, RSYNC, b"@RSYNCD: AUTHREQD"),
        ("shares", 20048, MOUNT_EXPORTS, b"/files"),
        ("shares", 5900, RFB, b"\n\x01\x01"),  # RFC 6143, 7.1.2: one type, none
        ("shares", 5901, RFB, b"\n\x01\x13"),  # VeNCrypt: TLS first
        ("shares", 6000, X11_SETUP, b"\x01\x00\x0b\x00"),
        ("shares", 6001, X11_SETUP, b"Authorization required"),
        ("shares", 3389, RDP_REQUEST, b"\xd0"),
        ("weak-crypto", 2222, b"SSH-2.0-lab\r\n", b"diffie-hellman-group1-sha1"),
    ],
)
def test_servers_answer_a_stranger_as_told(lab: Lab, host: str, port: int, say: bytes, answer: bytes) -> None:
    """A real server of that kind is there, and wants a login or not, as the table tells."""
    assert answer in talk(lab, host, port, say, until=answer)


@pytest.mark.parametrize(
    ("host", "port", "say", "secret"),
    [
        ("stores", 1389, LDAP_SEARCH, b"The Lab"),
        ("mail", 25, b"EHLO lab.test\r\nQUIT\r\n", b"AUTH"),
        ("mail", 2587, b"EHLO lab.test\r\nQUIT\r\n", b"AUTH"),
        ("mail", 1110, b"CAPA\r\nQUIT\r\n", b"PLAIN"),
        ("weak-crypto", 22, b"SSH-2.0-lab\r\n", b"group1-sha1"),
    ],
)
def test_twins_keep_to_themselves(lab: Lab, host: str, port: int, say: bytes, secret: bytes) -> None:
    """What the careless server says, the careful one beside it does not."""
    said = talk(lab, host, port, say)
    assert said
    assert secret not in said


@pytest.mark.parametrize(
    ("host", "port", "twin", "path", "answer"),
    [
        ("stores", 9200, 9201, "/_cat/indices", b"customers"),
        ("stores", 5984, 5985, "/_all_dbs", b"customers"),
        ("web", 2375, 2376, "/containers/json", b"mysqld"),
        ("web", 10250, 10251, "/pods", b"PodList"),
        ("web", 8888, 8889, "/api/kernels", b"[]"),
        ("web", 3000, 3001, "/api/org", b"Main Org."),
        ("web", 8090, 8091, "/api/json", b"hudson.model"),
        ("web", 5000, 5001, "/v2/_catalog", b"repositories"),
    ],
)
def test_interfaces_on_the_web_have_a_twin_behind_tls_and_a_login(
    lab: Lab, host: str, port: int, twin: int, path: str, answer: bytes
) -> None:
    """One tells a stranger what it should not; the other, with a certificate that the scanner trusts, does not."""
    assert answer in talk(lab, host, port, web(path), until=answer)
    refused = talk(lab, host, twin, web(path), tls=True, until=b"\r\n\r\n")
    assert refused.split()[1] in {b"401", b"403"}
    assert answer not in refused


def mongodb_message(body: bytes) -> bytes:
    """OP_MSG with one document (MongoDB wire protocol)."""
    document = struct.pack("<i", len(body) + 5) + body + b"\x00"
    content = struct.pack("<ixxxxi", 1, 2013) + struct.pack("<ib", 0, 0) + document
    return struct.pack("<i", len(content) + 4) + content


MONGODB_DATABASES = mongodb_message(b"\x10listDatabases\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00")
CASSANDRA_STARTUP = b"\x04\x00\x00\x01\x01" + struct.pack(">IHH", 22, 1, 11) + b"CQL_VERSION\x00\x053.4.5"


@pytest.mark.parametrize(
    ("port", "twin", "say", "answer"),
    [
        (27017, 27018, MONGODB_DATABASES, b"databases"),
        (9042, 9043, CASSANDRA_STARTUP, b"\x84\x00\x00\x01\x02"),  # READY; the twin says AUTHENTICATE, 3
    ],
)
def test_emulated_stores_have_a_twin_with_a_login(lab: Lab, port: int, twin: int, say: bytes, answer: bytes) -> None:
    """One lets a stranger in, the other does not."""
    assert answer in talk(lab, "stores", port, say, until=answer)
    assert answer not in talk(lab, "stores", twin, say, patience=1)


def dns(name: str) -> bytes:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + b"\x00\x00\x01\x00\x01"


def snmp(version: int, community: bytes = b"public") -> bytes:
    """GET sysDescr.0 (RFC 3416)."""
    body = bytes.fromhex("a01902010102010002010030 0e300c06082b060102010101000500")
    content = bytes([2, 1, version, 4, len(community)]) + community + body
    return bytes([0x30, len(content)]) + content


NTP_TIME, NTP_MONLIST = b"\x23" + bytes(47), b"\x17\x00\x03\x2a" + bytes(4)
IPMI_CAPABILITIES = bytes.fromhex("0600ff07000000000000000000092018c88100388e04b5")  # IPMI 2.0, 22.13
COAP_CORE = b"\x40\x01\x7d\x70\xbb.well-known\x04core"  # RFC 7252, 3; RFC 6690
RPC_DUMP = struct.pack(">10I", 7, 0, 2, 100000, 2, 4, 0, 0, 0, 0)  # RFC 1833, 3.2
MEMCACHED_VERSION = b"\x00\x01\x00\x00\x00\x01\x00\x00version\r\n"


@pytest.mark.parametrize(
    ("host", "port", "say", "answer"),
    [
        ("udp", 53, dns("www.example.org"), b"\xc0\x00\x02\x01"),  # somebody else's name, resolved
        ("udp-strict", 53, dns("www.example.org"), b"\x12\x34\x81\x85"),  # REFUSED
        ("udp", 7, b"hello", b"hello"),
        ("udp", 13, b"x", b":"),
        ("udp", 19, b"x", b"\r\n"),  # lines of all letters in turn
        ("udp", 69, b"\x00\x01startup-config\x00octet\x00", b"\x00\x03\x00\x01hostname router"),  # RFC 1350
        ("udp", 111, RPC_DUMP, struct.pack(">2I", 100000, 2)),
        ("udp", 123, NTP_MONLIST, b"\x00\x06\x00\x48"),  # six items of 72 bytes
        ("udp-strict", 123, NTP_TIME, b"\x24"),
        ("udp", 161, snmp(1), b"Lab router"),
        ("udp", 623, IPMI_CAPABILITIES, b"\x06\x00\xff\x07"),
        ("udp", 5683, COAP_CORE, b"</"),
        ("stores", 11211, MEMCACHED_VERSION, b"VERSION 1."),
    ],
)
def test_datagrams_are_answered_as_told(lab: Lab, host: str, port: int, say: bytes, answer: bytes) -> None:
    """The UDP services answer whoever asks."""
    assert answer in send(lab, host, port, say)


@pytest.mark.parametrize(("port", "say"), [(123, NTP_MONLIST), (161, snmp(1)), (161, snmp(0))])
def test_the_strict_twins_are_silent(lab: Lab, port: int, say: bytes) -> None:
    """The hardened twin does not even refuse."""
    assert send(lab, "udp-strict", port, say, tries=1) == b""


def s_client(lab: Lab, port: int, *words: str, host: str = "web") -> str:
    target = ["-connect", f"{ADDRESSES[host]}:{port}", "-verify_hostname", f"{host}.lab.test"]
    done = lab.run(["openssl", "s_client", *target, *words], input="")
    return str(done.stdout + done.stderr)


@pytest.mark.parametrize(
    ("port", "words", "told"),
    [
        (443, (), "Verification: OK"),
        (8442, (), "certificate has expired"),
        (8443, (), "self-signed certificate"),
        (8444, (), "hostname mismatch"),
        (8445, ("-cipher", "ALL:@SECLEVEL=0"), "Server public key is 1024 bit"),
        (8446, ("-tls1", "-cipher", "ALL:@SECLEVEL=0"), "Protocol  : TLSv1\n"),
        (8446, ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), "Protocol  : TLSv1.1\n"),
        (8447, ("-tls1_2", "-cipher", "NULL:@SECLEVEL=0"), "Cipher is NULL-SHA256"),
    ],
)
def test_tls_is_wrong_as_told(lab: Lab, port: int, words: tuple[str, ...], told: str) -> None:
    """Each TLS port has the one fault that the table tells; the good one has a chain that the scanner trusts."""
    assert told in s_client(lab, port, *words)


def test_the_good_tls_refuses_what_is_old(lab: Lab) -> None:
    """Neither an old version nor a suite without encryption is agreed to."""
    for words in (("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), ("-tls1_2", "-cipher", "NULL:@SECLEVEL=0")):
        assert "Cipher is (NONE)" in s_client(lab, 443, *words)
    assert "Verification: OK" in s_client(lab, 443, host="hardened")


def test_etcds_twin_wants_a_clients_certificate(lab: Lab) -> None:
    """The store behind TLS client certificates hangs up on whoever has none."""
    assert "Acceptable client certificate CA names" in s_client(lab, 2381, host="stores")


@pytest.mark.skipif(shutil.which("smbclient") is None, reason="smbclient is not installed (Debian package smbclient)")
def test_one_samba_takes_guests(lab: Lab) -> None:
    """The share is listed without a login on one server, and on its twin only with one."""
    words = ["smbclient", "--no-pass", "--debuglevel=0", f"//{ADDRESSES['shares']}/public", "-c", "ls"]
    assert "payroll.csv" in lab.run([*words, "-p", "445"]).stdout
    refused = lab.run([*words, "-p", "1445"])
    assert "payroll.csv" not in refused.stdout
    assert "NT_STATUS" in refused.stdout + refused.stderr


def test_the_hostile_banner_has_everything_that_breaks_terminals_and_reports(lab: Lab) -> None:
    """Escapes, HTML, bytes that are not UTF-8 and a lone surrogate arrive as sent."""
    said = talk(lab, "hostile", 21, enough=4000)
    assert all(piece in said for piece in (b"\x1b[2J", b"<script>", b"\xff\xfe", b"\xed\xa0\x80", b"\x00"))


def test_hostile_servers_hang_flood_and_lead_astray(lab: Lab) -> None:
    """One never speaks, one never stops, one never gets to its SSH version, one redirects to the neighbour."""
    assert talk(lab, "hostile", 3306, b"hello\r\n") == b""
    assert len(talk(lab, "hostile", 6379, b"PING\r\n", enough=1_000_000)) >= 1_000_000
    tarpit = talk(lab, "hostile", 22, enough=100)
    assert tarpit
    assert b"SSH-" not in tarpit
    by_address, by_name = (
        talk(lab, "hostile", 80, b"GET /%s HTTP/1.1\r\n\r\n" % path, enough=500) for path in (b"", b"name")
    )
    assert f"Location: http://{ADDRESSES['neighbour']}/".encode() in by_address
    assert b"Location: http://neighbour.lab.test/" in by_name


def test_hostile_servers_waste_time_and_memory(lab: Lab) -> None:
    """A greeting without end, one byte a second, a reset at once, redirects without end, a page that explodes."""
    assert len(talk(lab, "hostile", 25, enough=2_000_000)) >= 2_000_000
    assert 1 <= len(talk(lab, "hostile", 110, enough=3)) <= 3
    assert talk(lab, "hostile", 143) == b""
    assert b"/further/8\r\n" in talk(lab, "hostile", 8080, web("/further/7"))
    bomb = talk(lab, "hostile", 8081, web("/"), enough=500, patience=15)
    assert b"Content-Encoding: gzip" in bomb
    assert int(bomb.split(b"Content-Length: ")[1].split(b"\r\n")[0]) < 4_000_000
    assert "Server public key is 16000 bit" in s_client(lab, 443, host="hostile")
