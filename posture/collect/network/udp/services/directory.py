"""Services that tell what else is there: portmapper, connectionless LDAP, NetBIOS names, SLP, XDMCP."""

from __future__ import annotations

import struct

from posture.collect.network.udp.request import Answers, Recognised, Request, UdpService, first
from posture.collect.network.wire.ber import BOOLEAN, ENUMERATED, OCTET_STRING, SEQUENCE, element, integer
from posture.collect.network.wire.ldap import message, operations
from posture.facts.network import Login

_XID = 0x504F5354
_DUMP = struct.pack(">10I", _XID, 0, 2, 100000, 2, 4, 0, 0, 0, 0)
_MOST_MAPPINGS = 4096

_MESSAGE = 7
_ROOT_ENTRY = message(
    _MESSAGE,
    element(
        0x63,  # SearchRequest: base object, never dereference, no limits, values too, (objectClass=*)
        element(OCTET_STRING), integer(0, ENUMERATED), integer(0, ENUMERATED), integer(0), integer(0),
        element(BOOLEAN, b"\0"), element(0x87, b"objectClass"), element(SEQUENCE),
    ),
)  # fmt: skip

_NODE_STATUS = struct.pack(">HHHHHH", 0x5031, 0, 1, 0, 0, 0) + b"\x20CK" + b"A" * 30 + b"\0" + b"\0\x21\0\x01"
_SLP_XID = 0x5031
_SERVICE_TYPES = (
    b"\x02\x09\0\0\x1d\0\0\0\0\0" + struct.pack(">H", _SLP_XID) + b"\0\x02en" + b"\0\0\xff\xff\0\x07DEFAULT"
)
_QUERY = bytes.fromhex("0001 0002 0001 00")  # XDMCP version 1, Query, no authentication names


def _portmap(answers: Answers) -> Recognised | None:
    """A reply to our call; accepted, its list of mappings must be one (RFC 5531, 9; RFC 1833, 3)."""
    raw = first(answers)
    if len(raw) < 12 or struct.unpack_from(">II", raw) != (_XID, 1):
        return None
    if struct.unpack_from(">I", raw, 8) == (1,):
        return Recognised(Login.REFUSED, "it denies the call")
    if len(raw) < 24 or struct.unpack_from(">I", raw, 8) != (0,):
        return None
    (verifier,) = struct.unpack_from(">I", raw, 16)
    body = raw[20 + verifier :] if verifier <= 400 else b""
    if len(body) < 4:
        return None
    if body[:4] != bytes(4):
        return Recognised(Login.REFUSED, "it does not list its programs")
    mappings = 0
    at = 4
    while mappings < _MOST_MAPPINGS and body[at : at + 4] == b"\0\0\0\1" and len(body) >= at + 20:
        mappings, at = mappings + 1, at + 20
    return Recognised(Login.NOT_NEEDED) if mappings else Recognised(Login.UNKNOWN, "its list is empty")


def _ldap(answers: Answers) -> Recognised | None:
    told = operations(first(answers))
    if not any(number == _MESSAGE and answer.tag in {0x64, 0x65} for number, answer in told):  # entry or its end
        return None
    return Recognised(Login.UNKNOWN, "every directory shows its root entry to anyone (RFC 4512, 5.1)")


def _netbios(answers: Answers) -> Recognised | None:
    """A node status response (RFC 1002, 4.2.18)."""
    raw = first(answers)
    if len(raw) < 57 or raw[:2] != _NODE_STATUS[:2] or not raw[2] & 0x80 or raw[4:8] != b"\0\0\0\1":
        return None
    name_ends = 12 + 34
    if raw[name_ends : name_ends + 4] != b"\0\x21\0\x01":
        return None
    count = raw[name_ends + 10]
    return Recognised(Login.NOT_NEEDED) if len(raw) >= name_ends + 11 + 18 * count else None


def _slp(answers: Answers) -> Recognised | None:
    """A service type reply: function 10, with our transaction (RFC 2608, 8 and 10.2)."""
    raw = first(answers)
    same = len(raw) >= 16 and raw[0] == 2 and raw[1] == 10 and raw[10:12] == struct.pack(">H", _SLP_XID)
    return Recognised(Login.NOT_NEEDED) if same and int.from_bytes(raw[2:5], "big") <= len(raw) else None


def _xdmcp(answers: Answers) -> Recognised | None:
    raw = first(answers)
    if len(raw) < 6 or raw[:2] != b"\0\1" or int.from_bytes(raw[4:6], "big") != len(raw) - 6:
        return None
    kinds = {b"\0\5": Recognised(Login.UNKNOWN, "it offers a login window"),
             b"\0\6": Recognised(Login.REFUSED, "it is unwilling to give a login window")}  # fmt: skip
    return kinds.get(raw[2:4])


DIRECTORY = (
    UdpService("rpcbind", 111, "RFC 1833; CISA TA14-017A", (Request("portmapper DUMP", _DUMP),), _portmap),
    UdpService("netbios-ns", 137, "RFC 1002, 4.2.17; CISA TA14-017A",
               (Request("node status", _NODE_STATUS),), _netbios),
    UdpService("xdmcp", 177, "X.Org, XDMCP 1.1, 5", (Request("Query", _QUERY),), _xdmcp),
    UdpService("cldap", 389, "RFC 1798; MS-ADTS 3.1.1.3; CISA TA14-017A",
               (Request("CLDAP search of the root entry", _ROOT_ENTRY),), _ldap),
    UdpService("svrloc", 427, "RFC 2608, 10.1", (Request("SLP service types", _SERVICE_TYPES),), _slp),
)  # fmt: skip
