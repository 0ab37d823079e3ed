"""Servers of programs: Memcached, TFTP, database browsers, SIP, STUN, game servers."""

from __future__ import annotations

import re

from posture.collect.network.udp.request import Answers, Recognised, Request, UdpService, first
from posture.facts.network import Login

_STATS = b"\x50\x31\0\0\0\1\0\0stats\r\n"
_STATS_VERSION = re.compile(rb"STAT version (\S{1,40})")

_NO_SUCH_FILE = b"posture-asks-for-no-file"
_READ = b"\0\1" + _NO_SUCH_FILE + b"\0octet\0"

_BROWSE = b"\x03"
_SQL_VERSION = re.compile(rb"Version;([0-9.]{1,20})")
_DB2 = b"DB2GETADDR\0SQL08010\0"

_OPTIONS = (
    b"OPTIONS sip:posture@posture.invalid SIP/2.0\r\nVia: SIP/2.0/UDP posture.invalid;branch=z9hG4bKposture;rport\r\n"
    b"From: <sip:posture@posture.invalid>;tag=posture\r\nTo: <sip:posture@posture.invalid>\r\n"
    b"Call-ID: posture@posture.invalid\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 0\r\nContent-Length: 0\r\n\r\n"
)
_AGENT = re.compile(rb"^(?:Server|User-Agent):[ \t]*([^\r\n]{1,200})", re.IGNORECASE | re.MULTILINE)

_BINDING = bytes.fromhex("0001 0000 2112a442") + b"posture-0001"

_SOURCE = b"\xff\xff\xff\xffTSource Engine Query\0"
_STATUS = b"\xff\xff\xff\xffgetstatus\n"


def _memcached(answers: Answers) -> Recognised | None:
    """A frame of our request, then statistics (memcached, doc/protocol.txt, "UDP protocol")."""
    raw = first(answers)
    if raw[:2] != _STATS[:2] or raw == _STATS:
        return None
    said = raw[8:]
    if said.startswith(b"STAT "):
        version = _STATS_VERSION.search(said)
        return Recognised(Login.NOT_NEEDED, "", "", version[1].decode("ascii", "replace") if version else "")
    if said.startswith(b"CLIENT_ERROR unauthenticated"):
        return Recognised(Login.REQUIRED)
    if said.startswith((b"ERROR", b"CLIENT_ERROR", b"SERVER_ERROR")):
        return Recognised(Login.UNKNOWN, "it answers stats with an error")
    return None


def _tftp(answers: Answers) -> Recognised | None:
    """An ERROR, or data of a file that should not be there (RFC 1350, 5)."""
    raw = first(answers)
    error = raw[:2] == b"\0\5" and len(raw) >= 5 and raw.endswith(b"\0")
    data = raw[:4] == b"\0\3\0\1" and len(raw) <= 516
    return Recognised(Login.UNKNOWN, "TFTP has no login; which files it gives was not tried") if error or data else None


def _browser(answers: Answers) -> Recognised | None:
    """A list of instances and, behind the type, its length (MC-SQLR, 2.2.5)."""
    raw = first(answers)
    if raw[:1] != b"\x05" or len(raw) < 4 or int.from_bytes(raw[1:3], "little") > len(raw) - 3:
        return None
    version = _SQL_VERSION.search(raw)
    return Recognised(Login.NOT_NEEDED, "", "", version[1].decode() if version else "")


def _db2(answers: Answers) -> Recognised | None:
    return Recognised(Login.NOT_NEEDED) if first(answers).startswith(b"DB2RETADDR\0") else None


def _sip(answers: Answers) -> Recognised | None:
    raw = first(answers)
    if not re.match(rb"SIP/2\.0 [1-6]\d\d ", raw):
        return None
    agent = _AGENT.search(raw)
    name = agent[1].decode("utf-8", "replace").strip() if agent else ""
    return Recognised(Login.UNKNOWN, "which calls it lets through was not tried", name)


def _stun(answers: Answers) -> Recognised | None:
    """A response, good or bad, with cookie and transaction of our request (RFC 8489, 5)."""
    raw = first(answers)
    same = len(raw) >= 20 and raw[4:20] == _BINDING[4:20] and raw[:2] in {b"\1\1", b"\1\x11"}
    return Recognised(Login.NOT_NEEDED) if same and int.from_bytes(raw[2:4], "big") == len(raw) - 20 else None


def _source(answers: Answers) -> Recognised | None:
    """The server's information, or a challenge that has to come first (Valve, "Server queries", A2S_INFO)."""
    raw = first(answers)
    known = raw[:4] == _SOURCE[:4] and raw[4:5] in {b"A", b"I", b"m"} and len(raw) >= 9
    return Recognised(Login.NOT_NEEDED) if known else None


def _quake(answers: Answers) -> Recognised | None:
    return Recognised(Login.NOT_NEEDED) if first(answers).startswith(b"\xff\xff\xff\xffstatusResponse\n") else None


APPLICATIONS = (
    UdpService("tftp", 69, "RFC 1350; CISA TA14-017A", (Request("read of a file that is not there", _READ),), _tftp,
               answers_from_any_port=True),
    UdpService("db2-discovery", 523, "IBM DB2 discovery service; nmap, broadcast-db2-discover",
               (Request("DB2GETADDR", _DB2),), _db2),
    UdpService("ms-sql-m", 1434, "MC-SQLR, 2.2.2", (Request("list of instances", _BROWSE),), _browser),
    UdpService("stun", 3478, "RFC 8489", (Request("Binding request", _BINDING),), _stun),
    UdpService("sip", 5060, "RFC 3261, 11; RFC 3581", (Request("OPTIONS", _OPTIONS),), _sip),
    UdpService("memcached", 11211, "memcached, doc/protocol.txt; CVE-2018-1000115; CISA TA14-017A",
               (Request("stats", _STATS),), _memcached),
    UdpService("halflife", 27015, "Valve, Server queries; CISA TA14-017A", (Request("A2S_INFO", _SOURCE),), _source),
    UdpService("quake3", 27960, "id Software, Quake III network protocol; CISA TA14-017A",
               (Request("getstatus", _STATUS),), _quake),
)  # fmt: skip
