"""Replies of three digits and text, as FTP, SMTP and NNTP give them (RFC 959, 4.2; RFC 5321, 4.2.1)."""

from __future__ import annotations

import re

from posture.collect.network.conversation import Conversation

_LAST_LINE = re.compile(rb"^(\d{3})(?: [^\n]*|\r)?\n", re.MULTILINE)  # in a reply of several lines the others have "-"


def reply(talk: Conversation, command: bytes) -> tuple[int, bytes]:
    """The code of the reply to a command (0 if there is none) and the whole reply; an empty command waits for one."""
    answer = talk.ask(command, lambda said: bool(_LAST_LINE.search(said)))
    found = _LAST_LINE.search(answer)
    return (int(found[1]), answer) if found else (0, answer)
