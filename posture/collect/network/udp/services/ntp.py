"""NTP: the time (RFC 5905), the server's variables (RFC 9327) and its last clients (mode 7, ntpd before 4.2.7p26)."""

from __future__ import annotations

import re
import struct

from posture.collect.network.udp.request import Answers, Recognised, Request, UdpService
from posture.facts.network import Login

_STAMP = b"posture!"  # 64 bits that come back as the origin timestamp
_CLIENT = bytes((0x23,)) + bytes(39) + _STAMP  # version 4, mode 3
_READ_VARIABLES = bytes.fromhex("16020001 00000000 00000000")  # version 2, mode 6, opcode 2
_MONITOR_LIST = bytes.fromhex("1700032a 00000000")  # version 2, mode 7, XNTPD, MON_GETLIST_1
_VERSION = re.compile(rb'version="?(?:ntpd )?([^"\r\n,]{1,60})')


def _ntp(answers: Answers) -> Recognised | None:
    time, variables, clients = answers
    weakness, version = [], ""
    if any(_is_client_list(datagram) for datagram in clients):
        weakness.append("monlist")
    for datagram in variables:
        if _is_variables(datagram):
            weakness = [*weakness, *(["mode6"] if "mode6" not in weakness else [])]
            named = _VERSION.search(datagram)
            version = version or (named[1].decode("ascii", "replace").strip() if named else "")
    if not weakness and not any(map(_is_time, time)):
        return None
    return Recognised(Login.NOT_NEEDED, "", "", version, " ".join(weakness))


def _is_time(datagram: bytes) -> bool:
    return len(datagram) >= 48 and datagram[0] & 7 == 4 and datagram[24:32] == _STAMP


def _is_variables(datagram: bytes) -> bool:
    """A response without error, of readvar, with as much data as it says."""
    if len(datagram) < 12 or datagram[0] & 7 != 6 or datagram[1] & 0xDF != 0x82:
        return False
    (count,) = struct.unpack_from(">H", datagram, 10)
    return bool(0 < count <= len(datagram) - 12)


def _is_client_list(datagram: bytes) -> bool:
    """A response without error that has entries, as many and as long as it says."""
    if len(datagram) < 8 or datagram[0] & 0x87 != 0x87 or datagram[2:4] != _MONITOR_LIST[2:4]:
        return False
    entries, size = struct.unpack_from(">HH", datagram, 4)
    error, entries, size = entries >> 12, entries & 0xFFF, size & 0xFFF
    return not error and entries > 0 and 0 < entries * size <= len(datagram) - 8


NTP = UdpService(
    "ntp",
    123,
    "RFC 5905; RFC 9327; CISA TA14-013A (CVE-2013-5211)",
    (
        Request("the time (mode 3)", _CLIENT),
        Request("its variables (mode 6, readvar)", _READ_VARIABLES),
        Request("its last clients (mode 7, monlist)", _MONITOR_LIST),
    ),
    _ntp,
)
