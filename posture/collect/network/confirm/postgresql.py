"""PostgreSQL: what a start-up message without credentials gets (PostgreSQL manual, Frontend/Backend Protocol)."""

from __future__ import annotations

import struct

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

SSL_REQUEST = struct.pack(">ii", 8, 80877103)
_PARAMETERS = b"user\0postgres\0database\0postgres\0application_name\0posture\0\0"
STARTUP = struct.pack(">ii", 8 + len(_PARAMETERS), 3 << 16) + _PARAMETERS
TERMINATE = b"X" + struct.pack(">i", 4)
_NOT_LET_IN = b"28000"  # SQLSTATE invalid_authorization_specification: pg_hba.conf has no entry or rejects
# The entry is looked up by database and user too: "host app app 0.0.0.0/0 trust" answers us with this very error.
NOT_POSTGRES = "reachable: user postgres is not let in; other users were not tried"


def confirm(approach: Approach) -> Confirmed:
    """Ask for TLS, start a session for user postgres without any password, and end it.

    A refusal is never one of our address: pg_hba.conf is asked for database, user and address together.
    """
    with approach.open() as talk:
        tls = talk.ask(SSL_REQUEST, bool, "SSLRequest")
        if tls not in {b"S", b"N"}:
            return unclear(talk, "asked with SSLRequest", "PostgreSQL")
        try:
            if tls == b"S":
                talk.start_tls()
        except OSError as error:
            # One letter is no proof: a slow server of another kind may have begun with it.
            reason = f"it offers TLS and fails at it: {error}"
            return Confirmed(Login.UNKNOWN, reason, tuple(talk.transcript), speaks=False)
        answer = talk.ask(STARTUP, _complete, "StartupMessage user=postgres database=postgres", _first_message)
        talk.say(TERMINATE)
        return _judged(answer, talk)


def _judged(answer: bytes, talk: Conversation) -> Confirmed:
    transcript = tuple(talk.transcript)
    if not _complete(answer) or answer[:1] not in b"RE":
        return unclear(talk, "asked to start a session", "PostgreSQL")
    if answer[:1] == b"R":
        trusted = answer[5:9] == bytes(4)  # AuthenticationOk; every other request is for some proof
        return Confirmed(Login.NOT_NEEDED if trusted else Login.REQUIRED, "", transcript)
    fields = {part[:1]: part[1:] for part in answer[5:].split(b"\0") if part}
    if fields.get(b"C") != _NOT_LET_IN:
        return Confirmed(Login.UNKNOWN, "it answered the start of a session with an error", transcript)
    if b"certificate" in fields.get(b"M", b"").lower():
        return Confirmed(Login.REQUIRED, "it asks for a client certificate", transcript)
    return Confirmed(Login.REQUIRED, NOT_POSTGRES, transcript)


def _complete(answer: bytes) -> bool:
    """Whether the first message, type and length before it, is there."""
    if len(answer) < 9:
        return False
    return answer[:1] not in b"RE" or len(answer) > int.from_bytes(answer[1:5], "big")


def _first_message(answer: bytes) -> bytes:
    """Without what follows a login: parameters, and the key that cancels the session's queries."""
    return answer[: 1 + int.from_bytes(answer[1:5], "big")]


PROTOCOL = Protocol(
    "postgresql", (5432,), "SSLRequest, a StartupMessage for user postgres without password, Terminate", confirm
)
