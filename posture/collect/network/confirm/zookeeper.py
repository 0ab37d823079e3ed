"""ZooKeeper: `srvr` says what it is, reading the root's children whether a login is needed.

Sources: ZooKeeper Administrator's Guide (four letter words, enforce.auth.enabled) and zookeeper.jute (ConnectRequest,
RequestHeader, GetChildrenRequest). `srvr` is answered whatever access control the data has, so it does not decide.
"""

from __future__ import annotations

import re
import struct
from dataclasses import replace

from posture.collect.network.conversation import Conversation, Ending
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.wire.cursor import Cursor, Malformed
from posture.facts.network import Login

SRVR = b"srvr"
_SESSION_SECONDS = 4  # the server's least is twice its tick, 4 s unless it was changed: a session we lose ends soon
_PASSWORD = 16  # bytes that every session has; none for a new one
# protocol version, last transaction seen, timeout in ms, session (0: new), its password, read-only servers are fine
CONNECT = struct.pack(">iqiqi", 0, 0, _SESSION_SECONDS * 1000, 0, _PASSWORD) + bytes(_PASSWORD) + b"\x01"
_XID = 1
GET_CHILDREN = struct.pack(">iii", _XID, 8, 1) + b"/" + b"\0"  # the path with its length, no watch
CLOSE_SESSION = struct.pack(">ii", 2, -11)
_MOST_NAMES = 10  # in the evidence
_SAID_VERSION = re.compile(rb"\AZookeeper version: v?(\d[\w.]*)")
_NOT_LISTED = re.compile(rb"\A\w+ is not executed because it is not in the whitelist")
_NOT_SERVING = b"This ZooKeeper instance is not currently serving requests"
_NO_AUTH, _AUTH_FAILED, _WANTS_SASL = -102, -115, -124
_REFUSALS = {
    _NO_AUTH: "its root is closed to strangers by an access control list; other paths were not tried",
    _AUTH_FAILED: "",
    _WANTS_SASL: "",
}


def confirm(approach: Approach) -> Confirmed:
    """Ask srvr, then open a session on a second connection, ask for the names below the root, and close it."""
    with approach.open() as talk:
        said = talk.ask(SRVR, _srvr_ended, "srvr")
        version = _SAID_VERSION.match(said)
        known = bool(version or _NOT_LISTED.match(said) or said.startswith(_NOT_SERVING))
        if not known and (said or talk.ending is not Ending.CLOSED):
            return unclear(talk, "asked with srvr", "ZooKeeper")
        before = tuple(talk.transcript)
    seen = _in_session(approach, known=known)
    number = version[1].decode().removesuffix(".") if version else ""
    return replace(
        seen,
        transcript=(*before, *seen.transcript),
        product="Apache ZooKeeper" if seen.speaks else "",
        version=number,
    )


def _in_session(approach: Approach, *, known: bool) -> Confirmed:
    try:
        with approach.open() as talk:
            return _asked(talk, known=known)
    except OSError as error:
        return Confirmed(Login.UNKNOWN, f"no second connection to it: {error}", speaks=known)


def _asked(talk: Conversation, *, known: bool) -> Confirmed:
    opened = _packet(talk.ask(_framed(CONNECT), _packet_there, "a session", _unnamed))
    if opened is None or len(opened) < 36 or opened[16:20] != struct.pack(">i", _PASSWORD):
        seen = unclear(talk, "asked for a session", "ZooKeeper")
        return replace(seen, speaks=known)
    if opened[4:8] == bytes(4):  # a timeout of 0: the session was not given
        return Confirmed(Login.UNKNOWN, "it gave no session", tuple(talk.transcript))
    reply = _packet(talk.ask(_framed(GET_CHILDREN), _packet_there, "getChildren of /", _names))
    talk.say(_framed(CLOSE_SESSION))
    if reply is None or len(reply) < 16 or reply[:4] != struct.pack(">i", _XID):
        return Confirmed(
            Login.UNKNOWN, f"asked for the names below its root, it {talk.ended()}", tuple(talk.transcript)
        )
    code = int.from_bytes(reply[12:16], "big", signed=True)
    return Confirmed(*_judged(code), tuple(talk.transcript))


def _judged(code: int) -> tuple[Login, str]:
    if code == 0:
        return Login.NOT_NEEDED, ""
    if code in _REFUSALS:
        return Login.REQUIRED, _REFUSALS[code]
    return Login.UNKNOWN, f"asked for the names below its root, it answered with error {code}"


def _srvr_ended(said: bytes) -> bool:
    """Whether enough of the answer is there: its last line, a refusal, or something else altogether."""
    if said.startswith(b"Zookeeper version:"):
        return b"Node count:" in said and said.endswith(b"\n")
    return b"\n" in said or len(said) > 80


def _framed(body: bytes) -> bytes:
    return struct.pack(">i", len(body)) + body


def _packet_there(said: bytes) -> bool:
    return len(said) >= 4 and len(said) - 4 >= int.from_bytes(said[:4], "big", signed=True)


def _packet(said: bytes) -> bytes | None:
    if len(said) < 4:
        return None
    length = int.from_bytes(said[:4], "big", signed=True)
    return said[4 : 4 + length] if 0 <= length <= len(said) - 4 else None


def _unnamed(said: bytes) -> bytes:
    """Without the session's number and password, with which it could be taken over while it lasts."""
    return said[:12]


def _names(said: bytes) -> bytes:
    """The names in an answer to getChildren, a line each; anything else as it is."""
    reply = Cursor(_packet(said) or b"", 12)
    try:
        if reply.number(">i"):
            return said
        return b"\n".join(
            [b"error 0, names:", *(reply.sized(">i") for _ in range(min(reply.number(">i"), _MOST_NAMES)))]
        )
    except Malformed:
        return said


PROTOCOL = Protocol(
    "zookeeper",
    (2181,),
    "srvr; then a session, getChildren of /, and the end of the session",
    confirm,
    tls_ports=(2281,),
)
