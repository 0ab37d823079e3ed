"""VNC: which security types a display offers (RFC 6143, 7.1; the RFB community's specification for VeNCrypt)."""

from __future__ import annotations

import re

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

_VERSION = re.compile(rb"RFB (\d{3})\.(\d{3})\n")
_NONE, _VNC, _VENCRYPT = 1, 2, 19
_TYPES = {
    1: "None", 2: "VNC Authentication", 5: "RA2", 6: "RA2ne", 16: "Tight", 17: "Ultra", 18: "TLS", 19: "VeNCrypt",
    20: "SASL", 21: "MD5", 22: "xvp", 30: "Apple Diffie-Hellman", 33: "Apple", 35: "Apple Kerberos", 36: "Apple SRP",
    129: "RA256", 130: "RA256ne",
}  # fmt: skip
_ENCRYPTED = {5, 18, 129}  # types whose session is encrypted as a whole
_PASSWORDS = {2, 5, 6, 17, 18, 20, 21, 22, 30, 33, 35, 36, 129, 130}  # types that ask for something
_SUBTYPES = {
    256: "Plain", 257: "TLSNone", 258: "TLSVnc", 259: "TLSPlain", 260: "X509None", 261: "X509Vnc", 262: "X509Plain",
    263: "TLSSASL", 264: "X509SASL",
}  # fmt: skip
_SUB_NONE = {1, 257, 260}
_SUB_IN_CLEAR = {2, 256}
MOST_SUBTYPES = 64


def confirm(approach: Approach) -> Confirmed:
    """Read the version and the types offered; no password is tried and no type chosen but VeNCrypt, for its list."""
    with approach.open() as talk:
        said = talk.ask(b"", lambda heard: len(heard) >= 12)
        found = _VERSION.fullmatch(said[:12])
        if not found:
            return unclear(talk, "once connected", "VNC")
        major, minor = int(found[1]), int(found[2])
        version = f"{major}.{minor}"
        login, reason, weakness = _oldest(talk) if (major, minor) < (3, 7) else _listed(talk, (major, minor) > (3, 7))
        return Confirmed(login, reason, tuple(talk.transcript), version=version, weakness=weakness)


_Judged = tuple[Login, str, str]


def _oldest(talk: Conversation) -> _Judged:
    """RFB 3.3: the server chooses one type."""
    answer = talk.ask(b"RFB 003.003\n", lambda said: len(said) >= 4)
    if len(answer) < 4:
        return Login.UNKNOWN, f"it named no security type and {talk.ended()}", ""
    chosen = int.from_bytes(answer[:4], "big")
    return _judged([chosen], []) if chosen else _turned_away(answer[8:])


def _listed(talk: Conversation, newest: bool) -> _Judged:
    words = b"RFB 003.008\n" if newest else b"RFB 003.007\n"
    answer = talk.ask(words, lambda said: bool(said) and len(said) > said[0] and (said[0] > 0 or _reason_there(said)))
    if not answer or len(answer) <= answer[0]:
        return Login.UNKNOWN, f"it listed no security types and {talk.ended()}", ""
    types = list(answer[1 : 1 + answer[0]])
    if not types:
        return _turned_away(answer[5:])
    subtypes = _of_vencrypt(talk) if _VENCRYPT in types and _NONE not in types else []
    return _judged(types, subtypes)


def _reason_there(said: bytes) -> bool:
    return len(said) >= 5 and len(said) >= 5 + int.from_bytes(said[1:5], "big")


def _of_vencrypt(talk: Conversation) -> list[int]:
    """The sub-types of VeNCrypt 0.2; empty where it does not tell."""
    if talk.ask(bytes([_VENCRYPT]), lambda said: len(said) >= 2, "VeNCrypt") != b"\0\2":
        return []
    answer = talk.ask(b"\0\2", lambda said: len(said) >= 2 and len(said) >= 2 + 4 * said[1], "VeNCrypt version 0.2")
    if len(answer) < 2 or answer[0] or answer[1] > MOST_SUBTYPES or len(answer) < 2 + 4 * answer[1]:
        return []
    return [int.from_bytes(answer[at : at + 4], "big") for at in range(2, 2 + 4 * answer[1], 4)]


def _judged(types: list[int], subtypes: list[int]) -> _Judged:
    offered = ", ".join(
        [_TYPES.get(kind, f"type {kind}") for kind in types]
        + [_SUBTYPES.get(kind, f"sub-type {kind}") for kind in subtypes]
    )
    says = f"it offers {offered}"
    if _NONE in types or _SUB_NONE & set(subtypes):
        return Login.NOT_NEEDED, says, ""
    asking = _PASSWORDS & set(types) or (subtypes and set(subtypes) <= set(_SUBTYPES) | {_VNC})
    if not asking or (_VENCRYPT in types and not subtypes):
        return Login.UNKNOWN, f"{says}; whether one of them needs no password was not told", ""
    others = set(types) - {_VENCRYPT}
    in_clear = bool(others - _ENCRYPTED) or bool(_SUB_IN_CLEAR & set(subtypes))
    return Login.REQUIRED, says, "plain-login" if in_clear else ""


def _turned_away(reason: bytes) -> _Judged:
    because = f": {reason[:80].decode('latin-1')}" if reason else ""
    return Login.UNKNOWN, f"it turned the connection away before naming a security type{because}", ""


def greets(greeting: bytes) -> bool:
    """Whether this is a version of the RFB protocol."""
    return bool(_VERSION.match(greeting))


PROTOCOL = Protocol(
    "vnc",
    tuple(range(5900, 5906)),
    "its version of RFB, so that it lists security types; VeNCrypt is chosen for its list",
    confirm,
    aliases=("vnc-1", "vnc-2", "vnc-3"),
    greets=greets,
)
