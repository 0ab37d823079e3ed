"""Services that devices are found by: SSDP, WS-Discovery, CoAP, and those of single vendors."""

from __future__ import annotations

import re

from posture.collect.network.udp.request import Answers, Recognised, Request, UdpService, first
from posture.facts.network import Login

_SEARCH = b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n'
_FOUND = re.compile(rb"HTTP/1\.[01] 200[^\r\n]*\r?\n", re.IGNORECASE)
_SERVER = re.compile(rb"^SERVER:[ \t]*([^\r\n]{1,200})", re.IGNORECASE | re.MULTILINE)
_SUBJECT = re.compile(rb"^(ST|USN):", re.IGNORECASE | re.MULTILINE)

_DISCOVERY = b"http://schemas.xmlsoap.org/ws/2005/04/discovery"
_PROBE = (
    b'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    b'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="' + _DISCOVERY + b'"><s:Header>'
    b"<a:Action>" + _DISCOVERY + b"/Probe</a:Action>"
    b"<a:MessageID>urn:uuid:50310000-0000-4000-8000-000000000001</a:MessageID>"
    b"<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body><d:Probe/></s:Body></s:Envelope>"
)

_WELL_KNOWN = bytes.fromhex("40017d70") + b"\xbb.well-known\x04core"
_REMOTE_DESKTOP = bytes.fromhex("0014000103")
_CAMERA = b'{"method":"DHDiscover.search","params":{"mac":"","uni":1}}\n'
_CAMERA_HEADER = b"\x20\0\0\0DHIP" + bytes(8) + 2 * (len(_CAMERA).to_bytes(4, "little") + bytes(4))


def _ssdp(answers: Answers) -> Recognised | None:
    raw = first(answers)
    if not _FOUND.match(raw) or not _SUBJECT.search(raw):
        return None
    server = _SERVER.search(raw)
    return Recognised(Login.NOT_NEEDED, "", server[1].decode("utf-8", "replace").strip() if server else "")


def _ws_discovery(answers: Answers) -> Recognised | None:
    raw = first(answers)
    return Recognised(Login.NOT_NEEDED) if b"Envelope" in raw and _DISCOVERY in raw and raw != _PROBE else None


def _coap(answers: Answers) -> Recognised | None:
    """A response with our message's number, its code of class 2, 4 or 5 (RFC 7252, 3 and 12.1.2)."""
    raw = first(answers)
    if len(raw) < 4 or raw[0] >> 6 != 1 or raw[0] & 0x0F or raw[2:4] != _WELL_KNOWN[2:4]:
        return None
    if raw[1] >> 5 == 2:
        return Recognised(Login.NOT_NEEDED)
    if raw[1] in {0x81, 0x83}:  # 4.01 Unauthorized, 4.03 Forbidden
        return Recognised(Login.REQUIRED)
    return Recognised(Login.UNKNOWN, "it shows no list of its resources") if raw[1] >> 5 in {4, 5} else None


def _remote_desktop(answers: Answers) -> Recognised | None:
    """A report that begins with its kind and the length of what follows."""
    raw = first(answers)
    length = int.from_bytes(raw[2:4], "big")
    told = Recognised(Login.UNKNOWN, "only what it tells of itself was asked")
    return told if len(raw) > 16 and raw[:2] == b"\0\1" and 0 < length <= len(raw) else None


def _ubiquiti(answers: Answers) -> Recognised | None:
    """A list of type, length, value: version 1 or 2, then a command and the length of the rest."""
    raw = first(answers)
    known = raw[:2] in {b"\1\0", b"\2\6", b"\2\x0b"}
    return (
        Recognised(Login.NOT_NEEDED)
        if known and len(raw) > 7 and int.from_bytes(raw[2:4], "big") == len(raw) - 4
        else None
    )


def _camera(answers: Answers) -> Recognised | None:
    raw = first(answers)
    return Recognised(Login.NOT_NEEDED) if raw[4:8] == b"DHIP" and len(raw) > 32 and b"deviceInfo" in raw else None


DISCOVERY = (
    UdpService("upnp", 1900, "UPnP Device Architecture 1.1, 1.3.2; CISA TA14-017A",
               (Request("SSDP search for everything", _SEARCH),), _ssdp),
    UdpService("netassistant", 3283, "Netscout ASERT, Apple Remote Management Service, 2019; CISA TA14-017A",
               (Request("Apple Remote Desktop information", _REMOTE_DESKTOP),), _remote_desktop),
    UdpService("ws-discovery", 3702, "OASIS WS-Discovery 1.1, 5.2; CISA TA14-017A",
               (Request("WS-Discovery Probe", _PROBE),), _ws_discovery),
    UdpService("coap", 5683, "RFC 7252; RFC 6690, 4", (Request("CoAP GET /.well-known/core", _WELL_KNOWN),), _coap),
    UdpService("ubiquiti-discovery", 10001, "Rapid7, Ubiquiti discovery service exposures, 2019",
               (Request("discovery, version 1", b"\1\0\0\0"), Request("discovery, version 2", b"\2\x08\0\0")),
               _ubiquiti),
    UdpService("dhcpdiscover", 37810, "Shadowserver, Accessible DVR DHCPDiscover",
               (Request("DHDiscover.search", _CAMERA_HEADER + _CAMERA),), _camera),
)  # fmt: skip
