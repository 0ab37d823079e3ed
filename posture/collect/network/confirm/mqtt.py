"""MQTT: what a broker says to a client without a name (MQTT 3.1.1, sections 3.1 and 3.2; MQTT 5.0, section 3.2)."""

from __future__ import annotations

import struct

from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

CLIENT = b"posture-audit"  # at most 23 letters and digits are sure to be taken; brokers take a dash
_CLEAN_SESSION, _KEEP_ALIVE = 0x02, 10
_ABOUT = struct.pack(">H4sBBH", 4, b"MQTT", 4, _CLEAN_SESSION, _KEEP_ALIVE) + struct.pack(">H", len(CLIENT)) + CLIENT
CONNECT = bytes((0x10, len(_ABOUT))) + _ABOUT
DISCONNECT = b"\xe0\x00"
_CONNACK = 0x20
_WRONG_VERSION, _ID_REJECTED, _UNAVAILABLE = 1, 2, 3
_REASONS = {
    _WRONG_VERSION: "it does not speak MQTT 3.1.1",
    _ID_REJECTED: "it does not take the client's name posture-audit",
    _UNAVAILABLE: "it says that it is not available; audit it again later",
    0x84: "it does not speak MQTT 3.1.1",
}
_REFUSED = {4, 5, 0x86, 0x87}  # bad user name or password, not authorized; the last two by version 5


def confirm(approach: Approach) -> Confirmed:
    """Connect without a name and password, and leave: nothing is subscribed to, nothing published."""
    with approach.open() as talk:
        answer = talk.ask(CONNECT, _complete, f"CONNECT as {CLIENT.decode()}, no user name")
        if not _is_connack(answer):
            return unclear(talk, "asked with CONNECT", "MQTT")
        talk.say(DISCONNECT)
        code, transcript = answer[3], tuple(talk.transcript)
    if code == 0:
        return Confirmed(Login.NOT_NEEDED, "", transcript)
    if code in _REFUSED:
        return Confirmed(Login.REQUIRED, "", transcript)
    return Confirmed(Login.UNKNOWN, _REASONS.get(code, f"it answered with code {code}"), transcript)


def _complete(said: bytes) -> bool:
    """Whether the first packet is there, whose length fits one byte, or what came is none."""
    return len(said) >= 2 and (said[0] != _CONNACK or len(said) >= 2 + said[1])


def _is_connack(said: bytes) -> bool:
    """Version 3.1.1 has two bytes after the length; version 5 adds properties to the same two."""
    if len(said) < 4 or said[0] != _CONNACK or said[1] & 0x80 or len(said) != 2 + said[1]:
        return False
    return said[2] == 0 and (said[1] == 2 or said[3] >= 0x80)


PROTOCOL = Protocol(
    "mqtt",
    (1883,),
    f"CONNECT as client {CLIENT.decode()} without a user name, DISCONNECT",
    confirm,
    tls_ports=(8883,),
)
