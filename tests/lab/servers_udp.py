"""Small UDP servers that follow their protocol's document, for what Debian has no server of.

    python -I servers_udp.py NAME [PORT [ADDRESS]]

`NAMES` tells what there is. Each answers well-formed requests only. A name that ends in ``-quiet`` is the twin that is
in order: it speaks the protocol where that is harmless, and says nothing that a stranger should hear.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
from collections.abc import Callable, Iterator

Answer = Callable[[bytes], Iterator[bytes]]


def qotd(_request: bytes) -> Iterator[bytes]:
    """RFC 865: a quote for any datagram."""
    yield b'"A witty saying proves nothing." Voltaire\r\n' * 8


def ntp_time(request: bytes) -> Iterator[bytes]:
    """RFC 5905, 7.3: the time for mode 3, and no word for modes 6 and 7."""
    if len(request) >= 48 and request[0] & 7 == 3:
        now = struct.pack(">II", 3_900_000_000, 0)
        yield bytes((0x24, 2, 6, 0xEC)) + bytes(8) + b"LOCL" + now + request[40:48] + now + now


def ntp_monlist(request: bytes) -> Iterator[bytes]:
    """ntpd before 4.2.7p26: the 600 last clients for mode 7, six entries of 72 bytes a datagram; readvar too."""
    yield from ntp_time(request)
    if len(request) >= 8 and request[0] & 7 == 7 and request[2:4] == b"\x03\x2a":
        for number in range(100):
            more = 0x40 if number < 99 else 0
            yield bytes((0x97 | more, number)) + b"\x03\x2a" + struct.pack(">HH", 6, 72) + bytes(6 * 72)
    if len(request) >= 12 and request[0] & 7 == 6 and request[1] & 0x1F == 2:
        data = (
            b'version="ntpd 4.2.6p5@1.2349-o", processor="x86_64", system="Linux/4.9", leap=0, stratum=2, precision=-23'
        )
        yield request[:1] + b"\x82" + request[2:4] + bytes(4) + bytes(2) + struct.pack(">H", len(data)) + data


def ber(tag: int, content: bytes) -> bytes:
    """One BER element."""
    size = len(content)
    length = bytes((size,)) if size < 128 else b"\x82" + struct.pack(">H", size)
    return bytes((tag, *length)) + content


def cldap(request: bytes) -> Iterator[bytes]:
    """A domain controller's root entry (MS-ADTS 3.1.1.3.2) and the end of the search."""
    if request[:1] == b"0" and b"objectclass" in request.lower():
        attributes = b"".join(
            ber(0x30, ber(4, name) + ber(0x31, b"".join(ber(4, value) for value in values)))
            for name, values in (
                (b"defaultNamingContext", [b"DC=corp,DC=example"]), (b"dnsHostName", [b"dc1.corp.example"]),
                (b"supportedCapabilities", [b"1.2.840.113556.1.4.%d" % n for n in range(800, 840)]),
                (b"supportedControl", [b"1.2.840.113556.1.4.%d" % n for n in range(319, 379)]),
            )
        )  # fmt: skip
        number = request[2:5]
        yield ber(0x30, number + ber(0x64, ber(4, b"") + ber(0x30, attributes)))
        yield ber(0x30, number + ber(0x65, b"\x0a\x01\x00\x04\x00\x04\x00"))


def netbios(request: bytes) -> Iterator[bytes]:
    """RFC 1002, 4.2.18: six names."""
    if len(request) >= 50 and request[46:48] == b"\0\x21":
        names = b"".join(f"WEB{n}".ljust(15).encode() + b"\0\x04\0" for n in range(6))
        data = bytes((6,)) + names + bytes(46)
        yield request[:2] + b"\x84\0\0\0\0\1\0\0\0\0" + request[12:46] + b"\0\x21\0\1\0\0\0\0" + \
            struct.pack(">H", len(data)) + data  # fmt: skip


def xdmcp(request: bytes) -> Iterator[bytes]:
    """XDMCP 1.1: Willing."""
    if request[:4] == b"\0\1\0\2":
        data = b"\0\0" + b"\0\4web1" + b"\0\x18Willing to manage, load 0"[:26]
        yield b"\0\1\0\5" + struct.pack(">H", len(data)) + data


def slp(request: bytes) -> Iterator[bytes]:
    """RFC 2608, 10.2: the types of 20 services."""
    if request[:2] == b"\2\x09":
        types = ",".join(f"service:VMwareInfrastructure-{n}" for n in range(20)).encode()
        body = request[10:12] + b"\0\2en" + b"\0\0" + struct.pack(">H", len(types)) + types
        yield b"\2\x0a" + struct.pack(">I", 10 + len(body))[1:] + b"\0\0\0\0\0" + body


