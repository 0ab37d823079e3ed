"""Kafka: what a listener tells a client that has not logged in (Kafka protocol guide; KIP-43, KIP-152, KIP-430).

A listener with SASL answers ApiVersions to anybody and hangs up on everything else before a login; asked for a login
mechanism that does not exist, it names those it has. One without SASL answers Metadata, and tells what the access
control lists leave to a client without a name.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.wire.cursor import Cursor, Malformed
from posture.facts.network import Login
from posture.model.text import visible

METADATA, SASL_HANDSHAKE, API_VERSIONS = 3, 17, 18
CLIENT = b"posture-audit"
NO_MECHANISM = b"NONE"  # no mechanism has this name: nothing is begun
_ALL_TOPICS = {0: struct.pack(">i", 0), 1: struct.pack(">i", -1)}  # before and since version 1
_TELLS_RIGHTS = 8  # the version of Metadata since which it does; the last one before "flexible" ones begin
_NOT_TOLD = -(2**31)
_UNSUPPORTED_MECHANISM = 33
_UNSUPPORTED_VERSION = 35
_LEAST_APIS = 10  # a broker has dozens
_MOST = 512 * 1024  # of an answer; brokers before 2.3 are asked for all topics


@dataclass(slots=True)
class _Requests:
    """Requests on one connection."""

    talk: Conversation
    sent: int = 0

    def ask(self, api: int, version: int, body: bytes, shown: str) -> Cursor | None:
        """The answer behind its correlation id; None where what came is no answer to this."""
        self.sent += 1
        answer = self.talk.ask(request(api, version, self.sent, body), _complete, shown)
        if not _complete(answer) or answer[4:8] != struct.pack(">i", self.sent):
            return None
        return Cursor(answer[8 : 4 + int.from_bytes(answer[:4], "big")])


def request(api: int, version: int, correlation: int, body: bytes = b"") -> bytes:
    """A request with header version 1."""
    whole = struct.pack(">hhih", api, version, correlation, len(CLIENT)) + CLIENT + body
    return struct.pack(">i", len(whole)) + whole


def confirm(approach: Approach) -> Confirmed:
    """Ask which requests it knows, then for its metadata; where it hangs up on that, for its login mechanisms."""
    roomy = replace(approach, most=_MOST)
    with roomy.open() as talk:
        asking = _Requests(talk)
        versions = _versions(asking)
        if versions is None:
            return unclear(talk, "asked with ApiVersions", "Kafka")
        seen = _by_metadata(asking, versions)
        if seen is not None:
            return replace(seen, transcript=tuple(talk.transcript), product="Apache Kafka")
        before = Confirmed(Login.UNKNOWN, f"asked for its metadata, it {talk.ended()}", tuple(talk.transcript))
    return replace(_by_mechanisms(roomy, before), product="Apache Kafka")


def _versions(asking: _Requests) -> Mapping[int, int] | None:
    """The newest version of every request the broker knows; None where this is no broker."""
    answer = asking.ask(API_VERSIONS, 0, b"", "ApiVersions")
    if answer is None:
        return None
    try:
        code, count = answer.number(">h"), answer.number(">i")
        if code not in {0, _UNSUPPORTED_VERSION} or count * 6 > answer.left:
            return None
        known = [struct.unpack(">hhh", answer.take(6)) for _ in range(count)]
    except Malformed:
        return None
    versions = {api: newest for api, oldest, newest in known if oldest <= newest}
    return versions if len(versions) >= _LEAST_APIS and METADATA in versions else None


def _by_metadata(asking: _Requests, versions: Mapping[int, int]) -> Confirmed | None:
    """What Metadata shows; None where it is not answered."""
    try:
        if versions[METADATA] >= _TELLS_RIGHTS:
            # No topic is asked for: the answer is short, and none can come into being.
            wanted = struct.pack(">i???", 0, False, True, False)
            answer = asking.ask(METADATA, _TELLS_RIGHTS, wanted, "Metadata of no topic, with our rights")
            if answer is None:
                return None
            if _rights(answer) not in {0, _NOT_TOLD}:
                return Confirmed(Login.NOT_NEEDED, "")
        version = min(1, versions[METADATA])
        answer = asking.ask(METADATA, version, _ALL_TOPICS[version], "Metadata of all topics")
        if answer is None:
            return None
        if _topics(answer, version):
            return Confirmed(Login.NOT_NEEDED, "")
    except Malformed:
        return Confirmed(Login.UNKNOWN, "its metadata cannot be read")
    if versions[METADATA] >= _TELLS_RIGHTS:
        return Confirmed(Login.REQUIRED, "its access control lists leave nothing to a client without a name")
    return Confirmed(Login.UNKNOWN, "it lists no topic: it has none, or shows none to strangers")


def _rights(answer: Cursor) -> int:
    """The operations on the cluster that we may do, as bits, from version 8's answer without topics."""
    answer.take(4)  # throttle time
    for _ in range(_counted(answer)):
        answer.take(4)
        _string(answer)
        answer.take(4)
        _string(answer)
    _string(answer)  # cluster id
    answer.take(4)  # controller
    if _counted(answer):
        raise Malformed("topics nobody asked for")
    return answer.number(">i")


def _topics(answer: Cursor, version: int) -> int:
    """How many topics there are."""
    for _ in range(_counted(answer)):
        answer.take(4)
        _string(answer)
        answer.take(4)
        if version >= 1:
            _string(answer)
    if version >= 1:
        answer.take(4)
    return _counted(answer)


def _counted(answer: Cursor) -> int:
    """The length of an array whose entries have two bytes at least."""
    count = answer.number(">i")
    if not 0 <= count <= answer.left // 2:
        raise Malformed("an array longer than its message")
    return count


def _string(answer: Cursor) -> bytes:
    length = answer.number(">h")
    return b"" if length == -1 else answer.take(length)


def _by_mechanisms(approach: Approach, before: Confirmed) -> Confirmed:
    """Whether it hung up because it wants a login; what was seen before stays where that is not shown."""
    try:
        with approach.open() as talk:
            shown = f"SaslHandshake for mechanism {NO_MECHANISM.decode()}"
            answer = _Requests(talk).ask(SASL_HANDSHAKE, 1, struct.pack(">h", len(NO_MECHANISM)) + NO_MECHANISM, shown)
            transcript = (*before.transcript, *talk.transcript)
    except OSError as error:
        return replace(before, reason=f"{before.reason}; no second connection to it: {error}")
    mechanisms = _mechanisms(answer)
    if mechanisms:
        return replace(before, login=Login.REQUIRED, reason=f"SASL: {mechanisms}", transcript=transcript)
    return replace(before, transcript=transcript)


def _mechanisms(answer: Cursor | None) -> str:
    if answer is None:
        return ""
    try:
        if answer.number(">h") != _UNSUPPORTED_MECHANISM:
            return ""
        names = [_string(answer).decode("utf-8", "backslashreplace") for _ in range(_counted(answer))]
    except Malformed:
        return ""
    return visible(", ".join(names), 120)


def _complete(said: bytes) -> bool:
    """Whether the message that its length announces is there; a negative or absurd length is none to wait for."""
    if len(said) < 8:
        return False
    length = int.from_bytes(said[:4], "big", signed=True)
    return length < 4 or len(said) - 4 >= length


PROTOCOL = Protocol(
    "kafka",
    (9092,),
    "ApiVersions and Metadata; where it hangs up on that, SaslHandshake for a mechanism that does not exist",
    confirm,
    tls_ports=(9093,),
)
