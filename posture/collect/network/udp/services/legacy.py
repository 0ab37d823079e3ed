"""The small services of inetd: echo, daytime, quote of the day, character generator, time."""

from __future__ import annotations

import re
from itertools import pairwise

from posture.collect.network.udp.request import Answers, Recognised, Request, UdpService, first
from posture.facts.network import Login

_ECHOED = b"posture asks for an echo\n"
_WORD = re.compile(rb"[A-Za-z]{3}")
_CLOCK = re.compile(rb"\d{1,2}:\d{2}")
_LINE = Request("one empty line", b"\n")
_OPEN = Recognised(Login.NOT_NEEDED)
_MOST_TEXT = 512  # bytes: RFC 864, RFC 865
_YEAR_2000 = 3_155_673_600  # seconds since 1900
_IN_ORDER = 8  # characters in a row that follow each other


def _echo(answers: Answers) -> Recognised | None:
    return _OPEN if first(answers) == _ECHOED else None


def _daytime(answers: Answers) -> Recognised | None:
    said = first(answers)
    return _OPEN if len(said) <= _MOST_TEXT and _readable(said) and _CLOCK.search(said) else None


def _quote(answers: Answers) -> Recognised | None:
    said = first(answers)
    return _OPEN if _WORD.search(said) and _readable(said) else None


def _characters(answers: Answers) -> Recognised | None:
    """The pattern counts up through the printable characters, whatever its start and line length."""
    said = first(answers)
    if not _readable(said):
        return None
    run = 1
    for before, after in pairwise(said):
        run = run + 1 if after == before + 1 or (before >= 0x7D and after in {0x20, 0x21}) else 1
        if run >= _IN_ORDER:
            return _OPEN
    return None


def _time(answers: Answers) -> Recognised | None:
    said = first(answers)
    return _OPEN if len(said) == 4 and int.from_bytes(said, "big") > _YEAR_2000 else None


def _readable(said: bytes) -> bool:
    return all(byte >= 0x20 or byte in b"\t\r\n" for byte in said)


LEGACY = (
    UdpService("echo", 7, "RFC 862", (Request("a line to be echoed", _ECHOED),), _echo),
    UdpService("daytime", 13, "RFC 867", (_LINE,), _daytime),
    UdpService("qotd", 17, "RFC 865; CISA TA14-017A", (_LINE,), _quote),
    UdpService("chargen", 19, "RFC 864; CISA TA14-017A", (_LINE,), _characters),
    UdpService("time", 37, "RFC 868", (_LINE,), _time),
)