def slp_quiet(request: bytes) -> Iterator[bytes]:
    """Something else that shares the port: it says a line of text to whatever comes."""
    if request:
        yield b"ok\n"


def upnp(request: bytes) -> Iterator[bytes]:
    """UPnP Device Architecture 1.1, 1.3.3: eight answers to a search."""
    if request.startswith(b"M-SEARCH"):
        for number in range(8):
            yield (
                "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nLOCATION: http://198.51.100.2:5000/d.xml\r\n"
                "SERVER: Linux/4.9 UPnP/1.0 Router/1.2\r\nST: urn:schemas-upnp-org:service:WANIPConnection:1\r\n"
                f"USN: uuid:50310000-0000-4000-8000-00000000000{number}::upnp:rootdevice\r\n\r\n"
            ).encode()


def ard(request: bytes) -> Iterator[bytes]:
    """Apple Remote Management: 1,006 bytes for five."""
    if request[:3] == b"\0\x14\0":
        yield b"\0\1" + struct.pack(">H", 1002) + bytes(2) + b"Mac of the front desk".ljust(1000, b"\0")


def ws_discovery(request: bytes) -> Iterator[bytes]:
    """OASIS WS-Discovery 1.1, 5.3: ProbeMatches."""
    if b"/Probe<" in request:
        matches = b"<d:ProbeMatch><d:Types>dn:NetworkVideoTransmitter</d:Types></d:ProbeMatch>" * 12
        yield (
            b'<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
            b'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Body><d:ProbeMatches>'
            + matches + b"</d:ProbeMatches></s:Body></s:Envelope>"
        )  # fmt: skip


def ubiquiti(request: bytes) -> Iterator[bytes]:
    """Version 1 of the discovery: type, length, value."""
    if request == b"\1\0\0\0":
        told = ((0x0B, b"roof"), (0x14, b"NanoStation M5"), (3, b"XW.v6.0.4" * 8))
        fields = b"".join(bytes((kind,)) + struct.pack(">H", len(text)) + text for kind, text in told)
        yield b"\1\0" + struct.pack(">H", len(fields)) + fields


def dvr(request: bytes) -> Iterator[bytes]:
    """DHIP: 32 bytes of header and JSON."""
    if request[4:8] == b"DHIP" and b"DHDiscover.search" in request:
        told = {
            "method": "client.notifyDevInfo",
            "params": {"deviceInfo": {"DeviceType": "HCVR", "SerialNo": "x" * 300}},
        }
        body = json.dumps(told).encode()
        yield b"\x20\0\0\0DHIP" + bytes(8) + 2 * (struct.pack("<I", len(body)) + bytes(4)) + body


def mssql(request: bytes) -> Iterator[bytes]:
    """MC-SQLR, 2.2.5: the instances."""
    if request[:1] in {b"\2", b"\3"}:
        text = b"ServerName;SQL1;InstanceName;MSSQLSERVER;IsClustered;No;Version;13.0.1601.5;tcp;1433;;" * 3
        yield b"\5" + struct.pack("<H", len(text)) + text


def db2(request: bytes) -> Iterator[bytes]:
    """The answer to DB2GETADDR."""
    if request.startswith(b"DB2GETADDR\0"):
        yield b"DB2RETADDR\0SQL10050\0DB2HOST\0db2.example\0".ljust(256, b"\0")


def sip(request: bytes) -> Iterator[bytes]:
    """RFC 3261, 11.2, with more than it needs to say; `sip_quiet` says less than it was asked."""
    if request.startswith(b"OPTIONS "):
        yield (
            b"SIP/2.0 200 OK\r\nServer: Example PBX 1.0\r\nAllow: "
            + b"INVITE, ACK, CANCEL, OPTIONS, BYE, " * 40
            + b"\r\n\r\n"
        )


def sip_quiet(request: bytes) -> Iterator[bytes]:
    """An answer no larger than the request."""
    if request.startswith(b"OPTIONS "):
        yield b"SIP/2.0 403 Forbidden\r\nServer: Example PBX 1.0\r\nContent-Length: 0\r\n\r\n"


def stun(request: bytes) -> Iterator[bytes]:
    """RFC 8489: a Binding response with one XOR-MAPPED-ADDRESS."""
    if len(request) >= 20 and request[:2] == b"\0\1":
        yield b"\1\1\0\x0c" + request[4:20] + b"\0\x20\0\x08\0\1" + bytes(6)


