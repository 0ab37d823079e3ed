"""How one application is recognised on a web server, and how it is told whether it lets strangers in."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from posture.collect.network.web.answer import Answer, Reply, Request, Sign, Silence
from posture.facts.network import Application, Login, Transcript
from posture.model.text import visible

LONGEST_VERSION = 60


@dataclass(frozen=True, slots=True)
class Question:
    """One read-only request, and what answers to it mean; of several signs one is enough.

    `known`: it is this application. `open`: it is, and it gave data or control to a stranger. `closed`: it asks for a
    login, which counts once it is known. `version` is a pattern whose group is the version.
    """

    path: str
    known: tuple[Sign, ...] = ()
    open: tuple[Sign, ...] = ()
    closed: tuple[Sign, ...] = ()
    version: str = ""
    method: str = "GET"
    body: bytes = b""

    @property
    def request(self) -> Request:
        """What is sent."""
        return Request(self.path, self.method, self.body)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """An application: asked for where the first page shows one of `home`, on its usual `ports`, or anywhere.

    Its questions are asked in their order, until one is answered openly; after one that did not make it known no more
    is asked, unless `every` says that each stands for itself. One that lives `anywhere` is below a path of an ordinary
    web server: the rest of that is looked at all the same.
    """

    name: str
    questions: tuple[Question, ...]
    ports: tuple[int, ...] = ()
    home: tuple[Sign, ...] = ()
    anywhere: bool = False
    every: bool = False

    def suspected(self, port: int, pages: Iterable[Reply]) -> bool:
        """Whether it is worth asking for: `pages` are the first page and where it led."""
        shown = (sign.shown_by(page) for page in pages for sign in self.home)
        return self.anywhere or port in self.ports or any(shown)


@dataclass(slots=True)
class _Seen:
    """What the questions of one application have shown so far."""

    known: bool = False
    closed: str = ""
    path: str = ""
    version: str = ""
    silence: str = ""
    transcript: tuple[Transcript, ...] = ()

    def add(self, answer: Answer, sign: Sign) -> None:
        self.known, self.path = True, self.path or answer.request.path
        proof = sign.proof(answer)
        if not any(one.sent == proof.sent and proof.received in one.received for one in self.transcript):
            self.transcript = (*self.transcript, proof)


Asking = Generator[Request, Reply, Application | None]


def judged(fingerprint: Fingerprint, canary: Reply) -> Asking:
    """Ask an application's questions: yields requests, is sent the answers, returns what was found.

    An answer that the page which does not exist gives too (`canary`) proves nothing.
    """
    seen = _Seen()
    for question in fingerprint.questions:
        reply = yield question.request
        if isinstance(reply, Silence):
            seen.silence = seen.silence or f"asked for {question.path}, it {reply.reason}"
            continue
        opened = _first(question.open, reply)
        if opened and not opened.shown_by(canary):
            seen.add(reply, opened)
            seen.version = seen.version or _version(question, reply)
            return _application(fingerprint, seen, Login.NOT_NEEDED, question.path)
        _note(seen, question, reply)
        if not seen.known and not fingerprint.every:
            break
    if not seen.known:
        return None
    if seen.closed:
        return _application(fingerprint, seen, Login.REQUIRED, seen.closed)
    reason = seen.silence or "its answers did not tell whether it asks for a login"
    return _application(fingerprint, seen, Login.UNKNOWN, seen.path, reason)


def _note(seen: _Seen, question: Question, reply: Answer) -> None:
    known, closed = _first(question.known, reply), _first(question.closed, reply)
    if known:
        seen.add(reply, known)
        seen.version = seen.version or _version(question, reply)
    if closed and seen.known:
        seen.add(reply, closed)
        seen.closed = seen.closed or question.path


def _first(signs: Iterable[Sign], reply: Reply) -> Sign | None:
    return next((sign for sign in signs if sign.shown_by(reply)), None)


def _version(question: Question, answer: Answer) -> str:
    if not question.version:
        return ""
    heads = "\n".join(f"{name}: {value}" for name, value in answer.headers)
    found = _compiled(question.version).search(f"{heads}\n\n{answer.text}")
    return visible(found[1], LONGEST_VERSION) if found else ""


def _application(fingerprint: Fingerprint, seen: _Seen, login: Login, path: str, reason: str = "") -> Application:
    return Application(fingerprint.name, path, login, visible(reason), seen.version, seen.transcript)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)


def suspects(every: Iterable[Fingerprint], port: int, pages: tuple[Reply, ...]) -> Iterator[Fingerprint]:
    """The applications that are worth asking a web server for."""
    return (one for one in every if one.suspected(port, pages))
