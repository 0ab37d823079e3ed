"""MongoDB: `listDatabases` needs a login where there is one (MongoDB manual, Wire Protocol; error codes)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from posture.collect.network.conversation import Conversation, Ending
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.wire.bson import Sent, Value, decoded_document, encoded
from posture.collect.network.wire.cursor import Malformed
from posture.facts.network import Login
from posture.model.text import visible

OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
_HEADER = struct.Struct("<iiii")  # length, request, response to, operation
_REPLY = 20  # bytes of OP_REPLY between header and document
_MOST = 512 * 1024  # of an answer; hosts of many customers have thousands of databases
_MOST_NAMES = 20  # in the evidence
_UNAUTHORIZED, _AUTHENTICATION_FAILED = 13, 18
# Other members of a replica set than its primary answer only who says that they will do.
_SECONDARY_OK = 4  # flag of OP_QUERY
_ANY_MEMBER: Mapping[str, Sent] = {"$readPreference": {"mode": "secondaryPreferred"}}
# Before MongoDB 3.6 (wire version 6) there is no OP_MSG: such a server hangs up on it.

Fields = Mapping[str, Value]
Packed = Callable[[int, Mapping[str, Sent]], bytes]


def op_msg(request: int, command: Mapping[str, Sent]) -> bytes:
    """A command as OP_MSG: no flags, one section of kind 0, database admin."""
    body = struct.pack("<IB", 0, 0) + encoded({**command, "$db": "admin", **_ANY_MEMBER})
    return _HEADER.pack(_HEADER.size + len(body), request, 0, OP_MSG) + body


def op_query(request: int, command: Mapping[str, Sent]) -> bytes:
    """The same as OP_QUERY on admin.$cmd, for servers older than OP_MSG."""
    body = struct.pack("<i", _SECONDARY_OK) + b"admin.$cmd\0" + struct.pack("<ii", 0, -1) + encoded(command)
    return _HEADER.pack(_HEADER.size + len(body), request, 0, OP_QUERY) + body


@dataclass(slots=True)
class _Commands:
    """Commands on one connection, in one of the two forms."""

    talk: Conversation
    packed: Packed
    sent: int = 0

    def ask(self, command: Mapping[str, Sent], shown: str) -> Fields | None:
        """The answer's document; None where what came is none."""
        self.sent += 1
        answer = self.talk.ask(self.packed(self.sent, command), _complete, shown, _readable)
        return _document(answer, self.sent)


def confirm(approach: Approach) -> Confirmed:
    """Ask who it is (hello), which version (buildInfo), and for the names of its databases."""
    roomy = replace(approach, most=_MOST)
    with roomy.open() as talk:
        asking = _Commands(talk, op_msg)
        hello = asking.ask({"hello": 1}, "hello")
        if hello is not None and "ok" in hello:
            return _asked(asking)
        if talk.transcript[-1].received or talk.ending is not Ending.CLOSED:
            return unclear(talk, "asked with hello", "MongoDB")
    return _in_old_form(roomy)


def _in_old_form(approach: Approach) -> Confirmed:
    with approach.open() as talk:
        asking = _Commands(talk, op_query)
        hello = asking.ask({"isMaster": 1}, "isMaster (OP_QUERY)")
        if hello is None or not {"ok", "ismaster"} <= hello.keys():
            return unclear(talk, "asked with hello and with isMaster", "MongoDB")
        return _asked(asking)


def _asked(asking: _Commands) -> Confirmed:
    about = asking.ask({"buildInfo": 1}, "buildInfo") or {}
    version = about.get("version")
    listed = asking.ask({"listDatabases": 1, "nameOnly": True}, "listDatabases, names only")
    login, reason = _judged(listed, asking.talk)
    return Confirmed(
        login,
        reason,
        tuple(asking.talk.transcript),
        product="MongoDB",
        version=visible(version, 40) if isinstance(version, str) else "",
    )


def _judged(listed: Fields | None, talk: Conversation) -> tuple[Login, str]:
    if listed is None:
        return Login.UNKNOWN, f"asked for its databases, it {talk.ended()}"
    if listed.get("ok") == 1:
        return Login.NOT_NEEDED, ""
    code, message = listed.get("code"), str(listed.get("errmsg", ""))
    # Servers older than 3.4 give no code with this refusal, or only the message.
    if code in {_UNAUTHORIZED, _AUTHENTICATION_FAILED} or message.startswith(("not authorized", "unauthorized")):
        return Login.REQUIRED, ""
    return Login.UNKNOWN, f"asked for its databases, it answered with error {code!r}: {visible(message, 120)}"


def _complete(said: bytes) -> bool:
    """Whether the message that its length announces is there, or what came can be none."""
    if len(said) < _HEADER.size:
        return False
    length, _, _, operation = _HEADER.unpack_from(said)
    return operation not in {OP_REPLY, OP_MSG} or len(said) >= length


def _readable(answer: bytes) -> bytes:
    """An answer's plain fields, and the names in its list of databases; what is none as it is."""
    fields = _document(answer, int.from_bytes(answer[8:12], "little", signed=True))
    if fields is None:
        return answer
    shown = [f"{name}: {value}" for name, value in fields.items() if not isinstance(value, bytes)]
    listed = fields.get("databases")
    if isinstance(listed, bytes):
        shown.insert(0, _names(listed))
    return "\n".join(shown).encode("utf-8", "backslashreplace")


def _names(listed: bytes) -> str:
    """How many databases there are, and the names of the first."""
    try:
        each = [one for one in decoded_document(listed).values() if isinstance(one, bytes)]
        names = [str(decoded_document(one).get("name", "")) for one in each[:_MOST_NAMES]]
    except Malformed:
        return "databases: a list that cannot be read"
    return f"databases ({len(each)}): {', '.join(names)}"


def _document(answer: bytes, request: int) -> Fields | None:
    if len(answer) < _HEADER.size:
        return None
    length, _, answered, operation = _HEADER.unpack_from(answer)
    start = _HEADER.size + (_REPLY if operation == OP_REPLY else 5)
    if operation not in {OP_REPLY, OP_MSG} or answered != request or not start < length <= len(answer):
        return None
    if operation == OP_MSG and answer[start - 1] != 0:  # section kind
        return None
    try:
        return decoded_document(answer[start:length])
    except Malformed:
        return None


PROTOCOL = Protocol(
    "mongodb",
    (27017, 27018, 27019),
    "hello, buildInfo and listDatabases with names only; to servers before 3.6 isMaster instead of hello",
    confirm,
    aliases=("mongod",),
)
