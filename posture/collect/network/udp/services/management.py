"""IPMI: which logins a management controller offers to strangers (IPMI 2.0, 13.12 and 22.13 to 22.15)."""

from __future__ import annotations

from posture.collect.network.udp.request import Answers, Recognised, Request, UdpService
from posture.facts.network import Login

_RMCP_ASF, _RMCP_IPMI = bytes.fromhex("0600ff06"), bytes.fromhex("0600ff07")
_PING = _RMCP_ASF + bytes.fromhex("000011be 80 00 00 00")
_PONG = bytes.fromhex("000011be 40")
_NO_SESSION = bytes(9)  # authentication type none, session sequence and number zero
_APP_RESPONSE = 0x1C
_CAPABILITIES, _CIPHERS = 0x38, 0x54
_STANDARD, _OEM = 0xC0, 0xC1  # how the record of a cipher suite begins


def _message(command: int, *data: int) -> bytes:
    head = bytes((0x20, 0x18))  # to the controller, network function App
    body = bytes((0x81, 0x00, command, *data))
    message = head + bytes((_checksum(head),)) + body + bytes((_checksum(body),))
    return _RMCP_IPMI + _NO_SESSION + bytes((len(message),)) + message


def _checksum(part: bytes) -> int:
    return -sum(part) & 0xFF


def _ipmi(answers: Answers) -> Recognised | None:
    pongs, capabilities, ciphers = answers
    asked = [data for raw in capabilities if (data := _data(raw, _CAPABILITIES)) is not None]
    suites = [data for raw in ciphers if (data := _data(raw, _CIPHERS)) is not None]
    if not asked and not suites and not any(map(_is_pong, pongs)):
        return None
    weakness, version = [], ""
    for data in (one for one in asked if len(one) >= 3):
        version = "2.0" if data[1] & 0x80 else "1.5"
        weakness = (["no-authentication"] if data[1] & 0x01 else []) + (["anonymous-login"] if data[2] & 0x01 else [])
    if any(map(_offers_cipher_zero, suites)):
        weakness.append("cipher-zero")
    return Recognised(Login.UNKNOWN, "no login was tried", "", version, " ".join(weakness))


def _is_pong(raw: bytes) -> bool:
    return len(raw) >= 12 and raw[:4] == _RMCP_ASF and raw[4:9] == _PONG


def _data(raw: bytes, command: int) -> bytes | None:
    """What a response to this command holds; empty when the controller refused the command, None if it is none."""
    if len(raw) < 22 or raw[:4] != _RMCP_IPMI or len(raw) < 14 + raw[13]:
        return None
    message = raw[14 : 14 + raw[13]]
    if len(message) < 8 or message[1] >> 2 != _APP_RESPONSE >> 2 or message[5] != command:
        return None
    return message[7:-1] if message[6] == 0 else b""


def _offers_cipher_zero(data: bytes) -> bool:
    """Whether the first records, after the channel number, have suite 0: login without a check of the password."""
    return data[1:2] in {bytes((_STANDARD,)), bytes((_OEM,))} and data[2:3] == b"\0"


MANAGEMENT = UdpService(
    "asf-rmcp",
    623,
    "IPMI 2.0, 13.12, 22.13, 22.15; CISA TA13-207A",
    (
        Request("RMCP ping", _PING),
        Request("IPMI channel authentication capabilities", _message(_CAPABILITIES, 0x8E, 0x04)),
        Request("IPMI channel cipher suites", _message(_CIPHERS, 0x0E, 0x00, 0x80)),
    ),
    _ipmi,
)
