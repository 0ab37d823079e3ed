"""rsync's daemon: which modules open without a password (rsync(1), rsyncd.conf(5), clientserver.c)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login, Transcript

HELLO = b"@RSYNCD: 31.0\n"  # rsync 3.1: what later servers still speak
LIST = b"#list\n"
MOST_MODULES = 10
_GREETING = re.compile(rb"@RSYNCD: (\d{1,3})(?:\.\d{1,5})?[^\n]*\n")
_LISTED = re.compile(rb"^([^\t\n@]{1,255}?)[ ]*\t", re.MULTILINE)  # "%-15s\t%s": the message of the day has no tab
_LIST_ENDS = re.compile(rb"^@(?:RSYNCD: EXIT|ERROR)[^\n]*\n", re.MULTILINE)
_OPENED = re.compile(
    rb"^@(?:RSYNCD: (OK|AUTHREQD|EXIT)|ERROR(?:: (access denied|Unknown module))?)[^\n]*\n", re.MULTILINE
)
_TOLD = {b"OK": "OK", b"AUTHREQD": "AUTHREQD", b"access denied": "DENIED", b"Unknown module": "NONE"}


@dataclass(frozen=True, slots=True)
class _Module:
    """What came of opening one: OK, AUTHREQD, DENIED, NONE, or nothing, as from a server that is full or set up badly.

    NONE is a line of the message of the day that looked like a module.
    """

    name: str
    outcome: str
    transcript: tuple[Transcript, ...]


def confirm(approach: Approach) -> Confirmed:
    """List the modules, and open each of the first ones as far as the word that says whether it needs a password."""
    end = time.monotonic() + 2 * approach.seconds
    with approach.open() as talk:
        if not _greeted(talk):
            return unclear(talk, "once connected", "rsync")
        listing = talk.ask(HELLO + LIST, lambda said: bool(_LIST_ENDS.search(said)), "@RSYNCD: 31.0, #list")
        before = tuple(talk.transcript)
        ended = "" if _LIST_ENDS.search(listing) else talk.ended()
    names = list(dict.fromkeys(name.strip() for name in _LISTED.findall(listing) if name.strip()))
    modules = [_opened(approach, name) for name in names[:MOST_MODULES] if time.monotonic() < end]
    told = tuple(entry for module in modules for entry in module.transcript)
    real = [module for module in modules if module.outcome != "NONE"]
    login, reason = _judged(real, len(names) - len(modules) + len(real), ended)
    return Confirmed(login, reason, before + told)


def _greeted(talk: Conversation) -> bool:
    return bool(_GREETING.match(talk.ask(b"", lambda said: b"\n" in said)))


def _opened(approach: Approach, name: bytes) -> _Module:
    shown = name.decode("utf-8", "backslashreplace")
    try:
        with approach.open() as talk:
            if not _greeted(talk):
                return _Module(shown, "", ())
            asked = f"@RSYNCD: 31.0, {shown}"
            answer = talk.ask(HELLO + name + b"\n", lambda said: bool(_OPENED.search(said)), asked, _without_challenge)
            found = _OPENED.search(answer)
            outcome = _TOLD.get(found[1] or found[2], "") if found else ""
            return _Module(shown, outcome, tuple(talk.transcript[-1:]))
    except OSError:
        return _Module(shown, "", ())


def _without_challenge(answer: bytes) -> bytes:
    return re.sub(rb"(@RSYNCD: AUTHREQD) [^\n]*", rb"\1", answer)


def _judged(modules: list[_Module], listed: int, ended: str) -> tuple[Login, str]:
    more = f"; {listed - len(modules)} more modules were not opened" if listed > len(modules) else ""
    if opened := _names(modules, "OK"):
        return Login.NOT_NEEDED, f"modules that need no password: {opened}{more}"
    if ended:
        return Login.UNKNOWN, f"asked for its modules, it {ended}"
    if not modules:
        return Login.UNKNOWN, "it lists no module; modules that are not listed may need no password"
    if any(not module.outcome for module in modules) or more:
        return Login.UNKNOWN, f"not every module said whether it needs a password{more}"
    if asking := _names(modules, "AUTHREQD"):
        return Login.REQUIRED, f"modules that ask for a password: {asking}"
    return Login.REFUSED, "no listed module lets our address in"


def _names(modules: Iterable[_Module], outcome: str) -> str:
    return ", ".join(module.name for module in modules if module.outcome == outcome)


def greets(greeting: bytes) -> bool:
    """Whether this is the daemon's greeting."""
    return bool(_GREETING.match(greeting))


PROTOCOL = Protocol(
    "rsync",
    (873,),
    f"#list, then the names of the first {MOST_MODULES} modules; nothing is transferred",
    confirm,
    greets=greets,
    seconds=10.0,
)
