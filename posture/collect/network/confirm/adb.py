"""Android's debugging bridge: whether it gives anyone a shell (AOSP, packages/modules/adb/protocol.txt)."""

from __future__ import annotations

import struct

from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

_HEADER = 24
_DATA = b"host::\0"
_ASKS = {b"AUTH": "it asks for a key that its owner has let in", b"STLS": "it asks for TLS with a key it knows"}


def message(command: bytes, version: int, most: int, data: bytes) -> bytes:
    """A message: the command as four letters, two numbers, the data with its sum, and the command inverted."""
    number = int.from_bytes(command, "little")
    return struct.pack("<4sIIIII", command, version, most, len(data), sum(data), number ^ 0xFFFF_FFFF) + data


def confirm(approach: Approach) -> Confirmed:
    """Say CONNECT and read whether it is accepted or a key is asked for; no shell is opened and no key shown."""
    with approach.open() as talk:
        hello = message(b"CNXN", 0x0100_0000, 4096, _DATA)
        answer = talk.ask(hello, _complete, "CNXN host::", lambda said: said[:4] + b" " + said[_HEADER:])
        command = answer[:4]
        inverted = (int.from_bytes(command, "little") ^ 0xFFFF_FFFF).to_bytes(4, "little")
        if not _complete(answer) or answer[20:_HEADER] != inverted or answer.startswith(hello):  # an echo
            return unclear(talk, "asked to connect", "ADB")
        if command == b"CNXN":
            return Confirmed(Login.NOT_NEEDED, "", tuple(talk.transcript), product="Android Debug Bridge")
        if command in _ASKS:
            return Confirmed(Login.REQUIRED, _ASKS[command], tuple(talk.transcript), product="Android Debug Bridge")
        return unclear(talk, "asked to connect", "ADB")


def _complete(answer: bytes) -> bool:
    return len(answer) >= _HEADER and len(answer) >= _HEADER + int.from_bytes(answer[12:16], "little")


PROTOCOL = Protocol("adb", (5555,), "CNXN host::, its connect message", confirm)
