"""Whether a server still speaks SMB 1, which its makers have given up (MS-CIFS, 2.2.4.52; KB2696547)."""

from __future__ import annotations

import struct

from posture.collect.network.conversation import Conversation
from posture.collect.network.smb.transport import framed, frames, is_framed

_DIALECT = b"\2NT LM 0.12\0"
_HEADER = b"\xffSMB\x72" + bytes(4) + b"\x18\x01\x28" + bytes(12) + b"\xff\xff\xfe\xff\0\0\0\0"
_IS_ANSWER = 0x80  # flag SMB_FLAGS_REPLY (MS-CIFS, 2.2.3.1)
NEGOTIATE = framed(_HEADER + b"\0" + struct.pack("<H", len(_DIALECT)) + _DIALECT)


def accepted(talk: Conversation) -> bool | None:
    """Whether it takes the only dialect offered; None where it does not answer in SMB 1, which turns it down too."""
    answer = talk.ask(NEGOTIATE, lambda said: not is_framed(said) or any(frames(said)), "SMB 1 negotiate", _told)
    return _chosen(answer)


def _chosen(answer: bytes) -> bool | None:
    message = next(frames(answer), b"")
    if not message.startswith(b"\xffSMB\x72") or len(message) < 35 or not message[9] & _IS_ANSWER:
        return None
    return message[32] > 0 and message[33:35] != b"\xff\xff"


def _told(answer: bytes) -> bytes:
    return {True: b"SMB 1, accepted", False: b"SMB 1, turned down", None: answer[:64]}[_chosen(answer)]