def a2s(request: bytes) -> Iterator[bytes]:
    """A server before the challenge of 2020: all its information at once."""
    if request.startswith(b"\xff\xff\xff\xffTSource"):
        yield b"\xff\xff\xff\xffI\x11" + b"The server of the shop\0de_dust2\0cstrike\0Counter-Strike\0" * 3


def a2s_quiet(request: bytes) -> Iterator[bytes]:
    """A challenge first (Valve, "Server queries")."""
    if request.startswith(b"\xff\xff\xff\xffTSource"):
        yield b"\xff\xff\xff\xffA\x4b\xa1\xd5\x22"


def quake(request: bytes) -> Iterator[bytes]:
    """The status and sixteen players."""
    if request.startswith(b"\xff\xff\xff\xffgetstatus"):
        yield b"\xff\xff\xff\xffstatusResponse\n\\sv_hostname\\shop\n" + b'10 50 "player"\n' * 16


def rip(request: bytes) -> Iterator[bytes]:
    """RFC 1058: a table of 25 routes."""
    if request[:2] == b"\1\1" and request[-1:] == b"\x10":
        yield b"\2\1\0\0" + b"".join(struct.pack(">HH4sIII", 2, 0, bytes((10, n, 0, 0)), 0, 0, 1) for n in range(25))


def nat_pmp(request: bytes) -> Iterator[bytes]:
    """RFC 6886, 3.2: the external address."""
    if request == b"\0\0":
        yield b"\0\x80\0\0" + struct.pack(">I", 1000) + b"\xc6\x33\x64\x02"


def gtp(request: bytes) -> Iterator[bytes]:
    """3GPP TS 29.060: echo response with recovery."""
    if request[:2] == b"\x32\1":
        yield b"\x32\2\0\6" + request[4:12] + b"\x0e\1"


def bacnet(request: bytes) -> Iterator[bytes]:
    """The object's name, acknowledged."""
    if request[:1] == b"\x81" and request[6:10] == b"\0\5\1\x0c":
        name = b"\x30\1\x0c\x0c\x02\0\0\1\x19\x4d\x3e\x75\x06\0Plant\x3f"
        yield b"\x81\x0a" + struct.pack(">H", 6 + len(name)) + b"\1\0" + name


def mdns(request: bytes) -> Iterator[bytes]:
    """RFC 6763, 9: the types of eight services, for one machine that asked (RFC 6762, 6.7)."""
    if len(request) > 16 and request[4:6] == b"\0\1" and b"_dns-sd" in request:
        types = b"".join(b"\xc0\x0c\0\x0c\0\1\0\0\0\x0a\0\x0c\x05_ipp%d\x04_tcp\0" % n for n in range(8))
        yield request[:2] + b"\x84\0\0\1\0\x08\0\0\0\0" + request[12:] + types


def flood(request: bytes) -> Iterator[bytes]:
    """Not a protocol: 4,000 datagrams for one."""
    if request:
        for _ in range(4000):
            yield b"\xff" * 1400


def garbage(request: bytes) -> Iterator[bytes]:
    """Not a protocol: the request with every length field turned into a lie."""
    yield request[:4] + b"\xff" * len(request[4:])
    yield request[: len(request) // 2]
    yield b""


SERVERS: dict[str, tuple[int, Answer]] = {
    "qotd": (17, qotd), "ntp-monlist": (123, ntp_monlist), "ntp-quiet": (123, ntp_time), "cldap": (389, cldap),
    "netbios": (137, netbios), "xdmcp": (177, xdmcp), "slp": (427, slp), "slp-quiet": (427, slp_quiet),
    "upnp": (1900, upnp), "ard": (3283, ard), "ws-discovery": (3702, ws_discovery), "ubiquiti": (10001, ubiquiti),
    "dvr": (37810, dvr), "mssql": (1434, mssql), "db2": (523, db2), "sip": (5060, sip), "sip-quiet": (5060, sip_quiet),
    "stun": (3478, stun), "a2s": (27015, a2s), "a2s-quiet": (27015, a2s_quiet), "quake": (27960, quake),
    "rip": (520, rip), "nat-pmp": (5351, nat_pmp), "gtp": (2123, gtp), "bacnet": (47808, bacnet), "mdns": (5353, mdns),
    "flood": (7, flood),
    "garbage": (7, garbage),
}  # fmt: skip
NAMES = tuple(SERVERS)


def serve(name: str, port: int = 0, address: str = "0.0.0.0") -> None:
    """Answer for ever."""
    usual, answer = SERVERS[name]
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind((address, port or usual))
        while True:
            request, source = listening.recvfrom(65_535)
            for datagram in answer(request):
                listening.sendto(datagram, source)


if __name__ == "__main__":
    serve(sys.argv[1], *map(int, sys.argv[2:3]), *sys.argv[3:4])
