"""Remote Desktop: whether it lets strangers come as far as the login screen (MS-RDPBCGR, 2.2.1.1 and 2.2.1.2)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login, Transcript

STANDARD, TLS, CREDSSP = 0, 1, 3  # requestedProtocols; CredSSP goes with TLS
_LABELS = {STANDARD: "standard RDP security", TLS: "TLS", CREDSSP: "CredSSP (NLA)"}
_CONFIRM, _RESPONSE, _FAILURE = 0xD0, 2, 3
_SELECTED = {STANDARD: {0}, TLS: {1}, CREDSSP: {2, 8}}
_NAMES = {0: "PROTOCOL_RDP", 1: "PROTOCOL_SSL", 2: "PROTOCOL_HYBRID", 8: "PROTOCOL_HYBRID_EX"}
_FAILURES = {
    1: "SSL_REQUIRED_BY_SERVER", 2: "SSL_NOT_ALLOWED_BY_SERVER", 3: "SSL_CERT_NOT_ON_SERVER", 4: "INCONSISTENT_FLAGS",
    5: "HYBRID_REQUIRED_BY_SERVER", 6: "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
}  # fmt: skip
_HEADER = 4  # TPKT: version 3, reserved, length of the whole in two bytes


@dataclass(frozen=True, slots=True)
class _Offer:
    """What came of asking for one kind of security: `speaks` RDP, and `taken` it was."""

    speaks: bool
    taken: bool
    because: str
    transcript: tuple[Transcript, ...]


def confirm(approach: Approach) -> Confirmed:
    """Ask for each kind of security on a connection of its own, and close it before the security begins."""
    with approach.open() as talk:
        first = _offered(talk, CREDSSP)
        if not first.speaks:
            return unclear(talk, "asked for a connection", "RDP")
    offers = {CREDSSP: first}
    for kind in (TLS, STANDARD):
        with approach.open() as talk:
            offers[kind] = _offered(talk, kind)
    transcript = tuple(entry for offer in offers.values() for entry in offer.transcript)
    without = [_LABELS[kind] for kind in (TLS, STANDARD) if offers[kind].taken]
    if without:
        reason = f"Network Level Authentication is not required: it accepts {' and '.join(without)}"
        return Confirmed(Login.REQUIRED, reason, transcript, weakness="no-nla")
    unheard = [offer.because for offer in offers.values() if not offer.speaks]
    if unheard or not first.taken:
        reason = unheard[0] if unheard else "it accepts no kind of security that was asked for"
        return Confirmed(Login.UNKNOWN, reason, transcript)
    return Confirmed(Login.REQUIRED, "Network Level Authentication is required", transcript)


def request(kind: int) -> bytes:
    """An X.224 connection request with RDP_NEG_REQ, without cookie."""
    negotiation = struct.pack("<BBHI", 1, 0, 8, kind)
    tpdu = b"\xe0\0\0\0\0\0" + negotiation
    return struct.pack(">BBHB", 3, 0, _HEADER + 1 + len(tpdu), len(tpdu)) + tpdu


def _offered(talk: Conversation, kind: int) -> _Offer:
    shown = f"connection request for {_LABELS[kind]}"
    answer = talk.ask(request(kind), _complete, shown, _told)
    transcript = tuple(talk.transcript)
    if not _is_confirm(answer):
        return _Offer(False, False, f"asked for {_LABELS[kind]}, it {talk.ended()}", transcript)
    if len(answer) < 19:  # no negotiation in the answer: an RDP before 5.2, which knows standard security only
        return _Offer(True, kind == STANDARD, "", transcript)
    what, value = answer[11], int.from_bytes(answer[15:19], "little")
    return _Offer(True, what == _RESPONSE and value in _SELECTED[kind], "", transcript)


def _is_confirm(answer: bytes) -> bool:
    if not _complete(answer) or answer[:2] != b"\3\0" or len(answer) < 11 or answer[5] != _CONFIRM:
        return False
    return answer[4] == 6 or (answer[4] == 14 and len(answer) >= 19 and answer[11] in {_RESPONSE, _FAILURE})


def _complete(answer: bytes) -> bool:
    """Whether the announced length is there, or this is no TPKT."""
    if len(answer) < _HEADER:
        return not b"\3\0".startswith(answer[:2]) and not answer.startswith(b"\3\0")
    return not answer.startswith(b"\3\0") or len(answer) >= int.from_bytes(answer[2:4], "big")


def _told(answer: bytes) -> bytes:
    """The outcome in the specification's words: the answer is binary."""
    if not _is_confirm(answer):
        return answer[:64]
    if len(answer) < 19:
        return b"connection confirm without negotiation"
    value = int.from_bytes(answer[15:19], "little")
    if answer[11] == _RESPONSE:
        return f"selected {_NAMES.get(value, value)}".encode()
    return f"failed: {_FAILURES.get(value, value)}".encode()


PROTOCOL = Protocol(
    "ms-wbt-server",
    (3389,),
    "three connection requests: for CredSSP, TLS and standard RDP security",
    confirm,
    aliases=("rdp", "ms-term-serv"),
)
