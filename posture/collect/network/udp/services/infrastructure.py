"""What routers and controllers speak among themselves: RIP, NAT-PMP, GTP, BACnet."""

from __future__ import annotations

import struct

from posture.collect.network.udp.request import Answers, Recognised, Request, UdpService, first
from posture.facts.network import Login

_ROUTES = bytes.fromhex("0101 0000 0000 0000") + bytes(12) + (16).to_bytes(4, "big")  # the whole table
_ADDRESS = b"\0\0"
_ECHO = bytes.fromhex("32 01 0004 00000000 5031 00 00")  # version 1, sequence number
_NAME = bytes.fromhex("810a0011 0104 0005010c 0c023fffff 194d")  # ReadProperty: any device, object-name


def _rip(answers: Answers) -> Recognised | None:
    """A response of routes, 20 bytes each (RFC 1058, 3.1 and 3.4.1)."""
    raw = first(answers)
    known = len(raw) >= 4 and raw[0] == 2 and raw[1] in {1, 2} and (len(raw) - 4) % 20 == 0
    return Recognised(Login.NOT_NEEDED) if known else None


def _nat_pmp(answers: Answers) -> Recognised | None:
    """The external address, or an error with a time (RFC 6886, 3.2 and 3.5)."""
    raw = first(answers)
    return Recognised(Login.NOT_NEEDED) if raw[:2] == b"\0\x80" and len(raw) in {8, 12} else None


def _gtp(answers: Answers) -> Recognised | None:
    """An echo response (3GPP TS 29.060, 7.2.2)."""
    raw = first(answers)
    known = len(raw) >= 8 and raw[0] >> 4 == 3 and raw[1] == 2 and struct.unpack_from(">H", raw, 2)[0] == len(raw) - 8
    return Recognised(Login.UNKNOWN, "only whether it is there was asked") if known else None


def _bacnet(answers: Answers) -> Recognised | None:
    """A BVLC message of the length it says that holds an acknowledgement or an error (ASHRAE 135, annex J)."""
    raw = first(answers)
    if len(raw) < 9 or raw[0] != 0x81 or int.from_bytes(raw[2:4], "big") != len(raw) or raw[4] != 1:
        return None
    kinds = {0x3: Recognised(Login.NOT_NEEDED)}
    refused = Recognised(Login.UNKNOWN, "it does not tell its name")
    kinds |= dict.fromkeys((0x5, 0x6, 0x7), refused)  # Error, Reject, Abort
    return kinds.get(raw[6] >> 4) if raw[5] & 0x28 == 0 else refused  # behind a routed network's address


INFRASTRUCTURE = (
    UdpService("route", 520, "RFC 1058, 3.4.1; CISA TA14-017A", (Request("RIPv1 table", _ROUTES),), _rip),
    UdpService("gtp-control", 2123, "3GPP TS 29.060, 7.2.1", (Request("GTP echo request", _ECHO),), _gtp),
    UdpService("nat-pmp", 5351, "RFC 6886, 3.2; CVE-2014-9223", (Request("external address", _ADDRESS),), _nat_pmp),
    UdpService("bacnet", 47808, "ASHRAE 135, 15.5 and annex J", (Request("ReadProperty object-name", _NAME),), _bacnet),
)
